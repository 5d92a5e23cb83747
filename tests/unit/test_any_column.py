"""Columns as users have them: any width, any layout, any gaps; each gives the same states."""

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karat.distances import total_variation
from karat.errors import InputError
from karat.states import Categories, Invariant, InvariantState, ReferenceCounts, Sequence
from karat.states.columns import filled, integers
from karat.states.invariant import OPERATORS

Layout = Callable[[pa.Array], Any]


def in_chunks(array: pa.Array) -> pa.ChunkedArray:
    """Cut in three, with chunks of no rows before, between and behind."""
    none, third = array.slice(0, 0), len(array) // 3
    parts = [array.slice(0, third), array.slice(third, third), array.slice(2 * third)]
    chunks = [chunk for part in parts for chunk in (none, part)]
    return pa.chunked_array([*chunks, none], array.type)


def in_the_middle(array: pa.Array) -> pa.Array:
    """A slice of a longer array, so that bits and values begin at an offset."""
    around = pa.concat_arrays([array, array, array])
    return around.slice(len(array), len(array))


LAYOUTS: dict[str, Layout] = {
    "whole": lambda array: array,
    "chunks": in_chunks,
    "slice": in_the_middle,
    "chunks of a slice": lambda array: in_chunks(in_the_middle(array)),
    "dictionary": lambda array: array.dictionary_encode(),
    "slice of a dictionary": lambda array: in_the_middle(array.dictionary_encode()),
    "chunks of a dictionary": lambda array: in_chunks(array).dictionary_encode(),
}
LAID = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=list(LAYOUTS))
few = settings(max_examples=12)
maybe_small = st.lists(st.none() | st.integers(-128, 127), max_size=40)
maybe_float = st.lists(
    st.none()
    | st.sampled_from([float("nan"), float("inf"), -float("inf"), -0.0, 0.0])
    | st.floats(width=32),
    max_size=40,
)


@LAID
@pytest.mark.parametrize("kind", ["int8", "int16", "int32", "int64"])
@few
@given(values=maybe_small)
def test_whole_numbers_of_any_width_and_layout(
    layout: Layout, kind: str, values: list[int | None]
) -> None:
    state = Categories().observe(layout(pa.array(values, kind)))
    counted = Counter(value for value in values if value is not None)
    assert dict(zip(state.cells.tolist(), state.counts.tolist(), strict=True)) == counted
    assert (state.nulls, state.rows) == (values.count(None), counted.total())
    golden = ReferenceCounts.from_golden(layout(pa.array(values, kind)), None)
    assert golden.points.tolist() == sorted(counted)
    assert golden.golden[1::2].tolist() == [counted[point] for point in sorted(counted)]


@LAID
@pytest.mark.parametrize("kind", ["float32", "float64"])
@few
@given(values=maybe_float)
def test_floats_with_all_their_oddities(
    layout: Layout, kind: str, values: list[float | None]
) -> None:
    cells = ReferenceCounts.from_golden(np.array([-np.inf, -1.5, 0.0, 1e30, np.inf]), None)
    state = cells.observe(layout(pa.array(values, kind)))
    there = [value for value in values if value is not None and value == value]  # noqa: PLR0124
    points = cells.points.tolist()
    below = [sum(point < value for point in points) for value in there]
    at = [value in points for value in there]
    expected = Counter(2 * low + on for low, on in zip(below, at, strict=True))
    assert dict(zip(state.cells.tolist(), state.counts.tolist(), strict=True)) == expected
    assert state.nulls == len(values) - len(there)
    own = ReferenceCounts.from_golden(layout(pa.array(values, kind)))
    assert own.rows == len(there)
    assert own.to_bytes() == ReferenceCounts.from_golden(np.array(there, float)).to_bytes()


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", ["i2", "i4", "i8", "u4", "f4", "f8", "M8[D]", "m8[ns]"])
def test_the_order_of_bytes_does_not_matter(order: Literal["<", ">"], kind: str) -> None:
    plain = np.arange(7).astype(kind)
    found = filled(plain.astype(plain.dtype.newbyteorder(order))[::2])
    assert found.values.tolist() == [0, 2, 4, 6]
    assert found.values.dtype in (np.int64, np.float64)


