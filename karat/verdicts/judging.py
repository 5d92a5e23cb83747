"""The rule: states and a contract to findings. Pure; nothing is read or written here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from karat.contracts import COPIES, Contract, Family, InvariantRule, Measure, OrderRule, Role
from karat.golden import GoldenManifest, Yardstick, effective_rows
from karat.states.census_state import CensusState
from karat.states.sequence_state import SequenceState
from karat.states.trade_census_state import TradeCensusState
from karat.verdicts.chunk_findings import Cut
from karat.verdicts.copies import judge_copies
from karat.verdicts.paired import judge_paired
from karat.verdicts.paired_trades import judge_trades, without_trades
from karat.verdicts.row_findings import EMPTY, judge_rows
from karat.verdicts.unpaired import Measured, judge_unpaired
from karat.verdicts.verdict import Finding, Outcome

JUDGE_VERSION = 3
"""Raised whenever the same states under the same contract would be judged otherwise."""

OURS = ("invariants", COPIES)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Which partition is judged: its name, content digest, rows, and stratum ("" for none)."""

    partition: str
    content: str
    rows: int
    stratum: str = ""


def judge(
    contract: Contract,
    candidate: Candidate,
    states: Sequence[tuple[Measure, Any]],
    census: CensusState | None,
    golden: GoldenManifest | None,
    trades: TradeCensusState | None = None,
) -> tuple[Finding, ...]:
    """Return what each rule of `contract` finds about a partition.

    `census` and `trades` are None where there is no golden capture of the interval's quotes or
    trades, `golden` where no golden manifest is adopted. Without rows every finding is
    INCONCLUSIVE.
    """
    rows, roles = candidate.rows, roles_of(contract, paired=census is not None)
    by_name: Mapping[tuple[str, str], Any] = {(m.family, m.name): state for m, state in states}
    rules: list[InvariantRule | OrderRule] = [*contract.invariants, *contract.ordering]
    findings = [
        judge_rows(
            rule, roles["invariants"], rows, by_name["invariants", rule.name], contract.locator
        )
        for rule in rules
    ]
    if contract.book:
        steps = by_name["invariants", contract.book.name].inner
        found = judge_rows(contract.book, roles["invariants"], rows, steps, contract.locator)
        findings.append(found)
    if contract.copies:
        ours = next((m, state) for m, state in states if (m.family, m.name) == OURS)
        before = by_name.get(("before", COPIES))
        findings.append(judge_copies(contract.copies, roles["invariants"], rows, ours, before))
    if contract.sequence:
        findings.append(_sequence(contract, rows, by_name["sequence", "sequence"]))
    if contract.paired:
        findings.append(judge_paired(contract.paired, roles["paired"], census))
    if contract.paired and contract.paired.trades:
        if trades is None:
            findings[-1] = without_trades(findings[-1])
        else:
            role = contract.families["paired"]
            findings.append(judge_trades(contract.paired.trades, role, trades))
    if contract.unpaired:
        held = golden.usable(contract, candidate.stratum) if golden else {}
        scores = golden.limits(contract, held) if golden else []
        known = _measured(held, by_name)
        distances = judge_unpaired(contract.unpaired, roles["unpaired"], known, scores)
        double = golden.named(candidate.content) if golden else ""
        findings += [no_double(one, candidate, double) for one in distances]
    return tuple(findings)


def roles_of(contract: Contract, *, paired: bool) -> dict[Family, Role]:
    """Return which families decide: a golden capture of the interval, or else golden days.

    A census is the stronger evidence, so where both are gates the other one only warns.
    """
    roles = dict(contract.families)
    if contract.paired and contract.unpaired and roles["paired"] == roles["unpaired"] == "gate":
        roles["unpaired" if paired else "paired"] = "warn"
    return roles


def _measured(
    held: Mapping[str, Yardstick], by_name: Mapping[tuple[str, str], Any]
) -> dict[str, Measured]:
    found = {}
    for name, one in held.items():
        blocks = by_name.get(("effective", name))
        worth = None if blocks is None else effective_rows(one.rule, blocks)
        by_chunk = by_name.get(("chunks", name))
        cut = Cut(one.chunks, one.profile(by_chunk)) if one.chunks and by_chunk else None
        found[name] = Measured(one, one.distance(by_name["unpaired", name]), worth, cut)
    return found


def no_double(finding: Finding, candidate: Candidate, golden_day: str) -> Finding:
    """Return a FAIL where the rows of another, golden day stand in for those on trial."""
    if not golden_day or golden_day == candidate.partition or finding.name != "score":
        return finding
    why = f"these are the rows of golden day {golden_day}, not of {candidate.partition}"
    return replace(finding, outcome=Outcome.FAIL, reason=why)


def _sequence(contract: Contract, rows: int, state: SequenceState) -> Finding:
    rule, tally = contract.sequence, state.tally
    if rule is None:
        raise ValueError("the contract has no sequence rule")
    found = {
        "gaps": (tally.gaps, rule.gaps),
        "overlaps": (tally.overlaps, rule.overlaps),
        "trade_gaps": (tally.trade_gaps, rule.trade_gaps),
        "trade_repeats": (tally.trade_repeats, rule.trade_repeats),
    }
    numbers: dict[str, int | float | str] = {name: count for name, (count, _) in found.items()}
    numbers |= {"deltas": tally.deltas, "missing": tally.missing, "stale": tally.stale}
    numbers["duplicates"] = tally.duplicates
    over = [f"{count:,} {name} (allowed {most})" for name, (count, most) in found.items()
            if count > most]  # fmt: skip
    outcome, reason = Outcome.PASS, f"{tally.deltas:,} deltas link up"
    if state.gap_ranges:
        first, last = state.gap_ranges[0]
        numbers |= {"first_missing": first, "last_missing": last}
        over.append(f"first gap: update ids {first} to {last}")
    if not rows:
        outcome, reason = Outcome.INCONCLUSIVE, EMPTY
    elif any(count > most for count, most in found.values()):
        outcome, reason = Outcome.FAIL, ", ".join(over)
    elif not (tally.deltas or tally.trades):
        outcome, reason = Outcome.INCONCLUSIVE, "there is no delta and no trade to link up"
    role = contract.families["sequence"]
    return Finding("sequence", role, "continuity", outcome, reason, numbers)
