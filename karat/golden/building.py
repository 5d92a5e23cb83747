"""Golden days into a manifest: reference days make the yardsticks, calibration days their scores.

A pure function of the days' rows and the contract: the same bytes whatever the machine, and in
memory no more than one column of one day a thread beside the yardsticks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

from karat.contracts import Contract
from karat.errors import InputError
from karat.golden.calibrating import calibrated
from karat.golden.manifest import Day, GoldenManifest
from karat.golden.sample import Sample, by_stratum
from karat.golden.yardsticks import Yardstick, yardstick
from karat.messages.ahead import each_ahead
from karat.telemetry import Progress, silent


def manifest_of(
    contract: Contract,
    reference: Sequence[Sample],
    calibration: Sequence[Sample],
    progress: Progress = silent,
    *,
    threads: int = 1,
) -> GoldenManifest:
    """Return the manifest that these days make, for any number of `threads`, named in any order.

    Raises InputError when a day is named twice, when two days hold the same rows, when a stratum
    has calibration days but no reference days, when a day has no rows to measure on, or when the
    contract has no unpaired rule.
    """
    reference, calibration = (
        sorted(some, key=lambda day: day.name) for some in (reference, calibration)
    )
    days = [*reference, *calibration]
    _check(contract, reference, days)
    for at, _ in enumerate(each_ahead(lambda day: day.content, days, threads), start=1):
        progress("golden days", at, len(days), days[at - 1].name)
    _check_once(days)
    strata = _yardsticks(contract, by_stratum(reference), progress, threads)
    known = calibrated(strata, calibration, progress, threads)
    told = tuple(Day(d.name, d.content, d.rows, d.group, d.stratum) for d in reference)
    return GoldenManifest(contract.dataset, strata, told, known)


def _yardsticks(
    contract: Contract, strata: Mapping[str, list[Sample]], progress: Progress, threads: int
) -> dict[str, Mapping[str, Yardstick]]:
    rules = contract.unpaired.distances if contract.unpaired else ()
    found: dict[str, dict[str, Yardstick]] = {stratum: {} for stratum in strata}
    for at, (stratum, rule) in enumerate(product(strata, rules), start=1):
        found[stratum][rule.name] = yardstick(contract, rule, strata[stratum], threads)
        what = f"{stratum} {rule.name}".strip()
        progress("golden reference", at, len(strata) * len(rules), what)
    return dict(found)


def _check(contract: Contract, reference: Sequence[Sample], days: Sequence[Sample]) -> None:
    if not reference or contract.unpaired is None:
        raise InputError("golden days: at least one reference day and an unpaired rule are needed")
    strata = by_stratum(reference)
    if lost := [day for day in days if day.stratum not in strata]:
        told = f"golden day {lost[0].name}: no reference day of stratum {lost[0].stratum!r}"
        raise InputError(f"{told}: make one of its like a reference day")


def _check_once(days: Sequence[Sample]) -> None:
    for what in ("name", "content"):
        seen: dict[str, str] = {}
        for day in days:
            if (value := getattr(day, what)) in seen:
                raise InputError(f"golden days {seen[value]} and {day.name} are one {what}: name each once")  # fmt: skip  # noqa: E501
            seen[value] = day.name
