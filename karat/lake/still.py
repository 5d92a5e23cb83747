"""A database read without leave to write beside it.

SQLite reads a write-ahead log only with files of its own beside the database. While a writer has
the lake open they are there, and may be read. While nobody has, they are not, and cannot be made
in a directory that is read-only; then the file alone is all there is, and is read as one that
nobody changes. That nobody did is looked at before and after each reading.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from karat.errors import LakeBusy

BUSY_TIMEOUT_S = 60.0
Stamp = tuple[int, int, int]


class Still:
    """The database at `path`, opened for each reading anew."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._log = path.with_name(path.name + "-wal")

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection that cannot write; `LakeBusy` when someone wrote meanwhile."""
        live, before = self._is_live(), self._stamp()
        with closing(self._connect("mode=ro" if live else "mode=ro&immutable=1")) as connection:
            yield connection
        if not live and self._stamp() != before:
            raise LakeBusy(f"{self._path} was written while it was read: try again")

    def _is_live(self) -> bool:
        return self._log.exists() and self._log.stat().st_size > 0

    def _stamp(self) -> Stamp:
        found = self._path.stat()
        return found.st_ino, found.st_size, found.st_mtime_ns

    def _connect(self, how: str) -> sqlite3.Connection:
        name = f"{self._path.as_uri()}?{how}"
        if not os.access(self._path, os.R_OK):
            self._path.open("rb").close()  # says why, where SQLite only says that it cannot
        return sqlite3.connect(
            name, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
