"""How far calibration days are from golden: exactly where all golden values can tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import NamedTuple

from karat.errors import InputError
from karat.golden.manifest import Bounds, Day
from karat.golden.refining import refined_distance
from karat.golden.sample import Sample
from karat.golden.yardsticks import Yardstick
from karat.messages.ahead import each_ahead
from karat.states import ReferenceCounts
from karat.telemetry import Progress


class Apart(NamedTuple):
    """How far one day is from golden by one distance, and its farthest stretch, None for no cut."""

    bounds: Bounds
    stretch: Fraction | None


def calibrated(
    strata: Mapping[str, Mapping[str, Yardstick]],
    days: Sequence[Sample],
    progress: Progress,
    threads: int,
) -> tuple[Day, ...]:
    """Return calibration days with their distances; a thread holds one column of one day.

    Beside that there are the golden values of one column at a time. Raises InputError when a day
    has no rows to measure on.
    """
    found: dict[str, dict[str, Apart]] = {day.name: {} for day in days}
    every = [(stratum, name) for stratum, held in strata.items() for name in held]
    those = {stratum: [day for day in days if day.stratum == stratum] for stratum in strata}
    done, total = 0, sum(len(those[stratum]) for stratum, _ in every)
    for stratum, name in every:
        one, some = strata[stratum][name], those[stratum]
        full = ReferenceCounts.from_bytes(one.every) if one.every and some else None
        for day, apart in zip(
            some, each_ahead(partial(_apart, one, full), some, threads), strict=True
        ):
            found[day.name][name], done = apart, done + 1
            progress("golden calibration", done, total, f"{day.name} {name}")
    return tuple(_told(day, found[day.name]) for day in days)


def _apart(one: Yardstick, full: ReferenceCounts | None, day: Sample) -> Apart:
    state = day.state(one.measure())
    distance = one.distance(state)
    if not distance.count:
        raise InputError(f"golden day {day.name} has no rows to measure {one.rule.name!r} on")
    if full is not None and not distance.exact:
        distance = refined_distance(one, full, state, day.state).distance
    stretch = None
    if by_chunk := one.by_chunk():
        far = one.profile(day.state(by_chunk))
        stretch = far.distance if far else Fraction(0)
    return Apart((distance.lower, distance.upper), stretch)


def _told(day: Sample, found: Mapping[str, Apart]) -> Day:
    distances = {name: apart.bounds for name, apart in found.items()}
    cut = {name: apart.stretch for name, apart in found.items() if apart.stretch is not None}
    return Day(day.name, day.content, day.rows, day.group, day.stratum, distances, cut)
