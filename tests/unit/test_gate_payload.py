"""What lakeFS posts is a question for the gate, and nothing else is."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.errors import InputError
from karat.gate import Asked
from karat.gate.payload import parsed

GOOD: dict[str, Any] = {
    "event_type": "pre-merge",
    "event_time": "2026-01-01T00:00:00Z",
    "action_name": "gate-main",
    "hook_id": "verdict",
    "repository_id": "market-data",
    "branch_id": "main",
    "source_ref": "a" * 64,
    "commit_id": "b" * 64,
    "commit_message": "Publish",
    "committer": "admin",
    "commit_metadata": {"expected-head": "c" * 64},
    "merge_source": "proposed-1",
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def test_a_question_is_read() -> None:
    asked = Asked("b" * 64, "a" * 64, {"expected-head": "c" * 64})
    assert parsed(json.dumps(GOOD).encode(), "market-data") == asked
    assert parsed(json.dumps(GOOD | {"run_id": 1}).encode()) == asked
    bare = {key: text for key, text in GOOD.items() if key != "commit_metadata"}
    assert parsed(json.dumps(bare).encode()).metadata == {}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("event_type", "pre-commit"),
        ("branch_id", "ledger"),
        ("repository_id", "others"),
        ("source_ref", ""),
        ("commit_id", 1),
        ("commit_id", None),
        ("commit_metadata", []),
        ("commit_metadata", {"k": 1}),
        ("commit_metadata", {"expected-head": "\ud800"}),
        ("commit_metadata", {"\udfff": "half a character"}),
        ("commit_id", "\ud800"),
        ("branch_id", "main\udc00"),
    ],
)
def test_another_question_is_named(key: str, value: object) -> None:
    with pytest.raises(InputError, match=key):
        parsed(json.dumps(GOOD | {key: value}).encode(), "market-data")


@pytest.mark.usefixtures("unsearched")
@pytest.mark.parametrize("data", [b"", b"[]", b"1", b"\xff", b"{", b"[" * 100_000])
def test_what_is_no_json_object_is_no_question(data: bytes) -> None:
    with pytest.raises(InputError, match="no JSON"):
        parsed(data)


@given(st.sampled_from(sorted(GOOD)), JSON)
def test_no_value_whatever_is_more_than_an_input_error(key: str, value: object) -> None:
    try:
        asked = parsed(json.dumps(GOOD | {key: value}).encode(), "market-data")
    except InputError:
        return
    assert all(isinstance(text, str) for text in (asked.commit, asked.source))
    assert all(isinstance(text, str) for text in asked.metadata.values())


@given(st.binary(max_size=200))
def test_no_bytes_whatever_are_more_than_an_input_error(data: bytes) -> None:
    with pytest.raises(InputError):
        parsed(data, "market-data")
