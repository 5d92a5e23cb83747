"""Atoms: single values that hold many rows, such as a round size or a price that is stuck."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np

from karat.states.categories import Categories
from karat.states.counts import Counts


@dataclass(frozen=True)
class Atoms(Categories):
    """How often each integer value occurs, every value of it.

    A sketch of the heaviest values only (Misra-Gries) is smaller, but two ways of merging the same
    rows give two sketches; here they give the same bytes, and distances are exact. The price is
    room: 16 bytes a distinct value, so at most 16 bytes a row, before compression. Columns on a
    grid of ticks or lots have few values; a column of nanoseconds has one a row, and is better
    judged in `ReferenceCounts`.
    """

    name: ClassVar[str] = "atoms"
    version: ClassVar[int] = 1


def heaviest(state: Counts, most: int = 10) -> list[tuple[int, Fraction]]:
    """Return up to `most` values and their share of the rows with one, the heaviest first.

    Of equal shares the smaller value comes first; none for no rows.
    """
    order = np.argsort(-state.counts, kind="stable")[:most]
    pairs = zip(state.cells[order].tolist(), state.counts[order].tolist(), strict=True)
    return [(value, Fraction(count, state.rows)) for value, count in pairs]
