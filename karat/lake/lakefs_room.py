"""Room for files that were read from far away: what was used longest ago goes first.

A reader is given a path, and opens it some time later. So what was asked for within the hour stays
even if that is too much, and what is open stays readable until it is closed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Lock

from karat.lake.failures import translated
from karat.telemetry import Clock

GRACE_S = 3_600
LITTER_S = 86_400
LOOKS = 16
BLOCK, PAGE = 512, 4_096
Held = tuple[float, int, str]
"""When a file was last used, the bytes of disk it takes, and where it is."""


class Room:
    """Keeps all files below `folders` to about `limit` bytes of disk; safe for threads.

    Files are looked at when the first comes and after each sixteenth of the limit that came by
    way of this object; another process may add as much meanwhile. A file in `litter` that nobody
    wrote to for a day is what a killed process left.
    """

    def __init__(self, folders: Sequence[Path], litter: Path, limit: int, clock: Clock) -> None:
        self._folders, self._litter, self._limit, self._clock = folders, litter, limit, clock
        self._came, self._lock = limit, Lock()

    def use(self, path: Path) -> None:
        """Note that a file is used now; it need not be there, nor be ours to change."""
        now = self._clock()
        try:
            os.utime(path, (now, now))
        except OSError:
            return

    def came(self, size: int) -> None:
        """Note that bytes were added, and let go of others when it is time to look."""
        with self._lock:
            self._came += size + PAGE
            if self._came * LOOKS < self._limit:
                return
            self._came = 0
        self.make()

    def make(self) -> None:
        """Delete what was used longest ago, until a tenth of the limit is free, if all is more."""
        now = self._clock()
        for used, _, path in held(self._litter):
            if used < now - LITTER_S:
                Path(path).unlink(missing_ok=True)
        found = [file for folder in self._folders for file in held(folder)]
        taken = sum(size for _, size, _ in found)
        if taken <= self._limit:
            return
        for used, size, path in sorted(found):
            if taken <= self._limit * 9 // 10 or used >= now - GRACE_S:
                return
            if _last_used(path) == used:
                Path(path).unlink(missing_ok=True)
                taken -= size


def held(folder: Path) -> Iterator[Held]:
    """Yield the files below a folder, none where there is no folder; LakeUnusable."""
    with translated(folder):
        for place, _, names in os.walk(folder):
            for path in (os.path.join(place, name) for name in names):  # noqa: PTH118 - many
                try:
                    known = os.stat(path)  # noqa: PTH116 - many
                except FileNotFoundError:
                    continue
                yield known.st_mtime, known.st_blocks * BLOCK, path


def _last_used(path: str) -> float | None:
    try:
        return Path(path).stat().st_mtime
    except FileNotFoundError:
        return None
