"""Scores of partitions and of calibration days, taken out of verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from karat.report.looks import Mark
from karat.report.when import Place
from karat.verdicts import Finding, Verdict
from karat.verdicts.verdict import Number

Bounds = tuple[Fraction | float, Fraction | float]


@dataclass(frozen=True, slots=True)
class Score:
    """What a partition scored: certain to lie in [`low`, `high`], None where it has no score.

    `q` is what it was judged by, None where there was none; `mark` is None for a calibration day.
    """

    place: Place
    low: float | None
    high: float | None
    q: float | None
    mark: Mark | None


def scores(verdicts: Iterable[Verdict], calibration: Mapping[str, Bounds]) -> list[Score]:
    """Return the scores of calibration days and of all verdicts with a score finding, in order.

    `calibration` has the bounds of scores by partition. The last verdict of a partition counts,
    and it counts more than the same calibration day.
    """
    found: dict[Place, Score] = {}
    for partition, bounds in calibration.items():
        place, (low, high) = Place.of(partition), map(float, bounds)
        found[place] = Score(place, low, high, None, None)
    for verdict in verdicts:
        for finding in verdict.findings:
            if (finding.family, finding.name) == ("unpaired", "score"):
                place = Place.of(verdict.inputs.partition)
                found[place] = _judged(place, finding)
    return sorted(found.values(), key=lambda score: score.place)


def _judged(place: Place, finding: Finding) -> Score:
    low, high, q = (_float(finding.numbers, name) for name in ("score", "score_high", "q"))
    return Score(place, low, low if high is None else high, q, Mark[finding.outcome.name])


def _float(numbers: Mapping[str, Number], name: str) -> float | None:
    return float(numbers[name]) if name in numbers else None
