"""Names and commits in SQLite."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any

from karat.errors import CorruptError
from karat.lake import commits
from karat.lake.backend import Record, RefKind
from karat.lake.database import Database
from karat.lake.protocol import Commit, CommitId, Ref
from karat.telemetry import Clock

CACHED_COMMITS = 256
_COLUMNS = "id, parents, message, metadata, created_at_s, tree_id, generation"


class SqliteRefs:
    """Names and commits in `database`; `clock` says when a name was set."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def transaction(self) -> AbstractContextManager[None]:
        """Hold off all other writers; undo on an exception."""
        return self._database.transaction()

    def ref(self, kind: RefKind, name: str) -> CommitId | None:
        """Return the commit of a branch or tag, or None."""
        query = "SELECT commit_id FROM refs WHERE kind = ? AND name = ?"
        with self._database.connection() as connection:
            row = connection.execute(query, (kind, name)).fetchone()
        return None if row is None else str(row[0])

    def refs(self, kind: RefKind, prefix: str) -> tuple[Ref, ...]:
        """Return all whose names begin with `prefix`, by name."""
        query = (
            "SELECT name, commit_id FROM refs WHERE kind = ? AND name >= ? "
            "AND substr(name, 1, ?) = ? ORDER BY name"
        )
        with self._database.connection() as connection:
            rows = connection.execute(query, (kind, prefix, len(prefix), prefix)).fetchall()
        return tuple(Ref(name, commit) for name, commit in rows)

    def set_ref(self, kind: RefKind, name: str, commit: CommitId) -> None:
        """Make or move a branch; make a tag."""
        query = (
            "INSERT INTO refs (kind, name, commit_id, set_at_s) VALUES (?, ?, ?, ?) ON CONFLICT "
            "DO UPDATE SET commit_id = excluded.commit_id, set_at_s = excluded.set_at_s"
        )
        with self._database.connection() as connection:
            connection.execute(query, (kind, name, commit, self._clock()))

    def delete_branch(self, name: str) -> None:
        """Forget a branch."""
        with self._database.connection() as connection:
            connection.execute("DELETE FROM refs WHERE kind = 'branch' AND name = ?", (name,))

    def record(self, commit: CommitId) -> Record | None:
        """Return a commit, or None."""
        query = f"SELECT {_COLUMNS} FROM commits WHERE id = ?"  # noqa: S608 - a constant
        with self._database.connection() as connection:
            row = connection.execute(query, (commit,)).fetchone()
        if row is None:
            return None
        return _record(row)

    def add_record(self, record: Record) -> None:
        """Keep a commit."""
        commit = record.commit
        row = (
            commit.id,
            json.dumps(commit.parents),
            commit.message,
            json.dumps(dict(commit.metadata), sort_keys=True),
            commit.created_at_s,
            commit.tree_id,
            record.generation,
        )
        query = f"INSERT OR IGNORE INTO commits ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
        with self._database.connection() as connection:
            connection.execute(query, row)


@lru_cache(CACHED_COMMITS)
def _record(row: tuple[Any, ...]) -> Record:
    """Return what a row says, whose name is checked once: another row is another question."""
    name, parents, message, metadata, created_at_s, tree, generation = row
    try:
        facts = json.loads(metadata)
        commit = Commit(name, tuple(json.loads(parents)), message, facts, created_at_s, tree)
        right = commits.name_of(commit) == name
    except (ValueError, TypeError) as error:
        raise CorruptError(f"commit {name} cannot be read ({error}): restore the lake") from error
    if not right:
        raise CorruptError(f"commit {name} does not say what its name says: restore the lake")
    return Record(commit, generation)
