"""Rows come back from columns as they were, through JSON too, and take less room."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.flow.columns_of_rows import columns_of, rows_of

ALIKE = st.sampled_from(["", "PASS", "verdicts/a"])
VALUE = st.one_of(st.none(), st.integers(), st.text(max_size=3), st.lists(st.text(max_size=2)))


@given(st.lists(st.tuples(VALUE, ALIKE, st.text(max_size=2), ALIKE), max_size=40))
def test_rows_come_back(rows: list[tuple[Any, ...]]) -> None:
    written = json.dumps(columns_of(rows))
    assert rows_of(json.loads(written)) == rows


def test_what_is_said_alike_is_written_once() -> None:
    rows = [(f"{n:064x}", "x" * 200) for n in range(100)]
    assert len(json.dumps(columns_of(rows))) < 100 * 80
    assert rows_of(columns_of(rows)) == rows


def test_rows_of_two_lengths_are_no_table() -> None:
    with pytest.raises(ValueError, match="shorter"):
        columns_of([("a", 1), ("b",)])


@pytest.mark.parametrize(
    "columns",
    [[["a"], ["b", "c"]], [{"texts": []}], [{"texts": ["a"], "places": [1]}], [1], 7, [["a"], {}]],
)
def test_what_nobody_wrote_is_no_table(columns: Any) -> None:
    with pytest.raises((ValueError, TypeError, LookupError)):
        rows_of(columns)
