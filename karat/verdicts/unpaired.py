"""The unpaired family: how far a candidate is from golden days, against how far those usually are.

Statistics note 4.2. One score, the largest distance in units of its scale, is held against the
conformal quantile q of calibration days: closeness by that is what 1 - alpha of golden days show.
A distance with a tolerance must beside that be shown to lie within it, rows that depend on each
other counting for fewer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

from karat.contracts import DistanceRule, Role, UnpairedRule
from karat.distances import Distance
from karat.golden import Yardstick, needed_days, quantile
from karat.golden.false_alarms import false_alarm_interval, p_value
from karat.golden.half_widths import half_width
from karat.verdicts.chunk_findings import NO_CHUNKS, SUFFIX, Cut, missing, named
from karat.verdicts.row_findings import counted
from karat.verdicts.verdict import Finding, Number, Outcome, worst

Bounds = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Measured:
    """What is known of one distance of a candidate.

    `effective_rows` and the stretches `cut` only where they were asked for.
    """

    yardstick: Yardstick
    distance: Distance
    effective_rows: Fraction | None
    cut: Cut | None = None

    @property
    def ratio(self) -> Bounds:
        """The distance in units of its scale."""
        scale = self.yardstick.scale
        return self.distance.lower / scale, self.distance.upper / scale

    @property
    def counts(self) -> bool:
        """Whether it is part of the score."""
        return self.enough and self.yardstick.rule.severity == "gate"

    @property
    def enough(self) -> bool:
        """Whether there are as many rows as the rule wants."""
        return self.distance.count >= self.yardstick.rule.min_rows


@dataclass(frozen=True)
class Limit:
    """The bounds of q, None for too few of the calibration days, and those days' scores."""

    alpha: Fraction
    scores: Sequence[Bounds]

    @cached_property
    def bounds(self) -> Bounds | None:
        """The quantile's bounds, None with too few days."""
        ends = [quantile([score[end] for score in self.scores], self.alpha) for end in (0, 1)]
        return None if ends[0] is None or ends[1] is None else (ends[0], ends[1])

    @property
    def days(self) -> str:
        """How many calibration days there are of those needed."""
        return f"{len(self.scores)} of {needed_days(self.alpha)} calibration days"


def judge_unpaired(
    rule: UnpairedRule,
    role: Role,
    measured: Mapping[str, Measured],
    scores: Sequence[Bounds],
) -> list[Finding]:
    """Return the finding on the score, and one on each distance of the rule.

    `measured` is by the name of the distance; one that is not there has no yardstick. `scores` are
    those of the calibration days over the same distances. With too few of these, everything is
    INCONCLUSIVE, whatever the score; without any, there is but the score's finding.
    """
    limit = Limit(Fraction(rule.alpha), scores)
    if not scores:  # nothing is golden yet: saying so once is enough
        return [_score(rule, role, {}, limit)]
    found = [_distance(asked, role, measured.get(asked.name), limit) for asked in rule.distances]
    stretches = [
        _by_chunk(rule, one, measured.get(asked.name), limit)
        for asked, one in zip(rule.distances, found, strict=True)
    ]
    return [_score(rule, role, {n: m for n, m in measured.items() if m.counts}, limit), *stretches]


def _score(
    rule: UnpairedRule, role: Role, measured: Mapping[str, Measured], limit: Limit
) -> Finding:
    numbers: dict[str, Number] = {
        "calibration_days": len(limit.scores),
        "needed_days": needed_days(limit.alpha),
        "alpha": str(limit.alpha),
    }
    if limit.bounds is None or not measured:
        why = limit.days if limit.bounds is None else f"{limit.days}; no distance is known"
        return Finding("unpaired", role, "score", Outcome.INCONCLUSIVE, why, numbers)
    cuts = {n: one.cut for n, one in measured.items() if one.cut and one.cut.ratio is not None}
    far = {name: cut.ratio or Fraction(0) for name, cut in cuts.items()}
    ratios = {name: one.ratio for name, one in measured.items()}
    if rule.worst_chunk == "gate":
        ratios |= {name + SUFFIX: (ratio, ratio) for name, ratio in far.items()}
    top = max(ratios, key=lambda name: ratios[name])
    score = max(low for low, _ in ratios.values()), max(high for _, high in ratios.values())
    rare = p_value(score, limit.scores)
    numbers |= {"score": float(score[0]), "score_high": float(score[1]), "worst": top}
    numbers |= {"q": float(limit.bounds[0]), "p_low": float(rare[0]), "p": float(rare[1])}
    if law := false_alarm_interval(len(limit.scores), limit.alpha):
        numbers |= {"false_alarms": float(law.mean), "false_alarms_high": float(law.high)}
    if far:
        numbers |= named(cuts[first := max(far, key=lambda name: far[name])], first)
    why = f"score {float(score[0]):.3g} against q {float(limit.bounds[0]):.3g}, most in {top!r}"
    return Finding(
        "unpaired", role, "score", _against(score, limit.bounds), f"{limit.days}; {why}", numbers
    )


