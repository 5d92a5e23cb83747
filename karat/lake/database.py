"""SQLite connections for many threads: each is lent to one call at a time."""

from __future__ import annotations

import os
import sqlite3
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import local
from time import sleep

from karat.errors import InputError
from karat.lake.failures import translated
from karat.lake.still import Still

BUSY_TIMEOUT_S = 60.0
SWITCH_ATTEMPTS = 100
SWITCH_PAUSE_S = 0.02


class Database:
    """The database of the lake at `root`; every error that leaves it is karat's.

    One that is `read_only` needs no permission to write and leaves no file behind.
    """

    def __init__(self, root: Path, *, read_only: bool = False) -> None:
        self._root, self._path = root, root / "lake.db"
        self._read_only = read_only
        self._still = Still(self._path)
        self._idle: list[sqlite3.Connection] = []
        self._process = os.getpid()
        self._thread = local()
        weakref.finalize(self, _close_all, self._idle)

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    @property
    def read_only(self) -> bool:
        """Whether nothing may be written."""
        return self._read_only

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection: the transaction's when this thread is inside one."""
        inside = getattr(self._thread, "connection", None)
        with translated(self._root):
            if inside is not None:
                yield inside
            elif self._read_only:
                with self._still.connection() as connection:
                    yield connection
            else:
                connection = self._take()
                try:
                    yield connection
                finally:
                    self._idle.append(connection)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold off all other writers; undo on an exception. One inside another is part of it."""
        self.refuse_if_read_only()
        if getattr(self._thread, "connection", None) is not None:
            yield
            return
        with self.connection() as connection, _all_or_nothing(connection):
            self._thread.connection = connection
            try:
                yield
            finally:
                self._thread.connection = None

    def refuse_if_read_only(self) -> None:
        """Raise `InputError` when nothing may be written."""
        if self._read_only:
            raise InputError(
                f"the lake at {self._root} was opened to be read only: open it without read_only "
                "to write"
            )

    def _take(self) -> sqlite3.Connection:
        if self._process != os.getpid():  # a connection must not cross a fork
            self._idle, self._process = [], os.getpid()
        try:
            return self._idle.pop()
        except IndexError:
            return self._connect()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        try:
            _write_ahead(connection)
            connection.execute("PRAGMA synchronous = FULL").close()
        except sqlite3.Error:
            connection.close()
            raise
        return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    for left in range(SWITCH_ATTEMPTS if mode != "wal" else 0, 0, -1):
        try:
            connection.execute("PRAGMA journal_mode = WAL").close()
        except sqlite3.OperationalError:  # the switch does not wait for others who open it now
            if left == 1:
                raise
            sleep(SWITCH_PAUSE_S)
        else:
            return


@contextmanager
def _all_or_nothing(connection: sqlite3.Connection) -> Iterator[None]:
    try:  # an interrupt comes as soon as SQLite is done, before the next line
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _close_all(connections: list[sqlite3.Connection]) -> None:
    while connections:
        connections.pop().close()
