"""Golden days into a manifest: reference days make the yardsticks, calibration days their scores.

A pure function of the days' rows and the contract: the same bytes whatever the machine, and in
memory no more than one column of one day beside the yardsticks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from karat.contracts import Contract
from karat.errors import InputError
from karat.golden.manifest import Day, GoldenManifest
from karat.golden.sample import Sample, by_stratum
from karat.golden.yardsticks import Yardstick, yardstick
from karat.telemetry import Progress, silent


def manifest_of(
    contract: Contract,
    reference: Sequence[Sample],
    calibration: Sequence[Sample],
    progress: Progress = silent,
) -> GoldenManifest:
    """Return the manifest that these days make; nothing is written.

    Raises InputError when a day is named twice, when two days hold the same rows, when a stratum
    has calibration days but no reference days, when a day has no rows to measure on, or when the
    contract has no unpaired rule.
    """
    days = [*reference, *calibration]
    _check(contract, reference, days)
    rules = contract.unpaired.distances if contract.unpaired else ()
    strata: dict[str, Mapping[str, Yardstick]] = {}
    for stratum, some in by_stratum(reference).items():
        strata[stratum] = {rule.name: yardstick(contract, rule, some) for rule in rules}
        progress("golden reference", len(strata), len(by_stratum(reference)), stratum or "all days")
    known = []
    for day in calibration:
        if day.stratum not in strata:
            raise InputError(f"golden day {day.name}: no reference day of stratum {day.stratum!r}")
        known.append(_calibrated(day, strata[day.stratum]))
        progress("golden calibration", len(known), len(calibration), day.name)
    told = tuple(Day(d.name, d.content, d.rows, d.group, d.stratum) for d in reference)
    return GoldenManifest(contract.dataset, strata, told, tuple(known))


def _check(contract: Contract, reference: Sequence[Sample], days: Sequence[Sample]) -> None:
    if not reference or contract.unpaired is None:
        raise InputError("golden days: at least one reference day and an unpaired rule are needed")
    for what in ("name", "content"):
        seen: dict[str, str] = {}
        for day in days:
            if (value := getattr(day, what)) in seen:
                raise InputError(f"golden days {seen[value]} and {day.name} are one {what}: give each once")  # fmt: skip  # noqa: E501
            seen[value] = day.name


def _calibrated(day: Sample, held: Mapping[str, Yardstick]) -> Day:
    distances = {}
    for name, one in held.items():
        distance = one.distance(day.state(one.measure()))
        if not distance.count:
            raise InputError(f"golden day {day.name} has no rows to measure {name!r} on")
        distances[name] = (distance.lower, distance.upper)
    return Day(day.name, day.content, day.rows, day.group, day.stratum, distances)
