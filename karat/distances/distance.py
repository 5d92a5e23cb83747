"""A distance and what is certain about it, kept in rationals until it is read."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Self

from karat.errors import InputError

Threshold = Fraction | str | int | float


@dataclass(frozen=True)
class Distance:
    """A distance that is certain to lie in [`lower`, `upper`]; equal bounds make it exact.

    `count` is the number of rows judged; with none there is no distance.
    """

    lower: Fraction
    upper: Fraction
    count: int

    @classmethod
    def none(cls) -> Self:
        """Return the distance of no rows, which is unknown."""
        return cls(Fraction(0), Fraction(1), 0)

    @property
    def exact(self) -> bool:
        """Whether the distance is known without doubt."""
        return self.count > 0 and self.lower == self.upper

    @property
    def low(self) -> float:
        """Lower bound; NaN for no rows."""
        return float(self.lower) if self.count else float("nan")

    @property
    def high(self) -> float:
        """Upper bound; NaN for no rows."""
        return float(self.upper) if self.count else float("nan")

    @property
    def value(self) -> float:
        """The distance, or the middle of its bounds; NaN for no rows."""
        return float((self.lower + self.upper) / 2) if self.count else float("nan")

    def exceeds(self, threshold: Threshold) -> bool | None:
        """Return whether the distance is above `threshold`; None when that is not certain.

        Decided in rationals. A float means its shortest decimal text: 0.1 is one tenth.

        >>> Distance(Fraction(1, 10), Fraction(1, 10), 5).exceeds(0.1)
        False
        """
        limit = rational(threshold)
        if not self.count or self.lower <= limit < self.upper:
            return None
        return self.lower > limit


def rational(threshold: Threshold) -> Fraction:
    """Return a threshold as a rational; `InputError` when it is not a finite number."""
    try:
        return Fraction(str(threshold))
    except (ValueError, ZeroDivisionError) as error:
        raise InputError(
            f"threshold {threshold!r} is not a number such as 0.01 or 1/100"
        ) from error
