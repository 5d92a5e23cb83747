"""How far one column is from golden: by its values, its steps, or the shares of its categories."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from karat.comparison.clock import Clock, Reach, reach
from karat.comparison.met import Met
from karat.comparison.steps import present, rises, steps
from karat.distances import Distance, heaviest_atom, ks, scale_free, total_variation
from karat.errors import InputError
from karat.states import Categories, Counts, ReferenceCounts
from karat.states.columns import Numbers

CELLS = 4096
LEAST_TEXTS = 20


@dataclass(frozen=True)
class Atom:
    """The value whose share differs most, as the file holds it, and its share of all rows."""

    value: Any
    candidate: float
    golden: float


@dataclass(frozen=True)
class Column:
    """One column of both sides, compared.

    `distance` is KS of values or steps, total variation of categories. `split` says how it divides
    into shape and scale, "" for categories. `nulls` are rows without a value, the candidate's
    first. `cells` and `state` are what KS was taken of, for a plot; None for categories.
    """

    name: str
    measured: Literal["values", "steps", "categories"]
    distance: Distance
    split: str
    atom: Atom | None
    nulls: tuple[int, int]
    reach: Reach | None
    cells: ReferenceCounts | None = field(default=None, repr=False, compare=False)
    state: Counts | None = field(default=None, repr=False, compare=False)


def measured(met: Met, clock: Clock | None, *, exact: bool) -> Column:
    """Return one column compared; exact keeps every golden value as a cell, else 4,096.

    Raises `InputError` for texts most of which occur once: their shares say nothing.
    """
    if not met.ordered:
        return _categories(met)
    by_steps = rises(met)
    take = steps if by_steps else present
    values = take(met.candidate), take(met.golden)
    cells = ReferenceCounts.from_golden(values[1], None if exact else CELLS)
    state = cells.observe(values[0])
    apart = ks(cells, state)
    return Column(
        met.name,
        "steps" if by_steps else "values",
        apart,
        _split(cells, state, apart),
        None if by_steps else _atom(met, *(_counted(side) for side in (met.candidate, met.golden))),
        _nulls(met),
        None if clock is None else reach(clock, met, values, apart, cells),
        cells,
        state,
    )


def _split(cells: ReferenceCounts, state: Counts, apart: Distance) -> str:
    """Return shape against scale; in coarse cells, a search among millions of points is slow."""
    coarse = cells.coarser(CELLS)
    found = scale_free(coarse, cells.coarsen(state, coarse))
    words = found.words(apart)
    if found.scale != 1:
        return words
    told = words.rpartition("; ")[2]
    return "shape: no stretch of golden fits better" if told == "mostly shape" else told


def _categories(met: Met) -> Column:
    states = [_counted(side) for side in (met.candidate, met.golden)]
    golden = states[1]
    if met.kind == "text" and 2 * golden.cells.size > golden.rows >= LEAST_TEXTS:
        told = f"{golden.cells.size:,} different texts in {golden.rows:,} golden rows"
        raise InputError(f"{told}: shares say nothing, only --on a key compares them")
    apart = total_variation(*states)
    return Column(met.name, "categories", apart, "", _atom(met, *states), _nulls(met), None)


def _nulls(met: Met) -> tuple[int, int]:
    a, b = (int(side.valid.size - side.valid.sum()) for side in (met.candidate, met.golden))
    return a, b


def _counted(side: Numbers) -> Counts:
    """Return the count of each value; a float is its 64 bits, -0.0 being 0.0."""
    values: NDArray[Any] = present(side)
    codes = (values + 0.0).view(np.int64) if values.dtype.kind == "f" else values
    found = Categories().observe(codes)
    return Counts(found.cells, found.counts, side.valid.size - values.size)


def _atom(met: Met, a: Counts, b: Counts) -> Atom | None:
    """Return the value whose share differs most; None where no share differs or a side is empty."""
    code = heaviest_atom(a, b)
    if code is None or not (a.rows + a.nulls and b.rows + b.nulls):
        return None
    shares = [_share(side, code) for side in (a, b)]
    if shares[0] == shares[1]:
        return None
    floats = met.golden.values.dtype.kind == "f"
    value = np.array([code]).view(np.float64)[0] if floats else code
    return Atom(met.show(value), *shares)


def _share(side: Counts, code: int) -> float:
    at = int(np.searchsorted(side.cells, code))
    held = at < side.cells.size and side.cells[at] == code
    return int(side.counts[at]) / (side.rows + side.nulls) if held else 0.0
