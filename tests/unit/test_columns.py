"""Columns of any origin as numbers and validity; invariants, categories and their distance."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from karat.distances import total_variation
from karat.errors import InputError
from karat.states import Categories, Invariant, InvariantState, categories
from karat.states.columns import complete, dense, filled, held, integers


@pytest.mark.parametrize(
    ("column", "values", "valid"),
    [
        (np.array([1, 2], np.int8), [1, 2], [True, True]),
        (np.array([True, False]), [1, 0], [True, True]),
        (np.array([1.5, np.nan]), [1.5], [True, False]),
        (np.array(["2020-01-01", "NaT"], "M8[D]"), [18262], [True, False]),
        (pa.array([1, None, 3], pa.int32()), [1, 3], [True, False, True]),
        (pa.array([None, None]), [], [False, False]),
        (pa.array([0.5, None, float("nan")]), [0.5], [True, False, False]),
        (pa.array([True, None]), [1], [True, False]),
        (
            pa.array([datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)], pa.timestamp("ns", "UTC")),
            [10**9],
            [True],
        ),
        (pa.chunked_array([[1], [None, 2]], pa.int64()), [1, 2], [True, False, True]),
        (pa.chunked_array([], pa.int64()), [], []),
    ],
)
def test_any_column_becomes_numbers(column: Any, values: list[Any], valid: list[bool]) -> None:
    found, (present, missing) = dense(column), held(column)
    assert (present.tolist(), missing) == (found.values.tolist(), valid.count(False))
    assert found.values.dtype in (np.int64, np.float64)
    assert (found.values.tolist(), found.valid.tolist()) == (values, valid)


def test_whole_columns_are_not_copied() -> None:
    for column in (np.arange(5), np.arange(5.0)):
        assert np.shares_memory(dense(column).values, column)
        assert np.shares_memory(dense(pa.array(column)).values, column)


@pytest.mark.parametrize(
    ("column", "whole"),
    [
        (np.array([3, -1]), True),
        (np.array([0.5, -np.inf, -0.0, np.inf]), True),
        (np.array([np.inf, np.nan, 1.0]), False),
        (np.array([1.0, 2.0], ">f8"), False),
        (np.array([1, 2], np.int32), False),
        (np.array([[1.0]]), False),
        (np.array([], np.float64), False),
        (pa.array([1.0]), False),
    ],
)
def test_arrays_with_a_value_in_each_row_are_taken_as_they_lie(column: Any, *, whole: bool) -> None:
    assert complete(column) is whole
    if whole:
        assert held(column)[0] is column


@pytest.mark.parametrize(
    ("column", "why"),
    [
        (pa.array(["a"]), "no numbers"),
        (np.array(["a"]), "no numbers"),
        (np.array([2**63], np.uint64), "does not fit"),
        (pa.array([2**63], pa.uint64()), "does not fit"),
        (np.zeros((2, 2)), "one dimension"),
    ],
)
def test_other_columns_are_refused(column: Any, why: str) -> None:
    with pytest.raises(InputError, match=why):
        filled(column)


def test_integers_say_where_they_are_missing() -> None:
    with pytest.raises(InputError, match="'kind' is null at row 1"):
        integers(pa.array([1, None]), "kind")
    with pytest.raises(InputError, match="'kind' holds floats"):
        integers(np.array([1.0]), "kind")


@pytest.mark.parametrize(
    ("op", "violations", "first"),
    [("<", 2, 71), ("<=", 1, 72), ("==", 3, 70), (">=", 2, 70), (">", 3, 70), ("!=", 1, 71)],
)
def test_invariants_count_and_locate(op: str, violations: int, first: int) -> None:
    left = pa.array([1, 2, 3, 2, 5, None])
    right = pa.array([2, 2, 1, 4, None, 1])
    expected = InvariantState(checked=4, violations=violations, first=first)
    assert Invariant(op).observe(left, right, np.arange(70, 76)) == expected


def test_an_invariant_against_a_constant() -> None:
    rows, at = np.array([3, -1, -(2**63)]), np.array([7, 8, 9])
    assert Invariant(">=").observe(rows, 0, at) == InvariantState(3, 2, 8)
    assert Invariant(">").observe(rows + 0.5, 0, at).violations == 2


def test_invariants_that_cannot_be_checked_are_refused() -> None:
    one = np.array([1])
    with pytest.raises(InputError, match="operator"):
        Invariant("=")
    with pytest.raises(InputError, match="cast one"):
        Invariant("<").observe(one, np.array([1.0]), one)
    with pytest.raises(InputError, match="one length"):
        Invariant("<").observe(one, np.array([1, 2]), one)
    with pytest.raises(InputError, match="does not fit"):
        Invariant("<").observe(one, 2**70, one)


def test_total_variation_is_half_the_sum_of_differences() -> None:
    stat = Categories()
    a = stat.observe(pa.array([1, 1, 2, None]))
    b = stat.observe(np.array([2, 3]))
    distance = total_variation(a, b)
    assert (distance.lower, distance.exact, distance.count) == (Fraction(3, 4), True, 4)
    assert total_variation(a, a).value == 0
    assert total_variation(a, stat.empty()).exceeds(0) is None
    with pytest.raises(InputError, match="floats"):
        stat.observe(np.array([0.5]))


@pytest.mark.parametrize("reach", [1, 2, 10, 1024, 1025, 4999, 2**62])
@pytest.mark.parametrize("least", [-(2**63), -3, 2**61])
@pytest.mark.parametrize("compiled", [False, True])
def test_categories_are_counted_however_near_they_are(
    reach: int, least: int, compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(categories, "pays", lambda _: compiled)
    rng = np.random.default_rng(reach)
    values = least + np.append(rng.integers(0, reach, 4998), [0, reach - 1])
    values[1000:3000] = values[1000]
    expected, counts = np.unique(values, return_counts=True)
    found = Categories().observe(values)
    assert np.array_equal(found.cells, expected)
    assert np.array_equal(found.counts, counts)
