"""What a disk store lets go of: what was used longest ago first."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

OVERHEAD = 250
"""About the bytes of an entry beside its content: key twice, seal, places in three trees."""
MOST_SLACK = 64 << 20


def taken(connection: sqlite3.Connection) -> int:
    """Return the bytes of the pages in use: content, names and all."""
    values = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    pages, free, size = values
    return int((pages - free) * size)


def keep_below(connection: sqlite3.Connection, limit: int) -> tuple[int, int]:
    """Let go of entries when more than `limit` bytes are taken; return how many and their bytes.

    A tenth more goes, 64 MiB at most, so that not every entry that comes sends one away.
    """
    if taken(connection) <= limit:
        return 0, 0
    return shrink(connection, limit - min(limit // 10, MOST_SLACK))


def shrink(connection: sqlite3.Connection, target: int) -> tuple[int, int]:
    """Let go of entries until `target` bytes are taken or none is left."""
    count = size = 0
    while (excess := taken(connection) - target) > 0:
        rows = list(_oldest(connection, excess))
        if not rows:
            break
        drop(connection, (row for row, _ in rows))
        count, size = count + len(rows), size + sum(held for _, held in rows)
    return count, size


def drop(connection: sqlite3.Connection, rows: Iterable[int]) -> None:
    """Let go of these rows."""
    numbers = [(row,) for row in rows]
    connection.executemany("DELETE FROM contents WHERE row = ?", numbers)
    connection.executemany("DELETE FROM entries WHERE row = ?", numbers)


def _oldest(connection: sqlite3.Connection, excess: int) -> Iterable[tuple[int, int]]:
    """Yield the row and size of entries, used longest ago first, that make up `excess` bytes."""
    for row, size in connection.execute("SELECT row, size FROM entries ORDER BY used, row"):
        yield row, size
        excess -= size + OVERHEAD
        if excess <= 0:
            return
