"""Copy commits, branches, tags and the ledger from one lake to another, whatever each is made of.

Only the Protocol is used, so the copies have ids of their own; each says in its metadata, under
``mirror-of``, which commit it is a copy of. That is also how a mirror goes on where it was
stopped, and how a lake takes back what its mirror got since: what has a copy, or is the copy of
what is there, is not copied again. Records lie in the other lake byte for byte and
signed as they were; ids of commits inside them are those of the source.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from karat.errors import ConflictError, CorruptError, RefNotFound
from karat.lake.layout import LEDGER, MAIN
from karat.lake.paths import is_reserved
from karat.lake.protocol import Change, Commit, CommitId, Lake, ObjectInfo, Ref, WriteSession
from karat.telemetry import Progress, silent

MIRROR_OF = "mirror-of"
WORK = "mirror-"
PRIVATE = (WORK, "session-")
STEP = 16


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What was copied now: commits, and files and bytes in them; `known` commits had a copy."""

    commits: int
    known: int
    files: int
    file_bytes: int
    refs: int


def mirror(source: Lake, target: Lake, *, progress: Progress = silent) -> Mirrored:
    """Give `target` every commit, branch and tag of `source` that it lacks.

    Each file is checked against its digest, each commit against what it changed, each ref against
    all files of it. A branch of `target` that is a copy moves along; one with commits of its own,
    or a tag that names another one, is a `ConflictError`, and nothing of it is changed. Branches
    of sessions are left out. It can be stopped at any moment and run again; a second run of a
    finished mirror changes nothing. `CorruptError` where bytes are not what they should be.
    """
    run = _Mirror(source, target)
    refs = [ref for ref in source.branches() if not ref.name.startswith(PRIVATE)]
    tags = list(source.tags())
    run.check_target()
    todo = run.missing([ref.commit for ref in (*refs, *tags)])
    for done, commit in enumerate(todo):
        if not done % STEP:
            progress("mirror", done, len(todo), commit.id[:12])
        run.copy(commit)
    for ref in refs:
        run.set_branch(ref)
    for tag in tags:
        run.set_tag(tag)
    run.clean_up()
    known = len(run.copies) - len(todo)
    return Mirrored(len(todo), known, run.files, run.file_bytes, len(refs) + len(tags))


