"""The error budget of a batch: false quarantines that are to be expected, and those there were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from karat.golden import ErrorBudget
from karat.verdicts.verdict import Finding, Outcome, Verdict


@dataclass(frozen=True)
class Spending:
    """A budget, and how many partitions the score refused; `days` is the time they span."""

    budget: ErrorBudget
    refused: int
    days: int

    def words(self) -> str:
        """Return both as a sentence."""
        return f"{self.budget.words()}; over {self.days:,} days {self.refused:,} were refused by it"

    def plain(self) -> dict[str, Any]:
        """Return both as plain values."""
        return {
            "alpha": float(self.budget.alpha),
            "partitions": self.budget.partitions,
            "distances": self.budget.distances,
            "days": self.days,
            "expected": float(self.budget.expected),
            "refused": self.refused,
        }


def score_of(verdict: Verdict) -> Finding | None:
    """Return the finding on a verdict's score, None where no golden days could judge it."""
    scores = [f for f in verdict.findings if (f.family, f.name) == ("unpaired", "score")]
    return next((f for f in scores if "q" in f.numbers), None)


def spending(verdicts: Mapping[str, Verdict]) -> Spending | None:
    """Return what judging these partitions may cost and did; None where no score was judged.

    Partitions whose score only warns are none of it: they spend nothing.
    """
    scored = {name: found for name, one in verdicts.items() if (found := score_of(one))}
    gates = {name: found for name, found in scored.items() if found.role == "gate"}
    if not gates:
        return None
    alpha = max(Fraction(str(found.numbers["alpha"])) for found in gates.values())
    shared = max(map(_distances, (verdicts[name] for name in gates)))
    days = {name.rpartition("/")[2] for name in gates}
    refused = sum(found.outcome is Outcome.FAIL for found in gates.values())
    return Spending(ErrorBudget(alpha, len(gates), shared), refused, len(days))


def _distances(verdict: Verdict) -> int:
    gates = [f for f in verdict.findings if f.family == "unpaired" and f.role == "gate"]
    return len(gates) - 1
