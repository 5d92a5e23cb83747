"""What commits hold, by folder: looked at once, and from then on only what differs.

A merge differs from main in what it changes, and main from what it was in what came since; so a
question costs what it is about, however much main holds.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Mapping
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from karat.errors import ObjectNotFound, RefNotFound
from karat.lake import Change, CommitId, Lake, ObjectInfo

T = TypeVar("T")
HEADS = 4
"""So many commits are kept; others are told from the one that was used last."""


class Folder:
    """Files whose paths begin alike, by path, and what was made of them, each thing once."""

    def __init__(self, files: Mapping[str, ObjectInfo]) -> None:
        self.files = files
        self._made: dict[Hashable, Any] = {}

    def once(self, name: Hashable, make: Callable[[Folder], T]) -> T:
        """Return what `make` gives of these files."""
        if name not in self._made:
            self._made[name] = make(self)
        found: T = self._made[name]
        return found

    def patched(self, changed: Mapping[str, ObjectInfo | None]) -> Folder:
        """Return the folder with files put or, where None, taken; itself when nothing changes."""
        if not changed:
            return self
        files = {**self.files, **changed}
        if len(files) == len(self.files) and None not in changed.values():
            return Folder({path: info for path, info in files.items() if info})
        return Folder({path: info for path in sorted(files) if (info := files[path])})


class View:
    """What a commit holds: what `base` holds and `changes` on top, or what the lake says."""

    def __init__(
        self, lake: Lake, commit: CommitId, base: View | None = None, changes: Iterable[Change] = ()
    ) -> None:
        self.commit = commit
        self._lake, self._base, self._changed = lake, base, _Changed(changes)
        self._folders: dict[str, Folder] = {}
        self._files: dict[str, ObjectInfo | None] = {}

    def folder(self, prefix: str) -> Folder:
        """Return the files whose paths begin with `prefix`, which ends with ``/``."""
        found = self._folders.get(prefix)
        if found is None:
            found = self._folders[prefix] = self._listed(prefix)
        return found

    def file(self, path: str) -> ObjectInfo | None:
        """Return what is at `path`, None for nothing."""
        if self._base is not None:
            changed = self._changed.files
            return changed[path] if path in changed else self._base.file(path)
        if folder := self._folders.get(path[: path.rfind("/") + 1]):
            return folder.files.get(path)
        if path not in self._files:
            self._files[path] = self._found(path)
        return self._files[path]

    def moved(self, commit: CommitId, changes: Iterable[Change]) -> View:
        """Return another commit that differs from this one in `changes`, on no base."""
        there, changed = View(self._lake, commit), _Changed(changes)
        for prefix, folder in self._folders.copy().items():
            there._folders[prefix] = folder.patched(changed.below(prefix))
        for path, info in self._files.copy().items():
            there._files[path] = changed.files.get(path, info)
        return there

    def _listed(self, prefix: str) -> Folder:
        if self._base is not None:
            return self._base.folder(prefix).patched(self._changed.below(prefix))
        found = self._lake.list(self.commit, prefix)
        return Folder({info.path: info for info in found if isinstance(info, ObjectInfo)})

    def _found(self, path: str) -> ObjectInfo | None:
        try:
            return self._lake.stat(self.commit, path)
        except ObjectNotFound:
            return None


class _Changed:
    """Changes by path, and by how paths begin."""

    def __init__(self, changes: Iterable[Change]) -> None:
        self.files = {change.path: change.right for change in changes}
        self._paths = sorted(self.files)

    def below(self, prefix: str) -> dict[str, ObjectInfo | None]:
        """Return those whose paths begin with `prefix`."""
        first = last = bisect_left(self._paths, prefix)
        while last < len(self._paths) and self._paths[last].startswith(prefix):
            last += 1
        return {path: self.files[path] for path in self._paths[first:last]}


class Views:
    """The views of one lake; safe for threads, which at worst look twice."""

    def __init__(self, lake: Lake) -> None:
        self._lake, self._lock = lake, Lock()
        self._heads: dict[CommitId, View] = {}
        self._merges: WeakValueDictionary[CommitId, View] = WeakValueDictionary()

    def at(self, commit: CommitId) -> View:
        """Return what a commit holds, told from the one that was asked for last."""
        with self._lock:
            found = self._heads.get(commit)
            newest = next(reversed(self._heads.values()), None)
        found = found or self._told(newest, commit)
        with self._lock:
            self._heads.pop(commit, None)
            self._heads[commit] = found
            while len(self._heads) > HEADS:
                del self._heads[next(iter(self._heads))]
        return found

    def merged(self, commit: CommitId, head: CommitId, changes: Iterable[Change]) -> View:
        """Return what a merge on top of `head` holds; `get` finds it while someone keeps it."""
        found = self._merges[commit] = View(self._lake, commit, self.at(head), changes)
        return found

    def get(self, commit: CommitId) -> View | None:
        """Return the view of a commit that is at hand."""
        return self._merges.get(commit) or self._heads.get(commit)

    def _told(self, newest: View | None, commit: CommitId) -> View:
        if newest is None:
            return View(self._lake, commit)
        try:
            return newest.moved(commit, self._lake.diff(newest.commit, commit))
        except RefNotFound:  # the lake forgot it, or is another by now
            return View(self._lake, commit)