@pytest.mark.parametrize(
    "column",
    [
        pa.array([(1, 2, 3)], pa.month_day_nano_interval()),
        pa.array(["a"]).dictionary_encode(),
        pa.array([b"a"]),
        pa.array([[1]]),
        pa.array([1]).cast(pa.decimal128(21, 2)),
        np.array([1], np.longdouble),
        [1, None],
        np.array(1),
    ],
    ids=str,
)
def test_what_has_no_numbers_is_told(column: Any) -> None:
    with pytest.raises(InputError, match=r"no numbers|one dimension"):
        filled(column)


def test_a_null_in_a_dictionary_is_a_null() -> None:
    coded = pa.DictionaryArray.from_arrays(pa.array([0, 1, 0], pa.int8()), pa.array([7, None]))
    assert filled(coded).valid.tolist() == [True, False, True]
    with pytest.raises(InputError, match="'id' is null at row 1"):
        integers(coded, "id")


@given(
    op=st.sampled_from(list(OPERATORS)),
    rows=st.lists(st.tuples(st.none() | st.integers(0, 3), st.none() | st.integers(0, 3))),
    constant=st.none() | st.integers(-1, 4),
)
def test_an_invariant_is_a_loop_over_rows(
    op: str, rows: list[tuple[int | None, int | None]], constant: int | None
) -> None:
    left = pa.array([row[0] for row in rows], pa.int16())
    right = pa.array([row[1] for row in rows], pa.int64())
    checked, broken = 0, []
    for at, (one, own) in enumerate(rows):
        other = own if constant is None else constant
        if one is not None and other is not None:
            checked += 1
            broken += [100 + at] * (not OPERATORS[op](one, other))
    found = Invariant(op).observe(
        in_chunks(left), right if constant is None else constant, np.arange(len(rows)) + 100
    )
    assert found == InvariantState(checked, len(broken), broken[0] if broken else None)


def test_constants_are_compared_exactly_or_not_at_all() -> None:
    ends, at = np.array([-(2**63), 2**63 - 1]), np.arange(2)
    assert Invariant(">").observe(ends, -(2**63), at) == InvariantState(2, 1, 0)
    assert Invariant("<").observe(ends, 2**63 - 1, at) == InvariantState(2, 1, 1)
    for beyond in (2**63, -(2**63) - 1):
        with pytest.raises(InputError, match="does not fit int64"):
            Invariant("<").observe(ends, beyond, at)
    # 2**53 + 1 is no float64: rounded, it would be found equal to a row that is smaller.
    with pytest.raises(InputError, match="does not fit float64"):
        Invariant(">=").observe(np.array([2.0**53]), 2**53 + 1, at[:1])


@given(ours=maybe_small, theirs=maybe_small)
def test_total_variation_by_its_definition(
    ours: list[int | None], theirs: list[int | None]
) -> None:
    a, b = (Categories().observe(pa.array(rows, pa.int8())) for rows in (ours, theirs))
    found = total_variation(a, b)
    if not (ours and theirs):
        assert (found.count, found.exact) == (0, False)
        return
    shares = [
        abs(Fraction(ours.count(key), len(ours)) - Fraction(theirs.count(key), len(theirs)))
        for key in {*ours, *theirs}
    ]
    assert found.lower == found.upper == sum(shares, Fraction(0)) / 2
    assert found.count == len(ours)
    assert total_variation(b, a).lower == found.lower


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_ids_as_floats_are_refused_in_every_place(kind: str) -> None:
    ids, rounded = np.array([2, 3]), np.array([1, 2]).astype(kind)
    for columns in ((rounded, ids, ids), (ids, rounded, ids), (ids, ids, rounded)):
        with pytest.raises(InputError, match="holds floats: cast it"):
            Sequence().observe(*columns)