@dataclass
class _Mirror:
    """A run: `copies` maps each commit of the source that has a copy to it."""

    source: Lake
    target: Lake
    copies: dict[CommitId, CommitId] = field(default_factory=dict)
    chains: dict[CommitId, str] = field(default_factory=dict)
    files: int = 0
    file_bytes: int = 0

    def __post_init__(self) -> None:
        for name in (MAIN, LEDGER):
            self.chains |= {c.id: name for c in self.source.log(name, first_parent=True)}
        first = [*self.source.log(MAIN, first_parent=True)][-1]
        there: set[CommitId] = set()
        for commit in _walk(self.target):
            there.add(commit.id)
            if MIRROR_OF in commit.metadata:
                self.copies[commit.metadata[MIRROR_OF]] = commit.id
            elif not commit.parents and not any(self.target.list(commit.id)):
                self.copies[first.id] = commit.id
        for commit in _walk(self.source):
            if commit.metadata.get(MIRROR_OF) in there:
                self.copies[commit.id] = commit.metadata[MIRROR_OF]

    def check_target(self) -> None:
        """Refuse a target whose main or ledger goes its own way."""
        for name in (MAIN, LEDGER):
            if self.target.head(name) not in {self.copies.get(c) for c in self.chains}:
                raise ConflictError(
                    f"{name!r} of the target has commits that are no copies of the source's: "
                    "mirror into a new lake"
                )

    def missing(self, tips: list[CommitId]) -> list[Commit]:
        """Return the commits that have no copy, each after its parents."""
        order: list[Commit] = []
        seen = set(self.copies)
        todo: list[Commit | CommitId] = list(reversed(tips))
        while todo:
            here = todo.pop()
            if isinstance(here, Commit):
                order.append(here)
            elif here not in seen:
                seen.add(here)
                commit = self.source.commit_info(here)
                todo.extend((commit, *reversed(commit.parents)))
        return order

    def copy(self, commit: Commit) -> None:
        """Make a copy of a commit whose parents have one; `CorruptError` if it differs."""
        if not commit.parents:
            raise ConflictError(f"{commit.id[:12]} is a second beginning: it cannot be mirrored")
        facts = {**commit.metadata, MIRROR_OF: commit.id}
        if len(commit.parents) > 1:
            copy = self._merge(commit, facts)
        else:
            copy = self._commit(commit, facts)
        self.copies[commit.id] = copy
        self._compare(commit, copy)
        for parent in commit.parents:
            self._forget(_work(parent))

    def set_branch(self, ref: Ref) -> None:
        """Have the branch of the target name the copy, and compare all its files."""
        wanted = self.copies[ref.commit]
        have = {one.name: one.commit for one in self.target.branches(ref.name)}.get(ref.name)
        if have != wanted and have in set(self.copies.values()):
            self.target.delete_branch(ref.name)
        if have != wanted:
            self.target.create_branch(ref.name, wanted)
        self._compare_all(ref)

    def set_tag(self, ref: Ref) -> None:
        """Have the tag of the target name the copy, and compare all its files."""
        self.target.create_tag(ref.name, self.copies[ref.commit], exist_ok=True)
        self._compare_all(ref)

    def clean_up(self) -> None:
        """Forget the branches that this run and stopped ones worked on."""
        for ref in list(self.target.branches(WORK)):
            self._forget(ref.name)

    def _commit(self, commit: Commit, facts: dict[str, str]) -> CommitId:
        (parent,) = commit.parents
        with self.target.session(self.copies[parent], branch=_work(commit.id)) as session:
            for change in _changes(self.source, parent, commit.id):
                self._put(session, commit.id, change)
            return session.commit(commit.message, facts, allow_empty=True)

    def _put(self, session: WriteSession, commit: CommitId, change: Change) -> None:
        wanted = change.right
        if wanted is None:
            session.delete(change.path)
            return
        with self.source.open(commit, change.path) as stream:
            put = session.put(
                change.path, stream, metadata=wanted.metadata, content_type=wanted.content_type
            )
        if _identity(put) != _identity(wanted):
            raise CorruptError(f"{change.path!r} of {commit[:12]} came over as other bytes")
        self.files += 1
        self.file_bytes += put.size

    def _merge(self, commit: Commit, facts: dict[str, str]) -> CommitId:
        here, there = (self.copies[parent] for parent in commit.parents)
        into = self.chains.get(commit.id)
        if into is None:
            into = _work(commit.id)
            self.target.create_branch(into, here, exist_ok=True)
        return self.target.merge(
            there, into, message=commit.message, metadata=facts, expected_head=here
        )

    def _compare(self, commit: Commit, copy: CommitId) -> None:
        parent = commit.parents[0]
        ours = _changes(self.source, parent, commit.id)
        theirs = _changes(self.target, self.copies[parent], copy)
        if [_changed(change) for change in ours] != [_changed(change) for change in theirs]:
            raise CorruptError(f"the copy of {commit.id[:12]} changes other files: mirror anew")

    def _compare_all(self, ref: Ref) -> None:
        ours, theirs = _files(self.source, ref.commit), _files(self.target, ref.name)
        for path in sorted(ours.keys() | theirs.keys()):
            if ours.get(path) != theirs.get(path):
                raise CorruptError(f"{path!r} of {ref.name!r} differs in the mirror: mirror anew")

    def _forget(self, branch: str) -> None:
        with suppress(RefNotFound):
            self.target.delete_branch(branch)


def _walk(lake: Lake) -> Iterator[Commit]:
    """Yield every commit that a branch or tag leads to, once."""
    todo = [ref.commit for ref in (*lake.branches(), *lake.tags())]
    seen: set[CommitId] = set()
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            commit = lake.commit_info(name)
            yield commit
            todo.extend(commit.parents)


def _work(commit: CommitId) -> str:
    return f"{WORK}{commit[:16]}"


def _identity(info: ObjectInfo | None) -> object:
    """Return what makes two files equal, in whatever lake they lie."""
    if info is None:
        return None
    return info.size, info.content_hash, dict(info.metadata), info.content_type


def _changed(change: Change) -> object:
    return change.path, change.type, _identity(change.left), _identity(change.right)


def _changes(lake: Lake, left: CommitId, right: CommitId) -> Iterator[Change]:
    """Yield what differs, but for the files of a lakeFS server, which stay with it."""
    return (change for change in lake.diff(left, right) if not is_reserved(change.path))


def _files(lake: Lake, ref: str) -> dict[str, object]:
    found = (info for info in lake.list(ref) if isinstance(info, ObjectInfo))
    return {info.path: _identity(info) for info in found if not is_reserved(info.path)}
