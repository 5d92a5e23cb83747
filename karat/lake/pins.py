"""What open sessions have staged and no commit names yet: not to be collected, however old.

An open session has a file in ``pins/``: its branch, then the digest of each blob it put, a line
each. It holds a lock on the file as long as it is open, and a lock dies with its process; so a
file that can be locked was left by somebody who is gone.
"""

from __future__ import annotations

import os
import weakref
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from karat.lake.gate import Gate, try_lock


@dataclass(frozen=True, slots=True)
class Held:
    """The branches of open sessions, and the blobs these have put."""

    branches: frozenset[str]
    blobs: frozenset[str]


class Pin:
    """The file of one session."""

    def __init__(self, folder: Path, branch: str) -> None:
        path = folder / token_hex(16)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)
        self._handle = handle
        self._close = weakref.finalize(self, _close, path, handle, os.getpid())
        try_lock(handle)
        self.add(branch)

    def add(self, line: str) -> None:
        """Hold one more blob."""
        os.write(self._handle, f"{line}\n".encode())

    def close(self) -> None:
        """Hold nothing any more."""
        self._close()


class Pins:
    """The files in `folder`, each made and looked at behind `gate`."""

    def __init__(self, folder: Path, gate: Gate) -> None:
        self._folder, self._gate = folder, gate

    def hold(self, branch: str) -> Pin:
        """Begin a session on `branch`."""
        with self._gate.shared():
            return Pin(self._folder, branch)

    def held(self) -> Held:
        """Return what open sessions hold; files of those who are gone are taken away.

        To be called by who holds the gate alone.
        """
        lines = [_lines(path) for path in self._folder.iterdir()]
        branches = frozenset(found[0] for found in lines if found)
        return Held(branches, frozenset(blob for found in lines for blob in found[1:]))


def _lines(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            if try_lock(file.fileno()):
                path.unlink()
                return []
            return file.read().decode().splitlines()
    except FileNotFoundError:  # closed a moment ago
        return []


def _close(path: Path, handle: int, process: int) -> None:
    os.close(handle)
    if process == os.getpid():  # what a fork inherits is not its own
        path.unlink(missing_ok=True)
