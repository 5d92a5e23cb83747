"""How alike golden days are: each day's distances in units of scale, and whether they drift."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from karat.golden.description import all_names
from karat.golden.manifest import Day, GoldenManifest

LEAST = 4
"""Fewer days than this have no order to speak of."""
ALIKE = 3
"""The worst of days that are alike is at most so many times as far out as a typical one."""
STRONG = 0.7
"""The least rank correlation with the date that is called a drift."""


@dataclass(frozen=True, slots=True)
class DayLikeness:
    """A golden day, whether it is a reference day, and its distances in units of scale.

    A reference day is held against the other reference days, a calibration day against all of
    them; None where that is not known, as for a single reference day. Of bounds, the upper.
    """

    partition: str
    stratum: str
    reference: bool
    ratios: tuple[float | None, ...]

    @property
    def score(self) -> float | None:
        """The largest ratio."""
        return max((one for one in self.ratios if one is not None), default=None)


@dataclass(frozen=True, slots=True)
class Drift:
    """Spearman's rank correlation of a distance with the date, over `days` days, and its p-value.

    The p-value takes days for independent; it ranks distances, and decides nothing.
    """

    name: str
    days: int
    correlation: float
    p: float

    @property
    def words(self) -> str:
        """The correlation, over how many days, and its p-value."""
        return f"rank correlation {self.correlation:+.2f} over {self.days} days (p {self.p:.2g})"


@dataclass(frozen=True)
class Likeness:
    """A matrix of days by distances `names`, days in order of time, and the drift in time."""

    names: tuple[str, ...]
    days: tuple[DayLikeness, ...]
    drifts: tuple[Drift, ...]

    @property
    def worst(self) -> list[DayLikeness]:
        """The days, least alike first."""
        known = [day for day in self.days if day.score is not None]
        return sorted(known, key=lambda day: -(day.score or 0))

    @property
    def typical(self) -> float:
        """The score of the median day; 0 for no day."""
        return median([day.score or 0.0 for day in self.worst] or [0.0])

    @property
    def words(self) -> list[str]:
        """What is to be said of them: the day that differs most and in what, and each drift."""
        if not self.worst:
            return ["one golden day alone cannot be compared with any other"]
        day = self.worst[0]
        score = day.score or 0.0
        what = self.names[[*day.ratios].index(score)]
        most = f"{day.partition} differs most, in {what}: {score:.3g} scales"
        most += f" (a typical day {self.typical:.3g})"
        told = "golden days are alike: " if score <= ALIKE * self.typical else ""
        drifts = [one for one in self.drifts if abs(one.correlation) >= STRONG]
        return [told + most, *(f"{one.name} drifts with time: {one.words}" for one in drifts)]


def likeness(manifest: GoldenManifest) -> Likeness:
    """Return how alike the golden days of a manifest are; no data is read."""
    names = all_names(manifest)
    found = [
        *_reference(manifest, names),
        *(_calibration(manifest, d, names) for d in manifest.calibration),
    ]
    found.sort(key=lambda day: (_date(day.partition), day.partition))
    return Likeness(tuple(names), tuple(found), tuple(_drifts(names, found)))


def _reference(manifest: GoldenManifest, names: Sequence[str]) -> list[DayLikeness]:
    seen: dict[str, int] = {}
    found = []
    for day in manifest.reference:
        at = seen[day.stratum] = seen.get(day.stratum, -1) + 1
        held = manifest.strata[day.stratum]
        ratios = [
            float(one.left_out[at] / one.scale) if (one := held[name]).left_out else None
            for name in names
        ]
        found.append(DayLikeness(day.partition, day.stratum, reference=True, ratios=tuple(ratios)))
    return found


def _calibration(manifest: GoldenManifest, day: Day, names: Sequence[str]) -> DayLikeness:
    held = manifest.strata[day.stratum]
    ratios = tuple(float(day.distances[name][1] / held[name].scale) for name in names)
    return DayLikeness(day.partition, day.stratum, reference=False, ratios=ratios)


def _date(partition: str) -> str:
    return partition.rpartition("/")[2]


def _drifts(names: Sequence[str], days: Sequence[DayLikeness]) -> list[Drift]:
    """Return the drifts, strongest first, of distances that are known and differ."""
    from scipy.stats import spearmanr

    found = []
    for at, name in enumerate(names):
        known = [
            (when, one) for when, day in enumerate(days) if (one := day.ratios[at]) is not None
        ]
        if len(known) < LEAST or len({one for _, one in known}) == 1:
            continue
        result = spearmanr(*zip(*known, strict=True))
        drift = Drift(name, len(known), float(result.statistic), float(result.pvalue))
        found.append(drift)
    return sorted(found, key=lambda drift: -abs(drift.correlation))
