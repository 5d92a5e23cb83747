"""The sequence family: messages link up, none is missing, none comes twice."""

from __future__ import annotations

from functools import partial

from karat.contracts import Role
from karat.contracts.model import SequenceRule
from karat.states.sequence_state import SequenceState
from karat.verdicts.row_findings import EMPTY
from karat.verdicts.ruling import Ruling, Told
from karat.verdicts.verdict import Number, Outcome


def judge_sequence(rule: SequenceRule, role: Role, rows: int, state: SequenceState) -> Ruling:
    """Return what is decided of the order of messages.

    FAIL for more faults of a sort than are allowed; INCONCLUSIVE without rows, or without a delta
    or trade to link up.
    """
    tally, outcome = state.tally, Outcome.PASS
    if not rows:
        outcome = Outcome.INCONCLUSIVE
    elif any(count > most for count, most in _counts(rule, state).values()):
        outcome = Outcome.FAIL
    elif not (tally.deltas or tally.trades):
        outcome = Outcome.INCONCLUSIVE
    tell = partial(_told, rule, rows, state, outcome)
    return Ruling("sequence", role, "continuity", outcome, tell)


def _counts(rule: SequenceRule, state: SequenceState) -> dict[str, tuple[int, int]]:
    tally = state.tally
    return {
        "gaps": (tally.gaps, rule.gaps),
        "overlaps": (tally.overlaps, rule.overlaps),
        "trade_gaps": (tally.trade_gaps, rule.trade_gaps),
        "trade_repeats": (tally.trade_repeats, rule.trade_repeats),
    }


def _told(rule: SequenceRule, rows: int, state: SequenceState, outcome: Outcome) -> Told:
    tally, found = state.tally, _counts(rule, state)
    numbers: dict[str, Number] = {name: count for name, (count, _) in found.items()}
    numbers |= {"deltas": tally.deltas, "missing": tally.missing, "stale": tally.stale}
    numbers["duplicates"] = tally.duplicates
    over = [f"{count:,} {name} (allowed {most})" for name, (count, most) in found.items()
            if count > most]  # fmt: skip
    if state.gap_ranges:
        first, last = state.gap_ranges[0]
        numbers |= {"first_missing": first, "last_missing": last}
        over.append(f"first gap: update ids {first} to {last}")
    if outcome is Outcome.FAIL:
        return ", ".join(over), numbers
    if outcome is Outcome.PASS:
        return f"{tally.deltas:,} deltas link up", numbers
    return ("there is no delta and no trade to link up" if rows else EMPTY), numbers
