"""The unpaired family: one score against golden days, judged by calibration days.

Statistics note 4.2. Half-widths with an effective sample size are not part of this rule yet, so
no contract should gate on it before they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from karat.contracts import Role, UnpairedRule
from karat.distances import Distance
from karat.golden import GoldenManifest, needed_days, quantile, score
from karat.verdicts.verdict import Finding, Number, Outcome


def judge_unpaired(
    rule: UnpairedRule,
    role: Role,
    distances: Mapping[str, Distance],
    golden: GoldenManifest | None,
) -> Finding:
    """Return the finding on distances by name; INCONCLUSIVE with too few calibration days.

    PASS when the score is certainly at most the quantile, FAIL when it is certainly above.
    """
    alpha = Fraction(rule.alpha)
    needed, have = needed_days(alpha), len(golden.calibration) if golden else 0
    numbers: dict[str, Number] = {"calibration_days": have, "needed_days": needed}
    numbers["alpha"] = rule.alpha
    days = f"{have} of {needed} calibration days"
    if golden is None or have < needed:
        return Finding("unpaired", role, "score", Outcome.INCONCLUSIVE, days, numbers)
    for name, distance in distances.items():
        if distance.count:
            numbers |= {f"{name} low": distance.low, f"{name} high": distance.high}
            numbers |= {f"{name} n": distance.count, f"{name} scale": float(golden.scales[name])}
    if lacking := _lacking(rule, distances):
        why = f"{days}; {lacking}"
        return Finding("unpaired", role, "score", Outcome.INCONCLUSIVE, why, numbers)
    low, high = bounds(distances, golden.scales)
    limits = [quantile([getattr(d, end) for d in golden.calibration], alpha)
              for end in ("low", "high")]  # fmt: skip
    q_low, q_high = (limit or Fraction(0) for limit in limits)
    numbers |= {"score": float(low), "score_high": float(high), "q": float(q_low)}
    outcome = Outcome.INCONCLUSIVE
    if high <= q_low:
        outcome = Outcome.PASS
    elif low > q_high:
        outcome = Outcome.FAIL
    top = max(distances, key=lambda name: distances[name].lower / golden.scales[name])
    rows = f"{distances[top].count:,} rows"
    why = f"{days}; score {float(low):.3g} against q {float(q_low):.3g}, most in {top!r} ({rows})"
    return Finding("unpaired", role, "score", outcome, why, numbers)


def _lacking(rule: UnpairedRule, distances: Mapping[str, Distance]) -> str:
    """Return which of the rule's distances is not known, and why; empty when all are."""
    for name in (asked.name for asked in rule.distances):
        if name not in distances:
            return f"the golden manifest has no cells for {name!r}"
        if not distances[name].count:
            return f"no rows to measure {name!r} on"
    return ""


def bounds(
    distances: Mapping[str, Distance], scales: Mapping[str, Fraction]
) -> tuple[Fraction, Fraction]:
    """Return what the score is certain to lie between."""
    low = score({name: d.lower for name, d in distances.items()}, scales)
    return low, score({name: d.upper for name, d in distances.items()}, scales)
