"""The rule: states and a contract to findings. Pure; nothing is read or written here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from karat.contracts import Contract, Measure
from karat.distances import Distance, ks
from karat.golden import GoldenManifest
from karat.states.census_state import CensusState
from karat.states.invariant import InvariantState
from karat.states.sequence_state import SequenceState
from karat.verdicts.paired import judge_paired
from karat.verdicts.unpaired import judge_unpaired
from karat.verdicts.verdict import Finding, Outcome

JUDGE_VERSION = 1
"""Raised whenever the same states under the same contract would be judged otherwise."""

EMPTY = "the partition has no rows"


def judge(
    contract: Contract,
    rows: int,
    states: Sequence[tuple[Measure, Any]],
    census: CensusState | None,
    golden: GoldenManifest | None,
) -> tuple[Finding, ...]:
    """Return what each rule of `contract` finds about a partition of `rows` rows.

    `census` is None where there is no golden capture of the interval, `golden` where no golden
    manifest is adopted. Without rows every finding is INCONCLUSIVE.
    """
    by_name: Mapping[tuple[str, str], Any] = {(m.family, m.name): state for m, state in states}
    findings = [
        _invariant(contract, at, rows, by_name["invariants", rule.name])
        for at, rule in enumerate(contract.invariants)
    ]
    if contract.sequence:
        findings.append(_sequence(contract, rows, by_name["sequence", "sequence"]))
    if contract.paired:
        findings.append(judge_paired(contract.paired, contract.families["paired"], census))
    if contract.unpaired:
        distances: dict[str, Distance] = {
            measure.name: ks(measure.statistic, state)  # type: ignore[arg-type] # its family says so
            for measure, state in states
            if measure.family == "unpaired"
        }
        role = contract.families["unpaired"]
        findings.append(judge_unpaired(contract.unpaired, role, distances, golden))
    return tuple(findings)


def _invariant(contract: Contract, at: int, rows: int, state: InvariantState) -> Finding:
    rule = contract.invariants[at]
    numbers: dict[str, int | float | str] = {
        "checked": state.checked,
        "violations": state.violations,
        "allowance": rule.allowance,
    }
    outcome, reason = Outcome.PASS, f"holds in {state.checked:,} rows"
    if state.first is not None:
        numbers["first"] = state.first
        where = f"{state.violations:,} of {state.checked:,} rows break it, first at"
        reason = f"{where} {contract.locator} {state.first}"
    if not rows:
        outcome, reason = Outcome.INCONCLUSIVE, EMPTY
    elif state.violations > rule.allowance:
        outcome = Outcome.FAIL
    role = contract.families["invariants"]
    return Finding("invariants", role, rule.name, outcome, reason, numbers)


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
