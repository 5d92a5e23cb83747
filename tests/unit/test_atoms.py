"""Atoms, digits and their distances against Counter and fractions."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from karat.distances import atom_distance, heaviest_atom, total_variation
from karat.errors import InputError
from karat.states import Atoms, Categories, Counts, heaviest, last_digits

LEAST, MOST = -(2**63), 2**63 - 1
few = settings(max_examples=60, deadline=None, database=None)
values = st.lists(st.one_of(st.none(), st.integers(-3, 3), st.sampled_from([LEAST, MOST])))


def observed(rows: list[int | None]) -> Counts:
    return Atoms().observe(pa.array(rows, pa.int64()))


def apart(a: list[int | None], b: list[int | None]) -> dict[int | None, Fraction]:
    """Return by how much the share of each value differs."""
    left, right = Counter(a), Counter(b)
    return {x: abs(Fraction(left[x], len(a)) - Fraction(right[x], len(b))) for x in {*left, *right}}


@few
@given(values, values)
def test_the_distance_is_the_largest_difference_of_shares(
    a: list[int | None], b: list[int | None]
) -> None:
    found = atom_distance(observed(a), observed(b))
    if not (a and b):
        assert found.count == 0
        return
    assert found.lower == found.upper == max(apart(a, b).values())
    assert found.count == len(a)


@few
@given(values, values)
def test_the_heaviest_atom_is_where_shares_differ_most(
    a: list[int | None], b: list[int | None]
) -> None:
    present = {x: d for x, d in apart(a, b).items() if x is not None} if a and b else {}
    found = heaviest_atom(observed(a), observed(b))
    if present:
        assert found == min(x for x, d in present.items() if d == max(present.values()))
    elif not (set(a) | set(b)) - {None}:
        assert found is None


@few
@given(values, values)
def test_no_atom_differs_by_more_than_all_together(
    a: list[int | None], b: list[int | None]
) -> None:
    one, all_ = (
        distance(observed(a), observed(b)) for distance in (atom_distance, total_variation)
    )
    assert one.lower <= all_.lower
    assert one.count == all_.count


def test_an_atom_that_ks_would_not_see_is_caught() -> None:
    rng = default_rng(1)
    golden = rng.integers(0, 10**6, 50_000)
    ours = np.where(rng.random(50_000) < 0.01, golden // 1000 * 1000, golden)
    rounded = last_digits(ours, 3), last_digits(golden, 3)
    distance = atom_distance(*map(Atoms().observe, rounded))
    assert distance.exceeds(0.005)
    assert heaviest_atom(*map(Atoms().observe, rounded)) == 0


def test_counts_too_large_for_int64_products_stay_exact() -> None:
    many = 2**40
    a = Counts(np.array([1, 2]), np.array([many, many + 1]), 0)
    b = Counts(np.array([2, 9]), np.array([many, 3]), 1)
    share = Fraction(many, 2 * many + 1)
    assert atom_distance(a, b).lower == max(
        share, abs(Fraction(many + 1, 2 * many + 1) - Fraction(many, many + 4))
    )


def test_heaviest_values_come_first() -> None:
    state = observed([5, 5, 5, 2, 2, 9, 9, None, LEAST])
    expected = [(5, Fraction(3, 8)), (2, Fraction(1, 4)), (9, Fraction(1, 4))]
    assert heaviest(state, 3) == expected
    assert heaviest(state) == [*expected, (LEAST, Fraction(1, 8))]
    assert heaviest(Atoms().empty()) == []


def test_atoms_count_as_categories_do_and_are_named_apart() -> None:
    column = default_rng(2).integers(-5, 5, 100)
    assert Atoms().observe(column) == Categories().observe(column)
    assert Atoms().key() != Categories().key()
    with pytest.raises(InputError, match="floats"):
        Atoms().observe(np.array([0.5]))


@few
@given(st.lists(st.one_of(st.integers(LEAST, MOST), st.none())), st.integers(1, 18))
def test_last_digits_are_those_of_the_text(rows: list[int | None], count: int) -> None:
    digits = last_digits(pa.array(rows, pa.int64()), count)
    expected = [None if row is None else int(str(abs(row))[-count:]) for row in rows]
    assert digits.to_pylist() == expected


def test_digits_that_cannot_be_taken() -> None:
    for count in (0, 19):
        with pytest.raises(InputError, match="1 to 18"):
            last_digits(np.arange(3), count)
    with pytest.raises(InputError, match="floats"):
        last_digits(np.array([0.5]))
