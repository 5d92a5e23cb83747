"""What differs between two commits of a lakeFS repository."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, zip_longest
from typing import Any

from karat.errors import LakeUnusable, ObjectNotFound
from karat.lake.lakefs_calls import PAGE, Calls
from karat.lake.lakefs_files import Files
from karat.lake.protocol import Change, CommitId, DiffMode, ObjectInfo

KINDS: dict[DiffMode, str] = {"two-dot": "two_dot", "three-dot": "three_dot"}


class Changes:
    """Diffs, each side with what is known of it.

    lakeFS tells a diff's right side alone. The left side of a two-dot diff is the right side of
    the same diff read backwards; of a three-dot diff each file is asked for, several at once.
    """

    def __init__(self, calls: Calls, files: Files) -> None:
        self._calls, self._files = calls, files

    def diff(
        self, left: CommitId, right: CommitId, prefix: str, mode: DiffMode
    ) -> Iterator[Change]:
        """Yield what must happen to `left` to become `right`, by path."""
        return (self._two_dot if mode == "two-dot" else self._three_dot)(left, right, prefix)

    def any(self, left: CommitId, right: CommitId) -> bool:
        """Tell whether `right` did anything that `left` did not do too."""
        found = self._calls.ask(
            "compare commits",
            self._call,
            self._calls.repository,
            left,
            right,
            amount=1,
            type=KINDS["three-dot"],
        )
        return bool(found.results)

    def conflicts(self, left: CommitId, right: CommitId) -> list[str]:
        """Return the paths that both sides changed differently."""
        return [
            line.path
            for line in self._lines(left, right, "", "three-dot")
            if line.type == "conflict"
        ]

    @property
    def _call(self) -> Any:
        return self._calls.api.refs_api.diff_refs

    def _lines(self, left: CommitId, right: CommitId, prefix: str, mode: DiffMode) -> Iterator[Any]:
        return self._calls.pages(  # type: ignore[no-any-return] # an iterator, by its nature
            "compare commits",
            self._call,
            self._calls.repository,
            left,
            right,
            prefix=prefix,
            type=KINDS[mode],
            include_right_stats=True,
        )

    def _two_dot(self, left: CommitId, right: CommitId, prefix: str) -> Iterator[Change]:
        there = self._lines(left, right, prefix, "two-dot")
        back = self._lines(right, left, prefix, "two-dot")
        for line, other in zip_longest(there, back):
            if line is None or other is None or line.path != other.path:
                raise LakeUnusable(
                    f"{self._calls.server} tells two diffs of the same commits, which part at "
                    f"{(line or other).path!r}: is it lakeFS?"
                )
            old = None if line.type == "added" else self._side(left, other)
            new = None if line.type == "removed" else self._side(right, line)
            yield Change(line.path, line.type, old, new)

    def _three_dot(self, left: CommitId, right: CommitId, prefix: str) -> Iterator[Change]:
        for some in _batched(self._lines(left, right, prefix, "three-dot")):
            wanted = [(left, line) for line in some if line.type != "added"]
            wanted += [(right, line) for line in some if line.type == "conflict"]
            found = dict(zip(_keys(wanted), self._calls.each(self._find, wanted), strict=True))
            for line in some:
                old = found.get((left, line.path))
                new = found.get((right, line.path)) if line.type == "conflict" else None
                if line.type in {"added", "changed"}:
                    new = self._side(right, line)
                yield Change(line.path, line.type, old, new)

    def _find(self, wanted: tuple[CommitId, Any]) -> ObjectInfo | None:
        commit, line = wanted
        try:
            return self._files.stat(commit, line.path)
        except ObjectNotFound:
            return None

    def _side(self, commit: CommitId, line: Any) -> ObjectInfo:
        """Return the file of a line's right side; of one put by others more must be asked."""
        return self._files.told(line) or self._files.stat(commit, line.path)


def _batched(lines: Iterator[Any]) -> Iterator[list[Any]]:
    while some := list(islice(lines, PAGE)):
        yield some


def _keys(wanted: list[tuple[CommitId, Any]]) -> list[tuple[CommitId, str]]:
    return [(commit, line.path) for commit, line in wanted]
