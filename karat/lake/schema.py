"""The tables of a local lake and their version."""

from __future__ import annotations

from collections.abc import Callable

from karat.errors import CorruptError, LakeUnusable
from karat.lake.database import Database

VERSION = 1
_TABLES = (
    """CREATE TABLE refs (
        kind TEXT NOT NULL CHECK (kind IN ('branch', 'tag')), name TEXT NOT NULL,
        commit_id TEXT NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID""",
    """CREATE TABLE commits (
        id TEXT PRIMARY KEY, parents TEXT NOT NULL, message TEXT NOT NULL, metadata TEXT NOT NULL,
        created_at_s INTEGER NOT NULL, tree_id TEXT NOT NULL, generation INTEGER NOT NULL
    ) WITHOUT ROWID""",
    "CREATE TABLE trees (name TEXT PRIMARY KEY, body BLOB NOT NULL)",
    """CREATE TRIGGER a_tag_never_moves BEFORE UPDATE ON refs WHEN OLD.kind = 'tag'
        BEGIN SELECT RAISE(ABORT, 'a tag never moves'); END""",
    """CREATE TRIGGER a_tag_never_goes BEFORE DELETE ON refs WHEN OLD.kind = 'tag'
        BEGIN SELECT RAISE(ABORT, 'a tag never goes'); END""",
)


def prepare(database: Database, is_new: Callable[[], bool] = lambda: True) -> None:
    """Make the tables of a new database.

    `LakeUnusable` for one of a newer karat or of another program; `CorruptError` for one without
    tables in a lake that is not new.
    """
    if _version(database) == 0:
        with database.transaction():
            if _version(database) == 0:
                _refuse_strangers(database, is_new)
                _make(database)
    if _version(database) > VERSION:
        raise LakeUnusable(f"{database.path} was written by a newer karat: install that one")


def _version(database: Database) -> int:
    with database.connection() as connection:
        (found,) = connection.execute("PRAGMA user_version").fetchone()
    return int(found)


def _refuse_strangers(database: Database, is_new: Callable[[], bool]) -> None:
    with database.connection() as connection:
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables:
        raise LakeUnusable(f"{database.path} is of another program: choose another directory")
    if not is_new():
        raise CorruptError(f"{database.path} is lost, the files it named are there: restore it")


def _make(database: Database) -> None:
    with database.connection() as connection:
        for statement in _TABLES:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
