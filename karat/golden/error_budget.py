"""How many healthy partitions a rule refuses: what is spent is stated before it is spent.

Statistics note 4.2 and 4.4. All distances of a family meet in one score, the largest of them, and
the score has one quantile: columns and statistics share one alpha, however many there are, and
each partition spends it once. Invariants and paired allowances are no tests: they spend nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from karat.errors import InputError
from karat.golden.false_alarms import checked_share


def expected_false_quarantines(alpha: Fraction, partitions: int) -> Fraction:
    """Return how many of `partitions` healthy ones are expected to be refused, at most.

    `InputError` when alpha is not between 0 and 1, or partitions are negative.

    >>> float(expected_false_quarantines(Fraction("0.05"), 250))
    12.5
    """
    checked_share(alpha, "alpha")
    if partitions < 0:
        raise InputError(f"{partitions} partitions: there cannot be fewer than none")
    return alpha * partitions


@dataclass(frozen=True)
class ErrorBudget:
    """What judging `partitions` at `alpha` each may cost, by `distances` in one score."""

    alpha: Fraction
    partitions: int
    distances: int

    @property
    def expected(self) -> Fraction:
        """Expected false quarantines, at most, for any dependence of columns and partitions."""
        return expected_false_quarantines(self.alpha, self.partitions)

    @property
    def any_at_all(self) -> Fraction:
        """Chance of one false quarantine or more, at most (Boole), for any dependence."""
        return min(Fraction(1), self.expected)

    @property
    def one_by_one(self) -> Fraction:
        """What would be expected at most, were each distance tested at alpha by itself."""
        return self.expected * self.distances

    def words(self) -> str:
        """Return the budget as a sentence.

        >>> ErrorBudget(Fraction("0.05"), 90, 12).words()
        'at alpha 0.05, 4.5 of 90 healthy partitions are expected to be refused; \
12 distances share the alpha, one by one they could refuse 54'
        """
        return (
            f"at alpha {float(self.alpha):g}, {float(self.expected):g} of {self.partitions:,} "
            f"healthy partitions are expected to be refused; {self.distances} distances share "
            f"the alpha, one by one they could refuse {float(self.one_by_one):g}"
        )
