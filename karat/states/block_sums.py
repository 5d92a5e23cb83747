"""Rows below each cut, block of time after block of time, and their sums over blocks."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import starmap
from operator import add
from typing import Self

import numpy as np

from karat.states.encoding import Int64s

FEWEST_BLOCKS = 20
Numbers = tuple[int, ...]


@dataclass(frozen=True)
class Block:
    """`rows` rows in one bucket of the clock; `below` of them are at or below each cut."""

    bucket: int
    rows: int
    below: Numbers

    def join(self, other: Block) -> Block | None:
        """Return both as one, or None when they are of two buckets."""
        if self.bucket != other.bucket:
            return None
        return Block(self.bucket, self.rows + other.rows, _plus(self.below, other.below))


@dataclass(frozen=True)
class BlockSums:
    """Sums over blocks of n and n^2, and, one a cut, of c, c^2 and c n.

    n is a block's rows, c those at or below the cut.
    """

    blocks: int
    rows: int
    rows_squared: int
    below: Numbers
    below_squared: Numbers
    below_times_rows: Numbers

    @classmethod
    def of(cls, rows: Int64s, below: Int64s) -> Self:
        """Return the sums of blocks: their rows (B,), and those below each cut (B, cuts).

        At most 2^31 rows in all, or int64 could not hold their squares.
        """
        return cls(
            rows.size,
            int(rows.sum()),
            int(np.dot(rows, rows)),
            tuple(below.sum(axis=0).tolist()),
            tuple(np.einsum("bt,bt->t", below, below).tolist()),
            tuple((rows @ below).tolist()),
        )

    def plus(self, other: BlockSums) -> BlockSums:
        """Return the sums of the blocks of both."""
        return BlockSums(
            self.blocks + other.blocks,
            self.rows + other.rows,
            self.rows_squared + other.rows_squared,
            _plus(self.below, other.below),
            _plus(self.below_squared, other.below_squared),
            _plus(self.below_times_rows, other.below_times_rows),
        )

    def inflation(self) -> Fraction | None:
        """Return the largest phi(t) of all cuts: how much blocks differ beyond chance.

        phi(t) is the variance that G(t) = sum c / sum n has when whole blocks are drawn (that of a
        ratio, as blocks have unequal rows), over G(1-G) / n, what independent rows would give.
        With n rows in each block it is Var(G_b(t)) n / (G(1-G)). None for fewer than 20 blocks, or
        when every cut has all rows on one side.
        """
        if self.blocks < FEWEST_BLOCKS:
            return None
        cuts = zip(self.below, self.below_squared, self.below_times_rows, strict=True)
        return max((self._phi(*cut) for cut in cuts if 0 < cut[0] < self.rows), default=None)

    def _phi(self, below: int, squared: int, crossed: int) -> Fraction:
        n, blocks = self.rows, self.blocks
        # n^2 times the sum of (c - G n_b)^2 over blocks.
        spread = n**2 * squared - 2 * below * n * crossed + below**2 * self.rows_squared
        return Fraction(blocks * spread, (blocks - 1) * n * below * (n - below))


def _plus(a: Numbers, b: Numbers) -> Numbers:
    return tuple(starmap(add, zip(a, b, strict=True)))
