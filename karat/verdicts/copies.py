"""Copies of the day before: what share of a partition they may be."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from karat.contracts import COPIES, CopiesRule, Measure, Role
from karat.distances import Containment, contained
from karat.verdicts.row_findings import EMPTY, counted
from karat.verdicts.verdict import Finding, Number, Outcome


def judge_copies(
    rule: CopiesRule, role: Role, rows: int, ours: tuple[Measure, Any], before: Any | None
) -> Finding:
    """Return the finding on copies of the day before, whose state is `before`.

    FAIL for a larger share than is allowed. Without a day before there is nothing to hold rows
    against: INCONCLUSIVE, which is shown and never counted.
    """
    measure, state = ours
    role = counted(role, rule.severity)
    numbers: dict[str, Number] = {"allowance": rule.allowance}
    found = None if before is None else contained(measure.statistic, state, before)  # type: ignore[arg-type] # its rule says so
    if not rows:
        return Finding("invariants", role, COPIES, Outcome.INCONCLUSIVE, EMPTY, numbers)
    if found is None:
        what = "there is no day before" if before is None else "neither day has grams to compare"
        return Finding("invariants", "warn", COPIES, Outcome.INCONCLUSIVE, what, numbers)
    outcome = Outcome.FAIL if found.share > Fraction(rule.allowance) else Outcome.PASS
    numbers |= {"common": found.common, "sampled": found.sampled, "share": float(found.share)}
    return Finding("invariants", role, COPIES, outcome, _reason(rule, found), numbers)


def _reason(rule: CopiesRule, found: Containment) -> str:
    what = f"{found.common:,} of {found.sampled:,} {rule.width}-grams"
    sample = "" if found.exact else " sampled"
    return f"{what}{sample} are of the day before too (allowed share {rule.allowance})"
