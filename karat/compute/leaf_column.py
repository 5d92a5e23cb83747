"""Which column of a file a column of its Parquet is part of: names may hold dots too."""

from __future__ import annotations

from collections.abc import Collection


def column_of(path: str, names: Collection[str]) -> str:
    """Return the one of `names` that a dotted Parquet path is, or lies in; the longest of several.

    A nested column's parts have its name, a dot and their own. Where none fits, it is the path.

    >>> column_of("bid.size", ["bid", "bid.size"]), column_of("level.price", ["level"])
    ('bid.size', 'level')
    """
    found = path
    while found not in names:
        found, dot, _ = found.rpartition(".")
        if not dot:
            return path
    return found
