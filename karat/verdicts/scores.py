"""The score of a partition: the largest of its distances, each in units of what is usual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from karat.contracts import Role, UnpairedRule
from karat.golden import needed_days
from karat.golden.false_alarms import false_alarm_interval, p_value
from karat.verdicts.chunk_findings import SUFFIX, named
from karat.verdicts.limits import Limit
from karat.verdicts.ruling import Ruling, Told
from karat.verdicts.verdict import Number, Outcome, worst

if TYPE_CHECKING:
    from karat.verdicts.unpaired import Measured


def judge_score(
    rule: UnpairedRule,
    role: Role,
    counts: Mapping[str, Measured],
    usual: Sequence[Outcome],
    limit: Limit,
) -> Ruling:
    """Return what is decided of the score: the worst of what is, each held to q by itself.

    `counts` are the distances that are part of it, `usual` whether each of them, and of their
    farthest stretches, is at most q. The largest is at most q where all are, above it where one is.
    """
    outcome = Outcome.INCONCLUSIVE if limit.bounds is None else worst(usual)
    tell = partial(_told, rule, counts, limit)
    return Ruling("unpaired", role, "score", outcome, tell)


def _told(rule: UnpairedRule, measured: Mapping[str, Measured], limit: Limit) -> Told:
    numbers: dict[str, Number] = {
        "calibration_days": len(limit.scores),
        "needed_days": needed_days(limit.alpha),
        "alpha": str(limit.alpha),
    }
    if limit.bounds is None or not measured:
        why = limit.days if limit.bounds is None else f"{limit.days}; no distance is known"
        return why, numbers
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
    return f"{limit.days}; {why}", numbers
