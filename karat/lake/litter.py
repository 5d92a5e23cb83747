"""Files of a local lake that nothing names: found, and taken away beside writers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from stat import S_ISREG

from karat.lake.blobs import FileBlobs
from karat.lake.gate import try_lock

TOGETHER = 256
"""Files that go while writers wait."""
WRITING_S = 60
"""A file begun less than this ago may be one whose writer has not locked it yet."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file as it was when it was found."""

    path: Path
    size: int
    mtime_ns: int

    @property
    def name(self) -> str:
        """The digest in its name."""
        return self.path.name


class Litter:
    """Files of `blobs` that nobody has touched since `cutoff_s`."""

    def __init__(self, blobs: FileBlobs, cutoff_s: int, now_s: int) -> None:
        self._blobs, self._cutoff_s = blobs, cutoff_s
        self._begun_s = min(cutoff_s, now_s - WRITING_S)

    def blobs(self, wanted: Callable[[str], bool]) -> list[Found]:
        """Return old blobs that are not `wanted`."""
        files = (path for path in self._blobs.files() if not wanted(path.name))
        return [found for path in files if (found := _old(path, self._cutoff_s))]

    def temporary_files(self) -> list[Found]:
        """Return old files that a writer began and nobody is writing."""
        old = (_old(path, self._begun_s) for path in self._blobs.temporary_files())
        return [found for found in old if found is not None and _is_left(found.path)]

    def taken(self, files: Iterable[Found]) -> list[Found]:
        """Take files away and return them; one that was put again meanwhile stays."""
        todo, gone = iter(files), list[Found]()
        while some := list(islice(todo, TOGETHER)):
            with self._blobs.gate.alone():
                same = [one for one in some if _found(one.path) == one]
                for one in same:
                    one.path.unlink()
            gone.extend(same)
        return gone


def _old(path: Path, cutoff_s: int) -> Found | None:
    found = _found(path)
    return found if found is not None and found.mtime_ns < cutoff_s * 10**9 else None


def _found(path: Path) -> Found | None:
    """Return a file as it is; None when it is gone, or is none of ours."""
    try:
        facts = path.lstat()
    except FileNotFoundError:
        return None
    return Found(path, facts.st_size, facts.st_mtime_ns) if S_ISREG(facts.st_mode) else None


def _is_left(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return try_lock(file.fileno())
    except FileNotFoundError:
        return False
