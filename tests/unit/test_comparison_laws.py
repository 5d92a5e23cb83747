"""Laws that every comparison keeps, whatever is in the tables."""

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import karat
from karat.comparison import Comparison

CELLS: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "i": (pa.int64(), st.integers(-3, 3)),
    "wide": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "f": (pa.float64(), st.floats(width=64)),
    "s": (pa.string(), st.sampled_from(["a", "b", "é", ""])),
    "b": (pa.bool_(), st.booleans()),
    "t": (pa.timestamp("ns"), st.integers(0, 10**18)),
    "d": (pa.date32(), st.integers(0, 20_000)),
    "n": (pa.null(), st.none()),
}


@st.composite
def tables(draw: st.DrawFn, least: int = 0, nulls: bool = True) -> pa.Table:
    """Return a table of every type, with nulls, of few rows."""
    rows = draw(st.integers(least, 25))
    found = {}
    for name, (kind, cell) in CELLS.items():
        each = st.one_of(st.none(), cell) if nulls else cell
        values = draw(st.lists(each, min_size=rows, max_size=rows))
        plain = pa.int32() if pa.types.is_date(kind) else pa.int64()
        timed = pa.types.is_temporal(kind)
        found[name] = pa.array(values, plain).view(kind) if timed else pa.array(values, kind)
    return pa.table(found)


def distances(found: Comparison) -> dict[str, Any]:
    return {column.name: (column.measured, column.distance) for column in found.columns}


@given(tables(least=1))
@settings(max_examples=50)
def test_a_table_is_the_same_as_itself(table: pa.Table) -> None:
    found = karat.compare(table, table)
    assert found.outcome == "SAME"
    assert {c.distance.upper for c in found.columns if c.distance.count} <= {0}
    assert not found.broken
    assert all(column.atom is None for column in found.columns)


@given(tables(), tables())
@settings(max_examples=50)
def test_any_two_tables_have_an_answer_that_json_can_hold(a: pa.Table, b: pa.Table) -> None:
    found = karat.compare(a, b)
    told = json.loads(json.dumps(found.body(), allow_nan=False))
    assert told["outcome"] == found.outcome
    assert set(told["columns"]) | set(told["uncompared"]) == set(CELLS)
    for column in found.columns:
        assert 0 <= column.distance.lower <= column.distance.upper <= 1
    assert str(found).startswith(found.outcome)


@given(tables(least=1), tables(least=1))
@settings(max_examples=40)
def test_distances_do_not_know_which_side_is_golden(a: pa.Table, b: pa.Table) -> None:
    there, back = (karat.compare(*sides, exact=True) for sides in ((a, b), (b, a)))
    ours, theirs = distances(there), distances(back)
    for name, (measured, apart) in ours.items():
        again = theirs[name]
        if measured == again[0] and apart.count and again[1].count:
            assert (apart.lower, apart.upper) == (again[1].lower, again[1].upper)


@given(tables(least=1), st.integers(0, 25), st.integers(0, 25))
@settings(max_examples=40)
def test_how_rows_are_cut_into_chunks_does_not_matter(table: pa.Table, i: int, j: int) -> None:
    i, j = sorted((i, j))
    cut = pa.concat_tables([table.slice(0, i), table.slice(i, j - i), table.slice(j)])
    other = table.slice(0, 7)
    assert karat.compare(cut, table).outcome == "SAME"
    assert karat.compare(cut, other).body() == karat.compare(table, other).body()


@given(tables(least=1, nulls=False), st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_values_and_categories_do_not_know_the_order_of_rows(table: pa.Table, random: Any) -> None:
    order = list(range(table.num_rows))
    random.shuffle(order)
    found = distances(karat.compare(table.take(order), table))
    for measured, apart in found.values():
        if measured != "steps" and apart.count:
            assert apart.upper == 0


@given(
    st.lists(st.integers(0, 40), unique=True, min_size=1),
    st.lists(st.integers(0, 40), unique=True, min_size=1),
)
@settings(max_examples=60)
def test_a_census_turns_round_with_its_sides(ours: list[int], theirs: list[int]) -> None:
    a, b = (pa.table({"k": keys, "v": [key % 3 for key in keys]}) for keys in (ours, theirs))
    there, back = karat.compare(a, b, "k").census, karat.compare(b, a, "k").census
    assert there is not None
    assert back is not None
    assert there.matched == back.matched == len(set(ours) & set(theirs))
    assert there.only_candidate == back.only_golden
    assert there.beyond_candidate == back.beyond_golden
    assert there.first_only_candidate == back.first_only_golden
    assert there.clean == back.clean
    assert not any(column.rows for column in there.columns)


@pytest.mark.parametrize("exact", [False, True])
def test_an_answer_is_the_same_every_time(exact: bool) -> None:
    rng = np.random.default_rng(8)
    sides = [
        pa.table({"t_ns": np.cumsum(rng.integers(1, 99, 9_000)), "x": rng.normal(size=9_000)})
        for _ in range(2)
    ]
    first, again = (karat.compare(*sides, exact=exact) for _ in range(2))
    assert first.body() == again.body()
    assert first.columns == again.columns
