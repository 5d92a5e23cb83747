"""The invariants family: rules that rows keep, and their order."""

from __future__ import annotations

from karat.contracts import BookRule, InvariantRule, OrderRule, Role
from karat.states import InvariantState, OrderingState
from karat.verdicts.verdict import Finding, Number, Outcome

EMPTY = "the partition has no rows"


def counted(role: Role, severity: Role) -> Role:
    """Return the role of a rule in a family: a warning one warns in whatever family."""
    return "warn" if severity == "warn" else role


def judge_rows(
    rule: InvariantRule | OrderRule | BookRule,
    role: Role,
    rows: int,
    state: InvariantState | OrderingState,
    locator: str,
) -> Finding:
    """Return the finding on a rule that each of `rows` rows keeps; the first offender by locator.

    FAIL for more offenders than are allowed; INCONCLUSIVE for a partition without rows.
    """
    numbers: dict[str, Number] = {
        "checked": state.checked,
        "violations": state.violations,
        "allowance": rule.allowance,
    }
    outcome, reason = Outcome.PASS, f"holds in {state.checked:,} rows"
    if state.first is not None:
        numbers["first"] = state.first
        where = f"{state.violations:,} of {state.checked:,} rows break it, first at"
        reason = f"{where} {locator} {state.first}"
    if not rows:
        outcome, reason = Outcome.INCONCLUSIVE, EMPTY
    elif state.violations > rule.allowance:
        outcome = Outcome.FAIL
    role = counted(role, rule.severity)
    return Finding("invariants", role, rule.name, outcome, reason, numbers)
