"""The census by key: rows of both sides that bear one key, beside each other.

A file begins and ends somewhere: a key before the first or after the last one of the other side is
not covered there, rather than missing; so it is counted apart, where the key has an order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat.comparison.met import Met
from karat.errors import InputError
from karat.states.columns import Numbers

KEPT = 5
Rows = NDArray[np.int64]
Codes = NDArray[Any]


@dataclass(frozen=True)
class Differing:
    """A column of matched rows: how many differ, by how much at most, and the first keys.

    `largest` is None for what has no difference, `first` holds key, candidate and golden value.
    """

    name: str
    rows: int
    largest: float | None
    first: tuple[tuple[Any, Any, Any], ...]


@dataclass(frozen=True)
class KeyCensus:
    """Rows matched by key and rows that are alone; the counts of `candidate_rows` add up.

    `only_*` are keys that the other side covers and lacks, `beyond_*` lie outside its range,
    `repeats` are further candidate rows of a key. `first_*` are the first such keys, in order.
    """

    key: tuple[str, ...]
    matched: int
    only_candidate: int
    only_golden: int
    beyond_candidate: int
    beyond_golden: int
    repeats: int
    first_only_candidate: tuple[Any, ...]
    first_only_golden: tuple[Any, ...]
    first_repeats: tuple[Any, ...]
    columns: tuple[Differing, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether all that both sides cover is there once and equal."""
        alone = self.only_candidate or self.only_golden or self.repeats
        return not (alone or any(column.rows for column in self.columns))

    @property
    def whole(self) -> bool:
        """Whether, besides, every row of both sides has its partner."""
        return self.clean and not (self.beyond_candidate or self.beyond_golden)


@dataclass(frozen=True)
class Joined:
    """Which rows meet: `candidate[i]` and `golden[i]` bear one key, in the order of the keys."""

    census: KeyCensus
    candidate: Rows
    golden: Rows
    keys: tuple[Met, ...]


def joined(keys: Sequence[Met]) -> Joined:
    """Return the rows joined by the columns `keys`, each golden row with one partner at most.

    Raises `InputError` for a key that is null somewhere, or there twice in golden.
    """
    a, b = _codes(keys)
    ours, theirs = (np.argsort(side, kind="stable") for side in (a, b))
    a, b = a[ours], b[theirs]
    again = np.append(False, b[1:] == b[:-1])[: b.size]
    if again.any():
        count, row = int(again.sum()), int(theirs[int(np.argmax(again))])
        told = f"{_shown(keys, row, 'golden')!r} is there twice, {count:,} rows in all"
        names = ", ".join(met.name for met in keys)
        raise InputError(f"golden: key {names} is none: {told}: add columns, as in --on a,b")
    repeated = np.append(False, a[1:] == a[:-1])[: a.size]
    place = np.searchsorted(b, a)
    found = b[np.minimum(place, b.size - 1)] == a if b.size else np.zeros(a.size, bool)
    met = found & ~repeated
    lone = np.ones(b.size, bool)
    lone[place[met]] = False
    ordered = len(keys) == 1 and keys[0].ordered
    out_a, out_b = (_beyond(*sides) & ordered for sides in ((a, b), (b, a)))
    extra, lost = ~found & ~repeated, lone
    census = KeyCensus(
        tuple(each.name for each in keys),
        matched=int(met.sum()),
        only_candidate=int((extra & ~out_a).sum()),
        only_golden=int((lost & ~out_b).sum()),
        beyond_candidate=int((extra & out_a).sum()),
        beyond_golden=int((lost & out_b).sum()),
        repeats=int(repeated.sum()),
        first_only_candidate=_first(keys, ours[extra & ~out_a], "candidate"),
        first_only_golden=_first(keys, theirs[lost & ~out_b], "golden"),
        first_repeats=_first(keys, ours[repeated], "candidate"),
    )
    return Joined(census, ours[met], theirs[place[met]], tuple(keys))


def differing(join: Joined, met: Met) -> Differing:
    """Return how a column differs in matched rows; two nulls are equal, NaN being one."""
    a, b = (_rows(s, at) for s, at in ((met.candidate, join.candidate), (met.golden, join.golden)))
    both = a.valid & b.valid
    wrong = np.flatnonzero((both & (a.values != b.values)) | (a.valid != b.valid))
    first = tuple(
        (_shown(join.keys, int(join.golden[at]), "golden"), _value(met, a, at), _value(met, b, at))
        for at in wrong[:KEPT].tolist()
    )
    largest, told = None, wrong[both[wrong]]
    if met.kind == "number" and told.size:
        largest = _largest(a.values[told], b.values[told])
    return Differing(met.name, int(wrong.size), largest, first)


def _largest(a: Codes, b: Codes) -> float | None:
    """Return the largest finite difference, as floats tell it; None where there is none."""
    with np.errstate(over="ignore"):
        apart = abs(a.astype(np.float64) - b.astype(np.float64))
    finite = apart[np.isfinite(apart)]
    return float(finite.max()) if finite.size else None


def _codes(keys: Sequence[Met]) -> tuple[Codes, Codes]:
    """Return one comparable code a row, in the order of the keys where there is one."""
    for met in keys:
        for who, side in (("candidate", met.candidate), ("golden", met.golden)):
            if not side.valid.all():
                row = int(np.argmin(side.valid)) + 1
                raise InputError(f"{who}: key {met.name} is null in row {row}: it must not be")
    if len(keys) == 1:
        return keys[0].candidate.values, keys[0].golden.values
    rows, codes = keys[0].candidate.values.size, np.zeros(0, np.int64)
    for met in keys:
        each = np.append(met.candidate.values, met.golden.values)
        dense = np.unique(each, return_inverse=True)[1].astype(np.int64)
        # Dense codes of so few values that their product fits int64, as rows do in memory.
        codes = dense if met is keys[0] else codes * (dense.max(initial=0) + 1) + dense
        codes = np.unique(codes, return_inverse=True)[1].astype(np.int64)
    return codes[:rows], codes[rows:]


def _beyond(side: Codes, other: Codes) -> NDArray[np.bool_]:
    """Return which of the sorted codes lie before the first or after the last of the other."""
    if not other.size:
        return np.ones(side.size, bool)
    found: NDArray[np.bool_] = (side < other[0]) | (side > other[-1])
    return found


def _rows(side: Numbers, at: Rows) -> Numbers:
    return Numbers(side.values[at], side.valid[at])


def _value(met: Met, side: Numbers, at: int) -> Any:
    return met.show(side.values[at]) if side.valid[at] else None


def _first(keys: Sequence[Met], rows: Rows, who: str) -> tuple[Any, ...]:
    return tuple(_shown(keys, row, who) for row in rows[:KEPT].tolist())


def _shown(keys: Sequence[Met], row: int, who: str) -> Any:
    shown = [met.show(getattr(met, who).values[row]) for met in keys]
    return shown[0] if len(shown) == 1 else tuple(shown)
