"""What is known of a day's stretches, counted just now or kept as plain values.

Of a thousand kept ones all that decides is how far the farthest stretch is.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from karat.golden import ChunkProfile


class KeptProfile(NamedTuple):
    """A `ChunkProfile` as whole numbers: its four, and its three rationals as pairs."""

    said: Sequence[int]

    @classmethod
    def of(cls, one: Profile) -> KeptProfile:
        """Return a profile as it is kept."""
        parts = (one.distance, one.median, one.p95)
        pairs = [end for part in parts for end in (part.numerator, part.denominator)]
        return cls([one.start_ns, one.width_ns, one.rows, one.chunks, *pairs])

    @property
    def start_ns(self) -> int:
        """When the farthest stretch begins."""
        return self.said[0]

    @property
    def width_ns(self) -> int:
        """How long each is."""
        return self.said[1]

    @property
    def rows(self) -> int:
        """The rows of the farthest."""
        return self.said[2]

    @property
    def chunks(self) -> int:
        """How many have rows enough."""
        return self.said[3]

    @property
    def distance(self) -> Fraction:
        """How far the farthest is."""
        return Fraction(self.said[4], self.said[5])

    @property
    def median(self) -> Fraction:
        """How far half of them are, at most."""
        return Fraction(self.said[6], self.said[7])

    @property
    def p95(self) -> Fraction:
        """How far all but a twentieth are, at most."""
        return Fraction(self.said[8], self.said[9])


Profile = ChunkProfile | KeptProfile
