"""The SQLite file of a disk store: opened, shared, and begun anew when it is damaged.

A cache is never worth a stop: a database that is no database is set aside under another name, and
an empty one takes its place. Only what the machine refuses becomes an error.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import warnings
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import TypeVar

from karat.errors import UnavailableError

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]
BUSY_TIMEOUT_S = 60.0
CHECKPOINT_PAGES = 4_000
LOG_BYTES = 64 << 20
NAME = "store-1.db"
SET_ASIDE = "damaged-"
TABLES = """
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS entries (
    row INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, used INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS by_use ON entries (used, row);
CREATE TABLE IF NOT EXISTS contents (row INTEGER PRIMARY KEY, seal TEXT NOT NULL, data BLOB);
CREATE TABLE IF NOT EXISTS tallies (name TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
"""
MADE = {"entries", "by_use", "contents", "tallies"}
_REFUSALS = (
    *("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL", "SQLITE_INTERRUPT", "SQLITE_NOMEM"),
    *("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM"),
)


class Database:
    """One connection a process to the database in the folder `root`, lent to a thread at a time.

    `set_aside` counts the databases that were found damaged and replaced. `UnavailableError` when
    the folder cannot be made or the file not opened.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.path = self.root / NAME
        self.set_aside = 0
        self._open: list[sqlite3.Connection] = []
        self._begin()
        weakref.finalize(self, _close, self._open)
        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._unavailable("made", error) from error
        self.read(lambda _: None)

    def read(self, work: Work[T]) -> T:
        """Return what `work` finds."""
        return self._tried(work, "read")

    def write(self, work: Work[T]) -> T:
        """Return what `work` gives, all of it done or nothing."""

        def all_or_nothing(connection: sqlite3.Connection) -> T:
            with _transaction(connection):
                return work(connection)

        return self._tried(all_or_nothing, "written")

    def _tried(self, work: Work[T], what: str) -> T:
        """Return what `work` gives; on a damaged database once more, on an empty one."""
        if self._process != os.getpid():  # neither lock nor connection may cross a fork
            self._begin()
        with self._lock:
            try:
                return work(self._connection())
            except sqlite3.Error as error:
                if not _is_damage(error):
                    raise self._unavailable(what, error) from error
                self._replace(error)
            try:
                return work(self._connection())
            except sqlite3.Error as error:
                raise self._unavailable(what, error) from error

    def _begin(self) -> None:
        self._lock, self._process = Lock(), os.getpid()
        self._inherited = [*self._open]  # closing it would let go of the parent's locks
        self._open.clear()

    def _connection(self) -> sqlite3.Connection:
        if not self._open:
            self._inode = _inode(self.path)
            with self._alone():  # the switch to a write-ahead log does not wait for others
                self._open.append(_connected(self.path))
            self._inode = _inode(self.path)
        return self._open[0]

    def _replace(self, error: sqlite3.Error) -> None:
        """Set the damaged file aside, unless another process has done so; close it in any case."""
        _close(self._open)
        with self._alone():
            if _inode(self.path) != self._inode:
                return
            aside = _free_name(self.root)
            for end in ("", "-wal", "-shm"):
                with suppress(FileNotFoundError):
                    self.path.with_name(NAME + end).rename(f"{aside}{end}")
        self.set_aside += 1
        told = f"the store's database was damaged ({error}): set aside as {aside}, begun anew"
        warnings.warn(told, RuntimeWarning, stacklevel=5)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one process at a time begin a database or set one aside."""
        try:
            folder = os.open(self.root, os.O_RDONLY)
            try:
                fcntl.flock(folder, fcntl.LOCK_EX)
                yield
            finally:
                os.close(folder)
        except OSError as error:
            raise self._unavailable("opened", error) from error

    def _unavailable(self, what: str, error: Exception) -> UnavailableError:
        why = getattr(error, "strerror", None) or error
        where = getattr(error, "filename", None) or self.path
        return UnavailableError(
            f"the store at {self.root} cannot be {what}, at {where}: {why}; free space, mend "
            "permissions, or choose another directory"
        )


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )
    try:
        if not _is_ready(connection):
            connection.executescript(TABLES).close()
        connection.execute("PRAGMA synchronous = NORMAL").close()
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}").close()
        connection.execute(f"PRAGMA journal_size_limit = {LOG_BYTES}").close()
    except BaseException:
        connection.close()
        raise
    return connection


def _is_ready(connection: sqlite3.Connection) -> bool:
    """Tell whether the tables are there: to make sure of each takes ten times as long."""
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    return mode == "wal" and names >= MADE


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    try:  # an interrupt comes as soon as SQLite is done, before the next line
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None


def _free_name(root: Path) -> Path:
    taken = {path.name for path in root.glob(f"{SET_ASIDE}*")}
    number = next(n for n in range(len(taken) + 1) if f"{SET_ASIDE}{n}" not in taken)
    return root / f"{SET_ASIDE}{number}"


def _is_damage(error: sqlite3.Error) -> bool:
    """Tell what the file is to blame for from what the machine, or a caller, is."""
    name = str(getattr(error, "sqlite_errorname", ""))
    if isinstance(error, sqlite3.ProgrammingError | sqlite3.InterfaceError):
        return False
    return name == "SQLITE_IOERR_SHORT_READ" or not name.startswith(_REFUSALS)


def _close(connections: list[sqlite3.Connection]) -> None:
    while connections:
        connections.pop().close()
