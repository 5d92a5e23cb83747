"""What golden holds in every row, found by looking, and where the candidate breaks it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import karat
from karat.comparison import Comparison

ROWS = 400
RNG = np.random.default_rng(11)
BID = 1000 + RNG.integers(-50, 50, ROWS)
GOLDEN = pa.table(
    {
        "trade_id": np.arange(ROWS) * 3 + 7,
        "time_ns": np.cumsum(RNG.integers(0, 9, ROWS)),
        "best_bid": BID,
        "best_ask": BID + RNG.integers(1, 4, ROWS),
        "profit": RNG.normal(size=ROWS),
        "size": RNG.integers(1, 90, ROWS),
        "wait": RNG.integers(0, 3, ROWS),
        "venue": ["x"] * ROWS,
    }
)
ROW = 250
"""Where every fault below is put, from 0."""


def changed(name: str, values: Any) -> pa.Table:
    place = GOLDEN.schema.get_field_index(name)
    return GOLDEN.set_column(place, name, pa.array(values))


def set_to(name: str, value: Any) -> Callable[[], pa.Table]:
    def change() -> pa.Table:
        values = GOLDEN[name].to_pylist()
        values[ROW] = value
        return changed(name, values)

    return change


FAULTS: dict[str, Callable[[], pa.Table]] = {
    "size is never null": set_to("size", None),
    "size is above 0": set_to("size", 0),
    "wait is never negative": set_to("wait", -1),
    "trade_id rises from row to row": set_to("trade_id", int(GOLDEN["trade_id"][ROW - 1].as_py())),
    "time_ns never falls": set_to("time_ns", 0),
    "best_bid < best_ask": set_to("best_bid", int(GOLDEN["best_ask"][ROW].as_py())),
    "venue is always x": set_to("venue", "y"),
}


def texts(found: Comparison) -> dict[str, int]:
    return {rule.text: rule.rows for rule in found.broken}


def test_golden_breaks_none_of_its_own_rules() -> None:
    found = karat.compare(GOLDEN, GOLDEN)
    assert (found.outcome, found.broken) == ("SAME", ())
    assert set(FAULTS) <= {rule.text for rule in found.rules}
    assert not any(
        "profit is" in rule.text and "never null" not in rule.text for rule in found.rules
    )


@pytest.mark.parametrize("text", FAULTS)
def test_one_wrong_row_is_found_and_named(text: str) -> None:
    found = karat.compare(FAULTS[text](), GOLDEN)
    assert found.outcome == "FAIL"
    assert texts(found)[text] == 1
    (rule,) = (rule for rule in found.broken if rule.text == text)
    assert (rule.first, rule.golden_rows, rule.decides) == (ROW + 1, ROWS, True)
    assert f"{text} (400 golden rows): 1 of 400 rows break it, row 251 first" in str(found)


def test_another_label_is_told_and_decides_nothing() -> None:
    found = karat.compare(changed("venue", ["y"] * ROWS), GOLDEN)
    assert (texts(found), found.outcome) == ({"venue is always x": ROWS}, "INCONCLUSIVE")
    assert "another label decides nothing" in str(found)


def test_equal_times_are_no_fault_and_equal_ids_are() -> None:
    rows = np.arange(200)
    golden = pa.table({"event_time": rows, "order_id": rows})
    twice = pa.table({"event_time": rows // 2, "order_id": rows // 2})
    assert texts(karat.compare(twice, golden)) == {"order_id rises from row to row": 100}


def test_few_rows_make_no_rule() -> None:
    found = karat.compare(GOLDEN.slice(0, 99), GOLDEN.slice(0, 99))
    assert found.rules == ()
    assert any("golden has 99; below 100" in words for words in found.missing)


@given(st.lists(st.integers(-3, 40), min_size=1, max_size=40), st.integers(100, 140))
@settings(max_examples=40)
def test_rules_count_what_a_loop_counts(ours: list[int], rows: int) -> None:
    golden = {"low_x": [n % 9 for n in range(rows)], "high_x": [n % 9 + 1 for n in range(rows)]}
    candidate = pa.table({"low_x": ours, "high_x": [5] * len(ours)})
    found = texts(karat.compare(candidate, pa.table(golden)))
    oracle = {
        "low_x is never negative": sum(x < 0 for x in ours),
        "low_x < high_x": sum(x >= 5 for x in ours),
    }
    assert found == {text: count for text, count in oracle.items() if count}


def test_columns_that_only_one_side_has_and_types_that_differ() -> None:
    other = changed("size", GOLDEN["size"].cast(pa.float64())).drop_columns("wait")
    found = karat.compare(other.append_column("mine", GOLDEN["size"]), GOLDEN)
    assert found.alone == (("mine",), ("wait",))
    assert found.types == {"size": ("double", "int64")}
    assert found.outcome == "INCONCLUSIVE"
    assert any("only golden has wait" in words for words in found.missing)
    assert {column.distance.upper for column in found.columns} == {0}


def test_the_farthest_column_comes_first_and_nothing_is_ever_pass() -> None:
    worse = changed("size", GOLDEN["size"].to_numpy() + 10).set_column(
        4, "profit", pa.array(GOLDEN["profit"].to_numpy() + 0.1)
    )
    found = karat.compare(worse, GOLDEN)
    assert [column.name for column in found.columns[:2]] == ["size", "profit"]
    for each in (found, karat.compare(GOLDEN, GOLDEN)):
        assert each.outcome in ("SAME", "INCONCLUSIVE")
        assert any("0 of 19 golden days" in words for words in each.missing)
        assert any("tolerance" in words for words in each.missing)
    assert "copy of golden" in karat.compare(GOLDEN, GOLDEN).missing[0]


def test_a_key_is_suggested_where_one_is() -> None:
    found = karat.compare(GOLDEN, GOLDEN)
    assert any("such as --on trade_id;" in words for words in found.missing)
    beyond = changed("trade_id", GOLDEN["trade_id"].to_numpy() + 10**6)
    assert not any("--on trade_id" in words for words in karat.compare(beyond, GOLDEN).missing)
    assert not any(
        "pairing" in words for words in karat.compare(GOLDEN, GOLDEN, "trade_id").missing
    )


def test_infinities_and_extremes_do_not_break_it() -> None:
    ends = np.iinfo(np.int64)
    golden = pa.table(
        {
            "k": range(300),
            "x": [-np.inf, *range(298), np.inf],
            "y": [ends.min, ends.max] * 150,
            "z": [1e308, -1e308] * 150,
        }
    )
    swapped = golden.set_column(3, "z", pa.array([-1e308, 1e308] * 150))
    found = karat.compare(swapped.set_column(1, "x", pa.array([0.5] * 300)), golden, "k")
    assert found.census is not None
    told = {column.name: column for column in found.census.columns}
    assert told["x"].first[0] == (0, 0.5, "-inf")
    assert told["z"].largest is None
    assert told["y"].rows == 0
