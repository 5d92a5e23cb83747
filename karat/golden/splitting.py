"""Which golden days are reference days, and which are kept to calibrate by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from karat.errors import InputError

T = TypeVar("T")
REFERENCE_DAYS = 4


def split(
    days: Sequence[T], *, first: int = REFERENCE_DAYS, every: int | None = None
) -> tuple[list[T], list[T]]:
    """Return reference and calibration days: the `first` ones and the rest, or every n-th.

    With `every`, days 0, n, 2n … are reference days, so that both kinds span the same time.
    Raises InputError when `first` is below 1 or `every` below 2.

    >>> split("abcdef", first=2), split("abcdef", every=3)
    ((['a', 'b'], ['c', 'd', 'e', 'f']), (['a', 'd'], ['b', 'c', 'e', 'f']))
    """
    if first < 1 or (every is not None and every < 2):  # noqa: PLR2004 - every first day is all
        told = f"every {every}th" if every is not None else f"the first {first}"
        raise InputError(f"golden days: {told} cannot be reference: say at least 1, or every 2nd")
    chosen = range(0, len(days), every) if every is not None else range(min(first, len(days)))
    return [days[at] for at in chosen], [day for at, day in enumerate(days) if at not in chosen]


def split_strata(
    days: Sequence[T],
    stratum: Callable[[T], str],
    *,
    first: int = REFERENCE_DAYS,
    every: int | None = None,
) -> tuple[list[T], list[T]]:
    """Return reference and calibration days, the days of each stratum split as by `split`.

    >>> split_strata(["a1", "b1", "a2", "b2"], lambda day: day[0], first=1)
    (['a1', 'b1'], ['a2', 'b2'])
    """
    groups: dict[str, list[T]] = {}
    for day in days:
        groups.setdefault(stratum(day), []).append(day)
    parts = [split(group, first=first, every=every) for group in groups.values()]
    whole = [[day for part in parts for day in part[side]] for side in (0, 1)]
    return whole[0], whole[1]
