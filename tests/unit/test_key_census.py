"""The census by key against a join by dictionaries."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import karat
from karat.comparison import KeyCensus
from karat.errors import InputError

KEYS = st.lists(st.integers(-5, 25), max_size=30)
VALUES = st.one_of(st.none(), st.integers(0, 2))
SHOW: dict[str, Any] = {"int": int, "text": "k{:03}".format, "float": float}


def census(a: pa.Table, b: pa.Table, on: str | list[str]) -> KeyCensus:
    found = karat.compare(a, b, on).census
    assert found is not None
    return found


def table(keys: list[Any], values: list[int | None], kind: str) -> pa.Table:
    types = {"int": pa.int64(), "text": pa.string(), "float": pa.float64()}
    shown = pa.array(map(SHOW[kind], keys), types[kind])
    return pa.table({"k": shown, "v": pa.array(values, pa.int64())})


@given(KEYS, KEYS, st.sampled_from(sorted(SHOW)), st.data())
@settings(max_examples=150)
def test_a_census_is_a_join_of_dictionaries(
    ours: list[int], theirs: list[int], kind: str, data: st.DataObject
) -> None:
    theirs = list(dict.fromkeys(theirs))
    a, b = (data.draw(st.lists(VALUES, min_size=len(k), max_size=len(k))) for k in (ours, theirs))
    found = census(table(ours, a, kind), table(theirs, b, kind), "k")
    first: dict[int, int | None] = {}
    for key, value in zip(ours, a, strict=True):
        first.setdefault(key, value)
    golden = dict(zip(theirs, b, strict=True))
    both = sorted(first.keys() & golden.keys())

    def beyond(keys: set[int], other: list[int]) -> set[int]:
        inside = range(min(other), max(other) + 1) if other else range(0)
        return set() if kind == "text" else {key for key in keys if key not in inside}

    extra, lost = first.keys() - golden.keys(), golden.keys() - first.keys()
    far, missed = beyond(extra, theirs), beyond(lost, ours)
    show = SHOW[kind]
    assert found.matched == len(both)
    assert (found.only_candidate, found.beyond_candidate) == (len(extra - far), len(far))
    assert (found.only_golden, found.beyond_golden) == (len(lost - missed), len(missed))
    assert found.repeats == len(ours) - len(first)
    rows = found.matched + found.only_candidate + found.beyond_candidate + found.repeats
    assert rows == len(ours)
    wrong = [key for key in both if first[key] != golden[key]]
    (column,) = found.columns
    assert column.rows == len(wrong)
    if kind != "text":  # codes of texts have no order of their own
        assert found.first_only_golden == tuple(map(show, sorted(lost - missed)[:5]))
        told = tuple((show(key), first[key], golden[key]) for key in wrong[:5])
        assert column.first == told
    clean = not (extra - far or lost - missed or wrong or found.repeats)
    assert found.clean == clean
    assert found.whole == (clean and not (far or missed))


def test_two_columns_make_a_key() -> None:
    day, number = np.repeat([3, 1, 2], 40), np.tile(np.arange(40), 3)
    golden = pa.table({"day": day, "n": number, "v": np.sin(np.arange(120.0))})
    order = np.random.default_rng(2).permutation(120)
    shuffled = golden.take(order)
    same = karat.compare(shuffled, golden, ["day", "n"])
    assert same.outcome == "SAME"
    values = golden["v"].to_numpy().copy()
    values[50] = np.nan
    values[7] += 0.25
    wrong = golden.set_column(2, "v", pa.array(values)).take(order)
    found = census(wrong, golden, ["day", "n"])
    (column,) = found.columns
    assert (column.rows, column.largest, found.matched) == (2, 0.25, 120)
    assert column.first[0][0] == (1, 10)
    assert column.first[0][1] is None
    assert "first 1, 10: null for" in str(karat.compare(wrong, golden, ["day", "n"]))


def test_two_nulls_are_equal_and_so_are_two_nans() -> None:
    golden = pa.table({"k": [1, 2, 3], "v": [None, float("nan"), 1.0]})
    assert census(golden, golden, "k").whole


def test_a_key_that_golden_repeats_is_none() -> None:
    golden = pa.table({"trade": [4, 9, 9, 9], "v": [1, 2, 3, 4]})
    with pytest.raises(InputError, match=r"key trade is none: 9 is there twice, 2 rows in all"):
        karat.compare(golden, golden, "trade")
    unique = pa.table({"trade": [4, 9], "v": [1, 2]})
    found = karat.compare(golden, unique, "trade")
    assert found.outcome == "FAIL"
    assert found.census is not None
    assert (found.census.repeats, found.census.first_repeats) == (2, (9, 9))
    assert "2 repeated in candidate, from 9, 9" in str(found)


def test_keys_that_are_null_missing_or_of_another_type() -> None:
    golden = pa.table({"k": [1, 2], "v": [1, 2]})
    null = pa.table({"k": [1, None], "v": [1, 2]})
    with pytest.raises(InputError, match="candidate: key k is null in row 2"):
        karat.compare(null, golden, "k")
    with pytest.raises(InputError, match="golden: key k is null in row 2"):
        karat.compare(golden, null, "k")
    with pytest.raises(InputError, match="key 'trade_id' is not a column of both; both have k, v"):
        karat.compare(golden, golden, "trade_id")
    text = pa.table({"k": ["1", "2"], "v": [1, 2]})
    with pytest.raises(InputError, match="key 'k': candidate is string, golden is int64: cast one"):
        karat.compare(text, golden, "k")


def test_another_stretch_of_keys_contradicts_nothing() -> None:
    rows = pa.table({"trade_id": range(1000), "v": [1] * 1000})
    found = karat.compare(rows.slice(0, 400), rows.slice(400), "trade_id")
    assert found.outcome == "INCONCLUSIVE"
    assert found.census is not None
    assert (found.census.beyond_candidate, found.census.beyond_golden) == (400, 600)
    assert any("no key is on both sides" in words for words in found.missing)
    half = karat.compare(rows.slice(0, 400), rows, "trade_id")
    assert (half.outcome, half.same) == ("INCONCLUSIVE", False)
    assert "600 in golden, beyond candidate's keys" in str(half)


def test_a_large_census_is_exact() -> None:
    count = 1_000_000
    keys = np.random.default_rng(4).permutation(count)
    golden = pa.table({"k": keys, "v": keys % 1000})
    values = keys % 1000
    values[keys == 777] += 5
    found = census(pa.table({"k": keys, "v": values}).slice(1), golden, "k")
    assert (found.matched, found.only_golden) == (count - 1, int(0 < keys[0] < count - 1))
    assert found.columns[0].first == ((777, 782, 777),)
