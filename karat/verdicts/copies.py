"""Copies of the day before: what share of a partition they may be."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

from karat.contracts import COPIES, CopiesRule, Measure, Role
from karat.distances import Containment, contained
from karat.verdicts.row_findings import EMPTY, counted
from karat.verdicts.ruling import Ruling, Told
from karat.verdicts.verdict import Number, Outcome


class Copied(NamedTuple):
    """Whether there is a day before, and what of a partition is in it; None for no grams."""

    there: bool
    found: Containment | None = None


def copied(ours: tuple[Measure, Any], before: Any | None) -> Copied:
    """Return what of a partition is in the day before, whose state is `before`; None for none."""
    if before is None:
        return Copied(there=False)
    measure, state = ours
    return Copied(there=True, found=contained(measure.statistic, state, before))  # type: ignore[arg-type] # its rule says so


def judge_copies(rule: CopiesRule, role: Role, rows: int, what: Copied) -> Ruling:
    """Return what is decided of copies of the day before.

    FAIL for a larger share than is allowed. Without a day before there is nothing to hold rows
    against: INCONCLUSIVE, which is shown and never counted.
    """
    role, outcome = counted(role, rule.severity), Outcome.INCONCLUSIVE
    if rows and what.found is None:
        role = "warn"
    elif rows and what.found:
        outcome = Outcome.FAIL if what.found.share > Fraction(rule.allowance) else Outcome.PASS
    return Ruling("invariants", role, COPIES, outcome, partial(_told, rule, rows, what))


def _told(rule: CopiesRule, rows: int, what: Copied) -> Told:
    numbers: dict[str, Number] = {"allowance": rule.allowance}
    if not rows:
        return EMPTY, numbers
    if (found := what.found) is None:
        why = "neither day has grams to compare" if what.there else "there is no day before"
        return why, numbers
    numbers |= {"common": found.common, "sampled": found.sampled, "share": float(found.share)}
    return _reason(rule, found), numbers


def _reason(rule: CopiesRule, found: Containment) -> str:
    what = f"{found.common:,} of {found.sampled:,} {rule.width}-grams"
    sample = "" if found.exact else " sampled"
    return f"{what}{sample} are of the day before too (allowed share {rule.allowance})"
