"""Answers of a comparison against Counter and loops, and outcomes that follow from one edit."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

import karat
from karat.errors import InputError

few = settings(max_examples=40)
texts = st.lists(st.sampled_from(["a", "b", "c", None]), min_size=1, max_size=40)
numbers = st.lists(st.one_of(st.none(), st.integers(-5, 5)), min_size=1, max_size=40)


def trades(rows: int = 200, seed: int = 1) -> pa.Table:
    rng = default_rng(seed)
    return pa.table(
        {
            "id": np.arange(rows) + 100,
            "bid": (bid := rng.integers(50, 60, rows)),
            "ask": bid + rng.integers(1, 4, rows),
            "side": rng.choice(["buy", "sell"], rows).tolist(),
            "size": rng.integers(1, 9, rows),
            "venue": ["x"] * rows,
        }
    )


def edited(table: pa.Table, name: str, row: int, value: Any) -> pa.Table:
    values = table[name].to_pylist()
    values[row] = value
    at = table.schema.get_field_index(name)
    return table.set_column(at, name, pa.array(values, table.schema.field(name).type))


@few
@given(texts, texts)
def test_shares_of_texts_are_those_of_counters(ours: list[Any], theirs: list[Any]) -> None:
    assume({*ours} - {None} or {*theirs} - {None})
    found = karat.compare(*(pa.table({"t": pa.array(s, pa.string())}) for s in (ours, theirs)))
    a, b = Counter(ours), Counter(theirs)
    apart = {t: Fraction(a[t], len(ours)) - Fraction(b[t], len(theirs)) for t in {*a, *b}}
    (column,) = found.columns
    assert column.distance.lower == sum(map(abs, apart.values())) / 2
    assert column.nulls == (a[None], b[None])
    if column.atom is not None:
        gap = abs(column.atom.candidate - column.atom.golden)
        assert gap == pytest.approx(max(abs(float(x)) for t, x in apart.items() if t is not None))


@few
@given(numbers, numbers)
def test_values_are_as_far_as_the_shares_below_each(ours: list[Any], theirs: list[Any]) -> None:
    held = [[x for x in side if x is not None] for side in (ours, theirs)]
    assume(all(held))
    # A value that goes up and down is no clock.
    pad = [9, -9, 9, -9]
    sides = [[*side, *pad] for side in held]
    found = karat.compare(
        *(pa.table({"x": pa.array([*s, *pad], pa.int64())}) for s in (ours, theirs)), exact=True
    )
    (column,) = found.columns
    far = [
        abs(Fraction(sum(v <= x for v in sides[0]), len(sides[0]))
            - Fraction(sum(v <= x for v in sides[1]), len(sides[1])))
        for x in range(-9, 10)
    ]  # fmt: skip
    assert (column.measured, column.distance.lower) == ("values", max(far))
    assert column.distance.exact
    assert found.rows == (len(ours) + 4, len(theirs) + 4)


@few
@given(st.dictionaries(st.integers(0, 30), st.integers(0, 3), min_size=1),
       st.dictionaries(st.integers(0, 30), st.integers(0, 3), min_size=1))  # fmt: skip
def test_a_census_is_a_join_of_two_dictionaries(
    ours: dict[int, int], theirs: dict[int, int]
) -> None:
    a, b = (pa.table({"k": list(side), "v": list(side.values())}) for side in (ours, theirs))
    census = karat.compare(a, b, on="k").census
    assert census is not None
    both = ours.keys() & theirs.keys()
    assert census.matched == len(both)
    (column,) = census.columns
    assert column.rows == sum(ours[key] != theirs[key] for key in both)
    missing = census.only_candidate + census.beyond_candidate
    assert missing == len(ours.keys() - theirs.keys())
    assert census.only_golden + census.beyond_golden == len(theirs.keys() - ours.keys())


EDITS: list[tuple[str, int, Any, str]] = [
    ("ask", 17, 40, "bid < ask"),
    ("bid", 3, None, "bid is never null"),
    ("size", 150, 0, "size is above 0"),
    ("size", 199, -4, "size is above 0"),
    ("id", 60, 7, "id rises from row to row"),
    ("id", 60, 159, "id rises from row to row"),
]


@pytest.mark.parametrize(("name", "row", "value", "rule"), EDITS)
def test_one_edit_fails_by_the_rule_it_breaks(name: str, row: int, value: Any, rule: str) -> None:
    golden = trades()
    assert karat.compare(golden, golden).outcome == "SAME"
    found = karat.compare(edited(golden, name, row, value), golden)
    broken = {one.text: one for one in found.broken}
    assert found.outcome == "FAIL"
    assert broken[rule].first == row + 1
    assert broken[rule].golden_rows == 200


def test_an_edit_that_no_rule_forbids_is_found_by_key_alone() -> None:
    golden = trades()
    other = edited(golden, "size", 9, 9 - golden["size"][9].as_py())
    assert karat.compare(other, golden).outcome == "INCONCLUSIVE"
    keyed = karat.compare(other, golden, on="id")
    assert keyed.outcome == "FAIL"
    assert keyed.census is not None
    assert {c.name: c.rows for c in keyed.census.columns if c.rows} == {"size": 1}


def test_rows_in_another_order_are_the_same_by_key_only() -> None:
    golden = trades().drop_columns("id").append_column("key", trades()["id"])
    turned = golden.take(default_rng(2).permutation(200))
    by_key = karat.compare(turned, golden, on="key")
    assert by_key.census is not None
    assert by_key.census.clean
    assert not any(column.rows for column in by_key.census.columns)
    assert karat.compare(turned, golden).outcome != "SAME"


@pytest.mark.parametrize("rows", [0, 1])
def test_few_rows_are_never_called_the_same_without_being_so(rows: int) -> None:
    golden = trades()
    found = karat.compare(golden.slice(0, rows), golden)
    assert found.outcome != "SAME"
    nobody = karat.compare(golden.slice(0, rows), golden.slice(0, rows))
    assert nobody.outcome == ("SAME" if rows else "INCONCLUSIVE")
    assert all(column.distance.count == 0 for column in nobody.columns) == (rows == 0)


def test_columns_of_one_side_keep_the_answer_from_being_the_same() -> None:
    golden = trades()
    found = karat.compare(golden.drop_columns("size"), golden)
    assert (found.outcome, found.alone) == ("INCONCLUSIVE", ((), ("size",)))
    narrow = golden.set_column(4, "size", golden["size"].cast(pa.int32()))
    told = karat.compare(narrow, golden)
    assert told.types == {"size": ("int32", "int64")}
    assert told.outcome == "INCONCLUSIVE"
    with pytest.raises(InputError, match="no column in common"):
        karat.compare(golden.select(["id"]), golden.select(["size"]))
