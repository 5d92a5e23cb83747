"""Partitions by their names in paths, each checked once: folders of a lake have the same ones."""

from __future__ import annotations

from functools import lru_cache

from karat.errors import InputError
from karat.lake.layout import Partition

KEPT = 1 << 18


@lru_cache(KEPT)
def named(text: str) -> Partition | None:
    """Return the partition called ``instrument/date``, or None where no partition is.

    >>> str(named("sim-spot-aaa/2024-01-01")), named("sim-spot-aaa/today")
    ('sim-spot-aaa/2024-01-01', None)
    """
    instrument, _, date = text.partition("/")
    try:
        return Partition(instrument, date)
    except InputError:
        return None


def below(folder: str, path: str, suffix: str) -> Partition | None:
    """Return the partition whose file is `path` below `folder`, or None.

    >>> str(below("raw", "raw/sim-spot-aaa/2024-01-01.parquet", ".parquet"))
    'sim-spot-aaa/2024-01-01'
    """
    if not (path.startswith(f"{folder}/") and path.endswith(suffix)):
        return None
    return named(path[len(folder) + 1 : -len(suffix)])
