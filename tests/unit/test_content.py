"""Names of columns: equal values have equal ones, however they lie in memory."""

import struct
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.compute import (
    content_digest,
    table_content,
)
from karat.compute.column_digests import column_digest
from karat.errors import InputError

TABLE = pa.table(
    {
        "a": pa.array([3, 1, 2, None], pa.int64()),
        "b": pa.array([1, 2, 3, 4], pa.int8()),
        "c": pa.array(["x", "yz", None, ""]),
    }
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "int64": st.integers(-(2**63), 2**63 - 1),
    "int8": st.integers(-4, 4),
    "double": st.floats(),
    "bool": st.booleans(),
    "string": st.text(max_size=3),
    "binary": st.binary(max_size=3),
}


def digest_of(values: list[Any], kind: str) -> str:
    return column_digest(pa.chunked_array([values], type=pa.type_for_alias(kind)), "x")


def same(kind: str, a: list[Any], b: list[Any]) -> bool:
    """Tell whether two columns are equal bit for bit."""
    if kind != "double":
        return a == b
    bits = [[None if v is None else struct.pack("<d", v) for v in one] for one in (a, b)]
    return bits[0] == bits[1]


@pytest.mark.parametrize("kind", VALUES)
@given(data=st.data())
def test_equal_columns_and_no_others_have_equal_digests(kind: str, data: st.DataObject) -> None:
    columns = st.lists(st.one_of(st.none(), VALUES[kind]), max_size=9)
    a = data.draw(columns)
    near = [a, a[:-1], [*a, None], a[::-1], [None if v == 0 else v for v in a]]
    b = data.draw(st.one_of(columns, st.sampled_from(near)))
    assert (digest_of(a, kind) == digest_of(b, kind)) == same(kind, a, b)


@pytest.mark.parametrize("kind", VALUES)
@given(data=st.data())
def test_how_a_column_lies_in_memory_does_not_matter(kind: str, data: st.DataObject) -> None:
    values = data.draw(st.lists(st.one_of(st.none(), VALUES[kind]), min_size=1, max_size=20))
    whole = pa.array(values, pa.type_for_alias(kind))
    cut = data.draw(st.integers(0, len(values)))
    padded = pa.concat_arrays([whole[:1], whole, whole[-1:]]).slice(1, len(values))
    expected = digest_of(values, kind)
    assert column_digest(pa.chunked_array([whole[:cut], whole[cut:]]), "x") == expected
    assert column_digest(pa.chunked_array([padded]), "x") == expected
    assert column_digest(pa.chunked_array([whole[:0], padded]), "x") == expected
    if kind in {"string", "int64"}:
        halves = pa.chunked_array(
            [padded[:cut].dictionary_encode(), whole[cut:].dictionary_encode()]
        )
        assert column_digest(halves, "x") == expected


def test_type_length_and_nulls_are_in_the_digest() -> None:
    kinds = [digest_of([0, 1], kind) for kind in ("int8", "int16", "int32", "int64", "double")]
    others = [digest_of(v, "int64") for v in ([], [None], [0], [0, 0], [None, 0], [0, None])]
    texts = [digest_of(v, "string") for v in (["ab", ""], ["a", "b"], ["", "ab"], [None, "ab"])]
    assert len({*kinds, *others, *texts}) == 15


@given(st.lists(st.none() | st.integers(0, 3), max_size=40), st.integers(0, 20))
def test_nulls_are_named_wherever_their_bits_begin_and_end(values: list[Any], before: int) -> None:
    long = pa.array([7] * before + values + [7] * 20, pa.int64())
    found = column_digest(pa.chunked_array([long.slice(before, len(values))]), "x")
    assert found == digest_of(values, "int64")
    bare = [0 if value is None else value for value in values]
    assert (found == digest_of(bare, "int64")) == (None not in values)


def test_a_type_without_a_layout_is_named() -> None:
    gaps = pa.array([(1, 2, 3)], pa.month_day_nano_interval())
    for column, name in ((gaps, "parts"), (pa.array([[gaps[0]]]), r"parts\[\]")):
        table = pa.table({"parts": column})
        with pytest.raises(InputError, match=rf"^column '{name}': month_day_nano.* no digest: use"):
            table_content(table)
        with pytest.raises(InputError, match=rf"^day\.parquet: column '{name}': month_day_nano"):
            table_content(table, what="day.parquet")


@pytest.mark.parametrize("wide", [pa.large_string(), pa.string_view()])
@given(st.lists(st.one_of(st.none(), st.text(max_size=30)), min_size=1, max_size=9))
def test_text_is_text_however_wide_its_offsets_are(wide: pa.DataType, texts: list[Any]) -> None:
    """Writers differ in it: a copy of a golden day must not pass for other rows."""
    plain, other = (pa.table({"x": pa.array(texts, kind)}) for kind in (pa.string(), wide))
    assert table_content(other) == table_content(plain)
    assert table_content(other).kinds == {"x": "string"}


TIMES = [
    pa.timestamp("ns"), pa.timestamp("us"), pa.timestamp("ns", "UTC"),
    pa.timestamp("ns", "Asia/Tokyo"), pa.duration("ns"), pa.time64("ns"), pa.date64(), pa.int64(),
]  # fmt: skip


@given(st.lists(st.one_of(st.none(), st.integers(0, 999)), min_size=1, max_size=9))
def test_times_are_named_by_their_counts_their_unit_and_their_zone(counts: list[Any]) -> None:
    whole = [None if n is None else n * 86_400_000 for n in counts]
    digests = [column_digest(pa.chunked_array([pa.array(whole, kind)]), "x") for kind in TIMES]
    assert len(set(digests)) == len(TIMES)
    for kind in (*TIMES, pa.date32(), pa.time32("s")):
        layout = pa.int32() if kind in {pa.date32(), pa.time32("s")} else pa.int64()
        days = pa.array(counts, layout).view(kind)
        cut = len(days) // 2
        found = column_digest(pa.chunked_array([days]), "x")
        assert column_digest(pa.chunked_array([days[:cut], days[cut:]]), "x") == found
        later = pa.array([(n or 0) + 1 for n in counts], layout).view(kind)
        assert column_digest(pa.chunked_array([later]), "x") != found


def test_a_digest_is_held() -> None:
    """A changed name of unchanged values would read all data anew."""
    assert content_digest(table_content(TABLE).columns) == HELD_CONTENT
    assert table_content(TABLE).kinds == {"a": "int64", "b": "int8", "c": "string"}
    assert table_content(TABLE).nulls == {"a": 1, "b": 0, "c": 1}
    assert len({content_digest(names) for names in ({"a": "b"}, {"b": "a"}, {})}) == 3


HELD_CONTENT = "12596af9021b5f63f542c59e612a7fd006990d4928821329cc975a8c24898501"
