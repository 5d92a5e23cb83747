"""The rule at the lesser levels: what holds in rows is judged as ever, distances less or not.

L2 judges what a sample can tell, L3 no distribution and no census. What is not judged is
INCONCLUSIVE and says so: a lesser level may miss a fault, and invents none. Statistics note 5.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from karat.contracts import (
    Contract,
    DistanceRule,
    Family,
    Measure,
    Role,
    UnpairedRule,
    measures,
)
from karat.golden import GoldenManifest, Yardstick, sampling_width
from karat.verdicts.judging import Candidate, double_of, judge, roles_of
from karat.verdicts.level import Lesser
from karat.verdicts.limits import Limit
from karat.verdicts.paired_trades import NAME as TRADES
from karat.verdicts.sampled import (
    MISSED,
    SAMPLE,
    SampledMeasure,
    can_be_sampled,
    sampled_measure,
    widened,
)
from karat.verdicts.unpaired import Measured, judge_unpaired
from karat.verdicts.verdict import Finding, Number, Outcome

STRETCHES = "the stretches of the day are not judged"


@dataclass(frozen=True, slots=True)
class Captured:
    """Which golden captures of the interval there are: they decide what counts, unread."""

    quotes: bool = False
    trades: bool = False


def measures_at(
    level: Lesser,
    contract: Contract,
    held: Mapping[str, Yardstick],
    seed: str,
    size: int = SAMPLE,
) -> list[Measure]:
    """Return what is measured of a candidate of content `seed`; `held` are its yardsticks."""
    sampled = held if level == "L2" else {}
    drawn = [
        sampled_measure(one, seed, size) for one in sampled.values() if can_be_sampled(one.rule)
    ]
    return [*measures(contract), *drawn]


def judge_at(
    level: Lesser,
    contract: Contract,
    candidate: Candidate,
    states: Sequence[tuple[Measure, Any]],
    golden: GoldenManifest | None,
    captured: Captured,
) -> tuple[Finding, ...]:
    """Return what each rule of `contract` finds at a lesser level; `states` as `measures_at` says.

    Findings have the names, the order and the roles that `judge` gives them.
    """
    rows_only = contract.model_copy(update={"paired": None, "unpaired": None})
    findings = list(judge(rows_only, candidate, states, None, None))
    roles = roles_of(contract, paired=captured.quotes)
    if contract.paired:
        findings.append(_open("paired", roles["paired"], "census", level))
    if contract.paired and contract.paired.trades and captured.trades:
        findings.append(_open("paired", contract.families["paired"], TRADES, level))
    if contract.unpaired:
        score, *others = _distances(level, contract, candidate, states, golden, captured)
        if double := double_of(candidate, golden.named(candidate.content) if golden else ""):
            score = replace(score, outcome=Outcome.FAIL, reason=double)
        findings += [score, *others]
    return tuple(findings)


def _distances(
    level: Lesser,
    contract: Contract,
    candidate: Candidate,
    states: Sequence[tuple[Measure, Any]],
    golden: GoldenManifest | None,
    captured: Captured,
) -> list[Finding]:
    if contract.unpaired is None:
        return []
    held = golden.usable(contract, candidate.stratum) if golden else {}
    gates = [name for name, one in held.items() if one.rule.severity == "gate"]
    scores = golden.limits(contract, held) if golden else []
    drawn = {m.name: (m, s) for m, s in states if isinstance(m, SampledMeasure)}
    known = {name: _sampled(held[name], *pair) for name, pair in drawn.items()}
    role = roles_of(contract, paired=captured.quotes)["unpaired"]
    limit = Limit(Fraction(contract.unpaired.alpha), scores)
    ruled, *others = judge_unpaired(_untold(contract.unpaired), role, known, limit)
    score, found = ruled.finding(), [one.finding() for one in others]
    if missing := sorted(set(gates) - known.keys()):
        score = _never_passed(score, f"not judged at level {level}: {', '.join(missing)}")
    cut = {rule.name for rule in contract.unpaired.distances if _decides(contract.unpaired, rule)}
    if cut & set(gates):
        score = _never_passed(score, f"{STRETCHES} at level {level}")
    if held and not known:
        score = replace(score, reason=f"not judged at level {level}")
    sizes = {name: measure.size for name, (measure, _) in drawn.items()}
    with_tolerance = {r.name for r in contract.unpaired.distances if r.tolerance is not None}
    return [score, *(_said(level, one, sizes, with_tolerance, cut) for one in found)]


def _decides(unpaired: UnpairedRule, rule: DistanceRule) -> bool:
    return unpaired.worst_chunk == "gate" and unpaired.cuts(rule)


def _said(
    level: Lesser,
    finding: Finding,
    sizes: Mapping[str, int],
    with_tolerance: Collection[str],
    cut: Collection[str],
) -> Finding:
    """Return the finding on one distance as far as this level can tell it."""
    if finding.name not in sizes:
        return _open("unpaired", finding.role, finding.name, level)
    if finding.name in with_tolerance:
        why = f"what rows are worth, which its tolerance asks, is not judged at level {level}"
        finding = _never_passed(finding, why)
    if finding.name in cut:
        finding = _never_passed(finding, f"{STRETCHES} at level {level}")
    return _with_width(finding, sizes[finding.name])


def _untold(rule: UnpairedRule) -> UnpairedRule:
    """Return the rule as far as a sample can tell it.

    Not how rows depend on each other, which tolerances ask, nor a day's stretches one by one.
    """
    plain = tuple(one.model_copy(update={"tolerance": None}) for one in rule.distances)
    return rule.model_copy(update={"distances": plain, "worst_chunk": "none"})


def _sampled(one: Yardstick, measure: SampledMeasure, state: Any) -> Measured:
    return Measured(one, widened(one.distance(state), measure.size), None)


def _never_passed(finding: Finding, why: str) -> Finding:
    if finding.outcome is not Outcome.PASS:
        return finding
    reason = f"{finding.reason}; {why}"
    return replace(finding, outcome=Outcome.INCONCLUSIVE, reason=reason)


def _with_width(finding: Finding, size: int) -> Finding:
    """Say of how many rows drawn a distance is, where there were more."""
    count = finding.numbers.get("n", 0)
    if not isinstance(count, int) or count < size:
        return finding
    width = float(sampling_width(MISSED, size))
    said: dict[str, Number] = {"sampled": size, "sampling_width": width}
    said["sampling_missed"] = str(MISSED)
    return replace(finding, numbers={**finding.numbers, **said})


def _open(family: Family, role: Role, name: str, level: str) -> Finding:
    why = f"not judged at level {level}"
    return Finding(family, role, name, Outcome.INCONCLUSIVE, why, {})