def _distance(rule: DistanceRule, role: Role, measured: Measured | None, limit: Limit) -> Finding:
    def found(outcome: Outcome, why: str, numbers: Mapping[str, Number]) -> Finding:
        own = counted(role, rule.severity)
        return Finding("unpaired", own, rule.name, outcome, why, numbers)

    if measured is None:
        why = "the golden manifest has no yardstick for it: build and adopt a golden again"
        return found(Outcome.INCONCLUSIVE, why, {})
    numbers = _numbers(measured)
    if not measured.enough:
        why = f"{measured.distance.count:,} rows to measure on, {rule.min_rows:,} needed"
        return found(Outcome.INCONCLUSIVE, why, numbers)
    if limit.bounds is None:
        return found(Outcome.INCONCLUSIVE, limit.days, numbers)
    numbers["q"] = float(limit.bounds[0])
    usual = _against(measured.ratio, limit.bounds)
    distance = f"{rule.kind} {measured.distance.value:.4g} of {measured.distance.count:,} rows"
    why = f"{distance}, {float(measured.ratio[0]):.3g} scales (q {float(limit.bounds[0]):.3g})"
    if rule.tolerance is None:
        return found(usual, why, numbers)
    width = half_width(limit.alpha, measured.effective_rows, measured.yardstick.effective_rows)
    width = width and width * rule.widths
    shown, told = _tolerated(Fraction(rule.tolerance), measured.distance, width)
    numbers |= {"tolerance": rule.tolerance} | ({"half_width": float(width)} if width else {})
    return found(worst([usual, shown]), f"{why}; {told}", numbers)


def _by_chunk(
    rule: UnpairedRule, finding: Finding, measured: Measured | None, limit: Limit
) -> Finding:
    """Return the finding on a distance with what its farthest stretch says."""
    if measured is None or not measured.enough or limit.bounds is None:
        return finding
    cut = measured.cut
    if missing(rule, measured.yardstick):
        outcome = worst([finding.outcome, Outcome.INCONCLUSIVE])
        return replace(finding, outcome=outcome, reason=f"{finding.reason}; {NO_CHUNKS}")
    if cut is None:
        return finding
    far = Outcome.PASS
    if rule.worst_chunk == "gate":
        far = Outcome.INCONCLUSIVE
        far = far if cut.ratio is None else _against((cut.ratio, cut.ratio), limit.bounds)
    outcome, reason = worst([finding.outcome, far]), f"{finding.reason}; {cut.words()}"
    numbers = {**finding.numbers, **cut.numbers()}
    return replace(finding, outcome=outcome, reason=reason, numbers=numbers)


def _against(score: Bounds, q: Bounds) -> Outcome:
    """Return PASS where the score is certainly at most q, FAIL where it is certainly above."""
    if score[1] <= q[0]:
        return Outcome.PASS
    return Outcome.FAIL if score[0] > q[1] else Outcome.INCONCLUSIVE


def _tolerated(
    tolerance: Fraction, distance: Distance, width: Fraction | None
) -> tuple[Outcome, str]:
    """Return whether a distance is shown to be tolerable, or not to be, and in words."""
    if width is None:
        return Outcome.INCONCLUSIVE, "too few closed blocks to tell how many rows it is worth"
    told = f"{distance.value:.4g} +- {float(width):.2g} against a tolerance of {float(tolerance):g}"
    if distance.upper + width <= tolerance:
        return Outcome.PASS, told
    if distance.lower - width > tolerance:
        return Outcome.FAIL, told
    return Outcome.INCONCLUSIVE, f"not enough rows: {told}"


def _numbers(measured: Measured) -> dict[str, Number]:
    distance, one = measured.distance, measured.yardstick
    numbers: dict[str, Number] = {"statistic": one.rule.kind, "n": distance.count}
    if distance.count:
        numbers |= {"low": float(distance.lower), "high": float(distance.upper)}
        numbers |= {"scale": float(one.scale), "ratio": float(measured.ratio[0])}
    for name, worth in (("n_eff", measured.effective_rows), ("m_eff", one.effective_rows)):
        if worth is not None:
            numbers[name] = float(worth)
    return numbers
