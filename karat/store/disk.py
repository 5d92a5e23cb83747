"""A store in one SQLite file, for many threads and processes, that keeps below a size.

Each entry carries a seal, the digest of its key and content: what was torn or edited is counted
and missing, never given back. Nothing is flushed entry by entry: a power cut may lose the last
ones, and they are made again.
"""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from karat.digest import digest
from karat.errors import InputError, UnavailableError
from karat.store.database import Database
from karat.store.evicting import drop, keep_below
from karat.store.keys import check_key
from karat.store.uses import Uses
from karat.telemetry import Clock, now_s

LIMIT_BYTES = 10 << 30
CORRUPT = "corrupt"
_AT_ONCE = 500
_FIND = (
    "SELECT key, entries.row, used, seal, data FROM entries LEFT JOIN contents USING (row) "
    "WHERE key IN (%s)"
)
_ADD = "INSERT INTO entries (key, size, used) VALUES (?, ?, ?)"
_FILL = "INSERT OR REPLACE INTO contents (row, seal, data) VALUES (?, ?, ?)"
_COUNT = (
    "INSERT INTO tallies VALUES (?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count"
)


class DiskStore:
    """Results in a file in the folder `root`, which is made when missing.

    When more than `limit_bytes` are taken, those used longest ago go. `corrupt` counts the entries
    found that were not what was put; `tallies` in `karat.store.care` adds up all processes'.
    `UnavailableError` when the folder cannot be made, `InputError` for a limit below 1.
    """

    def __init__(self, root: Path, *, limit_bytes: int = LIMIT_BYTES, clock: Clock = now_s) -> None:
        if limit_bytes < 1:
            raise InputError(f"a store of {limit_bytes} bytes keeps nothing: say 1 or more")
        self.limit_bytes, self.corrupt = limit_bytes, 0
        self.database = Database(root)
        self.clock, self._uses = clock, Uses(self.database, clock)
        weakref.finalize(self, self._uses.flush)

    def __reduce__(self) -> tuple[Any, ...]:
        """Have another process open the file for itself."""
        return _opened, (self.database.root, self.limit_bytes, self.clock)

    @property
    def set_aside(self) -> int:
        """Return how many damaged databases this store has replaced by an empty one."""
        return self.database.set_aside

    def get(self, key: str) -> bytes | None:
        """Return what was last put under `key`, or None when it is missing or corrupt."""
        return self.get_many([key]).get(key)

    def get_many(self, keys: Collection[str]) -> dict[str, bytes]:
        """Return what was last put under those of `keys` that are there and whole."""
        asked = [check_key(key) for key in keys]
        found: dict[str, bytes] = {}
        broken: list[int] = []
        for key, row, used, seal, data in self.database.read(lambda at: list(_find(at, asked))):
            if is_whole(key, seal, data):
                found[key] = data
                self._uses.note(row, used)
            else:
                broken.append(row)
        if broken:
            self.lose(broken)
        return found

    def put(self, key: str, data: bytes) -> None:
        """Keep `data` under `key`."""
        self.put_many({key: data})

    def put_many(self, items: Mapping[str, bytes]) -> None:
        """Keep each of `items` under its key: all of them, or on an error none."""
        # A view's digest would not be its bytes'.
        whole = [(check_key(key), bytes(data)) for key, data in items.items()]
        entries = [(key, sealed(key, data), data) for key, data in whole]

        def work(connection: sqlite3.Connection) -> None:
            self._uses.write(connection)
            for key, seal, data in entries:
                _keep(connection, key, seal, data, self._uses.now())
            keep_below(connection, self.limit_bytes)

        if entries:
            self.database.write(work)

    def reject(self, keys: Collection[str]) -> None:
        """Let go of what `keys` gave: as it was put, and yet no result. Counted as corrupt."""
        asked = [check_key(key) for key in keys]
        if rows := self.database.read(lambda at: [row for _, row, *_ in _find(at, asked)]):
            self.lose(rows)

    def lose(self, rows: Collection[int]) -> None:
        """Count these rows of the database as not what was put; let go of them where it can be."""
        self.corrupt += len(rows)

        def work(connection: sqlite3.Connection) -> None:
            drop(connection, rows)
            connection.execute(_COUNT, (CORRUPT, len(rows)))

        with suppress(UnavailableError):
            self.database.write(work)


def sealed(key: str, data: bytes) -> str:
    """Return what an entry must carry to be believed."""
    return digest("store/1", key, data)


def is_whole(key: str, seal: object, data: object) -> bool:
    """Tell whether an entry is what was put: its seal is that of its key and content."""
    return type(data) is bytes and seal == sealed(key, data)


def _find(connection: sqlite3.Connection, keys: list[str]) -> Iterator[tuple[Any, ...]]:
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        yield from connection.execute(_FIND % ", ".join("?" * len(some)), some)


def _keep(connection: sqlite3.Connection, key: str, seal: str, data: bytes, now: int) -> None:
    old = connection.execute("SELECT row FROM entries WHERE key = ?", (key,)).fetchone()
    if old:
        drop(connection, old)
    row = connection.execute(_ADD, (key, len(data), now)).lastrowid
    connection.execute(_FILL, (row, seal, data))


def _opened(root: Path, limit_bytes: int, clock: Clock) -> DiskStore:
    return DiskStore(root, limit_bytes=limit_bytes, clock=clock)
