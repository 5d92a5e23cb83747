"""What a disk store lets go of: what was used longest ago first."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

OVERHEAD = 250
"""About the bytes of an entry beside its content: key twice, seal, places in three trees."""
MOST_SLACK = 64 << 20
AT_ONCE = 500
Went = tuple[int, int]
"""How many entries went, and their bytes of content."""


def taken(connection: sqlite3.Connection) -> int:
    """Return the bytes of the pages in use: content, names and all."""
    values = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    pages, free, size = values
    return int((pages - free) * size)


def keep_below(connection: sqlite3.Connection, limit: int) -> None:
    """Let go of entries when more than `limit` bytes are taken.

    A tenth more goes, 64 MiB at most, so that not every entry that comes sends one away.
    """
    if taken(connection) > limit:
        while shrink(connection, limit - min(limit // 10, MOST_SLACK))[0]:
            continue


def shrink(connection: sqlite3.Connection, target: int) -> Went:
    """Let go of up to 500 of the oldest entries, while more than `target` bytes are taken.

    How many bytes an entry frees is known only when it is gone: about half of the excess goes at
    a time.
    """
    excess, rows = (taken(connection) - target) / 2, []
    ask = "SELECT row, size FROM entries ORDER BY used, row LIMIT ?"
    for row, size in connection.execute(ask, (AT_ONCE,)):
        if excess <= 0:
            break
        rows.append((row, size))
        excess -= size + OVERHEAD
    return _gone(connection, rows)


def expire(connection: sqlite3.Connection, until_s: int) -> Went:
    """Let go of up to 500 entries that were last used before `until_s`."""
    ask = "SELECT row, size FROM entries WHERE used < ? LIMIT ?"
    return _gone(connection, connection.execute(ask, (until_s, AT_ONCE)).fetchall())


def drop(connection: sqlite3.Connection, rows: Iterable[int]) -> None:
    """Let go of these rows."""
    numbers = [(row,) for row in rows]
    connection.executemany("DELETE FROM contents WHERE row = ?", numbers)
    connection.executemany("DELETE FROM entries WHERE row = ?", numbers)


def _gone(connection: sqlite3.Connection, rows: list[tuple[int, int]]) -> Went:
    drop(connection, (row for row, _ in rows))
    return len(rows), sum(size for _, size in rows)
