"""The invariants family: rules that rows keep, and their order."""

from __future__ import annotations

from functools import partial

from karat.contracts import BookRule, InvariantRule, OrderRule, Role, StepRule
from karat.states import InvariantState, OrderingState
from karat.verdicts.ruling import Ruling, Told
from karat.verdicts.verdict import FAIL, OPEN, PASS, Number

EMPTY = "the partition has no rows"
RowRule = InvariantRule | OrderRule | BookRule | StepRule


def counted(role: Role, severity: Role) -> Role:
    """Return the role of a rule in a family: a warning one warns in whatever family."""
    return "warn" if severity == "warn" else role


def rows_ruling(
    rule: RowRule, role: Role, rows: int, state: InvariantState | OrderingState, locator: str
) -> Ruling:
    """Return what is decided of a rule that each of `rows` rows keeps.

    FAIL for more offenders than are allowed; INCONCLUSIVE for a partition without rows. The first
    offender is told by `locator`.
    """
    outcome = PASS
    if not rows:
        outcome = OPEN
    elif state.violations > rule.allowance:
        outcome = FAIL
    tell = partial(_told, rule, rows, state, locator)
    return Ruling("invariants", counted(role, rule.severity), rule.name, outcome, tell)


def _told(rule: RowRule, rows: int, state: InvariantState | OrderingState, locator: str) -> Told:
    numbers: dict[str, Number] = {
        "checked": state.checked,
        "violations": state.violations,
        "allowance": rule.allowance,
    }
    reason = f"holds in {state.checked:,} rows"
    if state.first is not None:
        numbers["first"] = state.first
        where = f"{state.violations:,} of {state.checked:,} rows break it, first at"
        reason = f"{where} {locator} {state.first}"
    return (reason if rows else EMPTY), numbers
