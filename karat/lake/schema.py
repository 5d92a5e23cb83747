"""The tables of a local lake, their version, and the way from each older version to this one."""

from __future__ import annotations

from collections.abc import Callable

from karat.errors import CorruptError, LakeUnusable
from karat.lake.database import Database

FIRST = (
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
# Refs tell when they were set, so that branches somebody left can be told from new ones; those of
# before count as set when the lake's newest commit was made. Trees may hold split directories,
# which an older karat cannot read: it refuses the version.
SECOND = (
    "ALTER TABLE refs ADD COLUMN set_at_s INTEGER NOT NULL DEFAULT 0",
    """UPDATE refs SET set_at_s = (SELECT coalesce(max(created_at_s), 0) FROM commits)
        WHERE kind = 'branch'""",
)
STEPS = (FIRST, SECOND)
VERSION = len(STEPS)


def prepare(database: Database, is_new: Callable[[], bool] = lambda: True) -> None:
    """Make the tables of a new database, and bring an older one up to date in one transaction.

    One that may only be read is taken as it is. `LakeUnusable` for one of a newer karat or of
    another program; `CorruptError` for one without tables in a lake that is not new.
    """
    found = _version(database)
    if found < VERSION and not database.read_only:
        with database.transaction():
            found = _version(database)
            if found == 0:
                _refuse_strangers(database, is_new)
            _take(database, found)
    elif found == 0:
        _refuse_strangers(database, lambda: False)
    if found > VERSION:
        raise LakeUnusable(
            f"{database.path} is of version {found}, written by a newer karat; this one knows "
            f"{VERSION}: install the newer one"
        )


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


def _take(database: Database, found: int) -> None:
    """Take the steps that a database of version `found` lacks."""
    with database.connection() as connection:
        for statement in (statement for step in STEPS[found:] for statement in step):
            connection.execute(statement)
        if found < VERSION:
            connection.execute(f"PRAGMA user_version = {VERSION}")
