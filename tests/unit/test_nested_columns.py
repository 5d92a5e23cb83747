"""Lists, maps, structs and decimals have names too: the same for the same values, however laid."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.partitions import Many, days, lean, lean_table
from karat.compute import file_content, table_content
from karat.compute.column_digests import column_digest
from karat.messages.borders import Cut

WHOLE = st.none() | st.integers(-5, 5)
LISTS = st.none() | st.lists(WHOLE, max_size=3)
STRUCT = pa.struct([("a", pa.int64()), ("b", pa.list_(pa.string()))])
MONEY = st.none() | st.integers(-(10**20), 10**20).map(lambda cents: Decimal(cents).scaleb(-2))
VALUES: dict[pa.DataType, st.SearchStrategy[Any]] = {
    pa.list_(pa.int64()): LISTS,
    pa.list_(pa.list_(pa.int8())): st.none() | st.lists(LISTS, max_size=3),
    pa.list_(pa.int64(), 2): st.none() | st.lists(WHOLE, min_size=2, max_size=2),
    pa.list_(STRUCT): st.none() | st.lists(st.none() | st.fixed_dictionaries(
        {"a": WHOLE, "b": st.none() | st.lists(st.none() | st.text("ab", max_size=2), max_size=2)}
    ), max_size=2),
    STRUCT: st.none() | st.fixed_dictionaries({"a": WHOLE, "b": st.just(["x"]) | st.none()}),
    pa.map_(pa.string(), pa.int64()): st.none() | st.dictionaries(
        st.text("ab", max_size=2), WHOLE, max_size=3
    ).map(lambda found: sorted(found.items())),
    pa.decimal128(30, 2): MONEY,
    pa.decimal256(50, 2): MONEY,
    pa.binary(2): st.none() | st.binary(min_size=2, max_size=2),
    pa.null(): st.none(),
}  # fmt: skip
KINDS = pytest.mark.parametrize("kind", VALUES, ids=str)


def name_of(values: list[Any], kind: pa.DataType) -> str:
    return column_digest(pa.chunked_array([pa.array(values, kind)]), "x")


@KINDS
@settings(max_examples=40)
@given(data=st.data())
def test_layout_does_not_matter_and_values_do(kind: pa.DataType, data: st.DataObject) -> None:
    columns = st.lists(VALUES[kind], max_size=6)
    values, other = data.draw(columns), data.draw(columns)
    expected = name_of(values, kind)
    cut = data.draw(st.integers(0, len(values)))
    whole = pa.array(values, kind)
    padded = pa.concat_arrays([pa.array(other, kind), whole, whole]).slice(len(other), len(values))
    for column in ([whole[:cut], whole[cut:]], [padded], [whole[:0], padded]):
        assert column_digest(pa.chunked_array(column, kind), "x") == expected
    alike = pa.array(values, kind).to_pylist() == pa.array(other, kind).to_pylist()
    assert (name_of(other, kind) == expected) == alike


@pytest.mark.parametrize("wide", [pa.large_list, pa.list_view, pa.large_list_view])
@given(values=st.lists(LISTS, max_size=6))
def test_a_list_is_a_list(wide: Any, values: list[Any]) -> None:
    plain = table_content(pa.table({"x": pa.array(values, pa.list_(pa.int64()))}))
    other = table_content(pa.table({"x": pa.array(values, wide(pa.int64()))}))
    assert other == plain


def test_what_differs_has_another_name() -> None:
    lists: list[list[Any]] = [
        [],
        [None],
        [[]],
        [[None]],
        [[], []],
        [[1], [2]],
        [[1, 2]],
        [[1, 2], []],
        [[], [1, 2]],
    ]
    names = {json.dumps(one): name_of(one, pa.list_(pa.int64())) for one in lists}
    assert len(set(names.values())) == len(lists)
    structs = [pa.struct([(name, kind)]) for name in "ab" for kind in (pa.int8(), pa.int64())]
    assert len({name_of([{"a": 1, "b": 1}], kind) for kind in structs}) == len(structs)
    decimals = [pa.decimal128(*told) for told in ((10, 2), (10, 1), (11, 2))]
    assert len({name_of([Decimal("1.0")], kind) for kind in decimals}) == len(decimals)


def table(number: int, rows: int) -> pa.Table:
    """Return a day with columns of every kind that no rule looks at."""
    plain = lean_table(number, rows)
    for name, kind in (("levels", pa.list_(pa.int64())), ("price", pa.decimal128(12, 2))):
        values = [[n, n + 1] if name == "levels" else Decimal(n).scaleb(-2) for n in range(rows)]
        plain = plain.append_column(name, pa.array(values, kind))
    return plain


def test_a_partition_that_has_such_columns_is_judged(tmp_path: Path) -> None:
    many = Many(tmp_path, lean(width_ns=300 * 10**4))
    many.adopt([lean_table(10**6 + n, 300) for n in range(22)])
    (day,) = days(1)
    many.put([(day, table(1, 300))])
    found = many.validate()
    assert found.cached == 0
    many.put([(day, table(1, 300).set_column(2, "levels", [[[0]] * 300]))])
    other = many.validate()
    assert other.root != found.root
    assert other.verdicts[day].outcome == found.verdicts[day].outcome
    many.put([(day, table(1, 300))])
    assert many.validate().root == found.root


def test_chunks_of_a_large_file_have_them_too(tmp_path: Path) -> None:
    whole, path = table(1, 2_000), tmp_path / "day.parquet"
    slow = pa.array([n * 10**9 for n in range(2_000)])
    pq.write_table(whole.set_column(0, "time_ns", slow), path, row_group_size=500)
    small = Cut(1_000, 50, 1_200)
    found = file_content(path, cut=small)
    assert found == table_content(pq.read_table(path), small)
    assert found.chunks is not None
    assert found.chunks.count > 2
