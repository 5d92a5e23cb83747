"""The unpaired family: how far a candidate is from golden days, against how far those usually are.

Statistics note 4.2. One score, the largest distance in units of its scale, is held against the
conformal quantile q of calibration days: closeness by that is what 1 - alpha of golden days show.
A distance with a tolerance must beside that be shown to lie within it, rows that depend on each
other counting for fewer.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import partial
from typing import NamedTuple

from karat.contracts import DistanceRule, Role, UnpairedRule
from karat.distances import Distance
from karat.golden import Refined, Yardstick
from karat.verdicts.chunk_findings import NO_CHUNKS, Cut, missing
from karat.verdicts.limits import Bar, Bounds, Limit
from karat.verdicts.row_findings import counted
from karat.verdicts.ruling import Ruling, Told
from karat.verdicts.scores import judge_score
from karat.verdicts.verdict import OPEN, PASS, Number, Outcome, worst

UNKNOWN_WORTH = (
    "what {} rows are worth cannot be told: too few closed blocks of time, a clock that goes "
    "back, or values that are all alike"
)
NO_YARDSTICK = "the golden manifest has no yardstick for it: build and adopt a golden again"


class Measured(NamedTuple):
    """What is known of one distance of a candidate.

    `effective_rows` and the stretches `cut` only where they were asked for. `refined` is the
    distance by all golden values, None for unknown, and `certificate` what coarse cells said before
    it, where it decides.
    """

    yardstick: Yardstick
    distance: Distance
    effective_rows: Fraction | None
    cut: Cut | None = None
    refined: Refined | None = None
    certificate: Distance | None = None

    def settled(self, bar: Bar) -> Measured:
        """Return it with the exact distance where coarse cells leave a doubt about `bar`."""
        if self.refined is None or not bar.inside(self.distance, self.effective_rows):
            return self
        return self._replace(distance=self.refined.distance, certificate=self.distance)

    @property
    def ratio(self) -> Bounds:
        """The distance in units of its scale."""
        scale = self.yardstick.scale
        return self.distance.lower / scale, self.distance.upper / scale

    @property
    def counts(self) -> bool:
        """Whether it is part of the score."""
        return self.yardstick.rule.severity == "gate" and self.enough

    @property
    def enough(self) -> bool:
        """Whether there are as many rows as the rule wants."""
        return self.distance.count >= self.yardstick.rule.min_rows


def judge_unpaired(
    rule: UnpairedRule, role: Role, measured: Mapping[str, Measured], limit: Limit
) -> list[Ruling]:
    """Return what is decided of the score, and of each distance of the rule.

    `measured` is by the name of the distance; one that is not there has no yardstick. `limit` is
    of the calibration days' scores over the same distances. With too few of these, everything is
    INCONCLUSIVE, whatever the score; without any, there is but the score's ruling.
    """
    if not limit.scores:  # nothing is golden yet: saying so once is enough
        return [judge_score(rule, role, {}, [], limit)]
    found, usual, settled = [], list[Outcome](), dict[str, Measured]()
    for asked in rule.distances:
        one = measured.get(asked.name)
        bar = limit.bar(asked, one.yardstick) if one is not None and one.enough else None
        outcome = OPEN
        if one is not None and bar is not None:
            settled[asked.name] = one = one.settled(bar)
            near, far = bar.distance(one.distance), _farthest(rule, one, bar)
            shown = bar.tolerated(one.distance, one.effective_rows)
            held = _held_to_stretches(rule, one, far)
            outcome = worst((near, shown, held))
            if one.counts:
                usual += [near] if far is None else [near, far]
        tell = partial(_told, rule, asked, one, limit)
        found.append(Ruling("unpaired", counted(role, asked.severity), asked.name, outcome, tell))
    counts = {name: one for name, one in {**measured, **settled}.items() if one.counts}
    return [judge_score(rule, role, counts, usual, limit), *found]


def _farthest(rule: UnpairedRule, one: Measured, bar: Bar) -> Outcome | None:
    """Return whether the farthest stretch is at most q spreads off; None where none decides."""
    if one.cut is None or rule.worst_chunk != "gate":
        return None
    far = one.cut.farthest
    return None if far is None else bar.farthest(far)


def _held_to_stretches(rule: UnpairedRule, one: Measured, far: Outcome | None) -> Outcome:
    """Return what stretches say of a distance; PASS where none is asked about."""
    if far is not None:
        return far
    unknown = missing(rule, one.yardstick) or (one.cut and rule.worst_chunk == "gate")
    return OPEN if unknown else PASS


def _told(
    rule: UnpairedRule,
    asked: DistanceRule,
    measured: Measured | None,
    limit: Limit,
) -> Told:
    """Return the words and numbers of a distance, with what its farthest stretch says."""
    if measured is None:
        return NO_YARDSTICK, {}
    numbers = _numbers(measured)
    if not measured.enough:
        why = f"{measured.distance.count:,} rows to measure on, {asked.min_rows:,} needed"
        return why, numbers
    if limit.bounds is None or (bar := limit.bar(asked, measured.yardstick)) is None:
        return limit.days, numbers
    numbers["q"] = float(limit.bounds[0])
    distance = f"{asked.kind} {measured.distance.value:.4g} of {measured.distance.count:,} rows"
    why = f"{distance}, {float(measured.ratio[0]):.3g} scales (q {float(limit.bounds[0]):.3g})"
    if measured.certificate is not None:
        why = f"{why}; {_refined(measured.certificate)}"
    if asked.tolerance is not None:
        width = bar.width.of(measured.effective_rows)
        numbers |= {"tolerance": asked.tolerance} | ({"half_width": float(width)} if width else {})
        why = f"{why}; {_tolerated(bar, measured, width)}"
    return _with_stretches(rule, measured, why, numbers)


def _with_stretches(
    rule: UnpairedRule, measured: Measured, why: str, numbers: dict[str, Number]
) -> Told:
    if missing(rule, measured.yardstick):
        return f"{why}; {NO_CHUNKS}", numbers
    if measured.cut is None:
        return why, numbers
    return f"{why}; {measured.cut.words()}", numbers | measured.cut.numbers()


def _tolerated(bar: Bar, measured: Measured, width: Fraction | None) -> str:
    """Return in words whether a distance is shown to be tolerable."""
    if width is None or bar.tolerance is None:
        whose = "its" if measured.effective_rows is None else "golden's"
        return UNKNOWN_WORTH.format(whose)
    around = f"{measured.distance.value:.4g} +- {float(width):.2g}"
    told = f"{around} against a tolerance of {float(bar.tolerance):g}"
    shown = bar.tolerated(measured.distance, measured.effective_rows)
    return f"not enough rows: {told}" if shown is OPEN else told


def _refined(certificate: Distance) -> str:
    bounds = f"{float(certificate.lower):.4g} to {float(certificate.upper):.4g}"
    return f"refined by all golden values, certified {bounds} before"


def _numbers(measured: Measured) -> dict[str, Number]:
    distance, one = measured.distance, measured.yardstick
    numbers: dict[str, Number] = {"statistic": one.rule.kind, "n": distance.count}
    if distance.count:
        numbers |= {"low": float(distance.lower), "high": float(distance.upper)}
        numbers |= {"scale": float(one.scale), "ratio": float(measured.ratio[0])}
    if measured.refined is not None and (before := measured.certificate) is not None:
        numbers["refined"] = measured.refined.cells
        numbers |= {"certified_low": float(before.lower), "certified_high": float(before.upper)}
    for name, worth in (("n_eff", measured.effective_rows), ("m_eff", one.effective_rows)):
        if worth is not None:
            numbers[name] = float(worth)
    return numbers
