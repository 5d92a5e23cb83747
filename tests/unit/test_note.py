"""What main keeps beside a partition is read as it was written, and nothing else is."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.errors import CorruptError
from karat.flow.note import Note

TEXTS = st.text(max_size=20)


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_a_note_comes_back(verdict: str, content: str, build: str, waiver: str) -> None:
    note = Note(verdict, content, build, waiver)
    assert Note.decode(note.encode(), "a day") == note
    assert ("waiver" in json.loads(note.encode())) == bool(waiver)


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"1", b"{}", b'{"verdict": "v"}', b"\xff", b'{"verdict": 1}'],
)
def test_anything_else_is_named(data: bytes) -> None:
    with pytest.raises(CorruptError, match="a day: what main says"):
        Note.decode(data, "a day")


@pytest.mark.parametrize("more", [{"more": "x"}, {"build": 1}, {"build": None}, {"waiver": []}])
def test_no_key_and_no_value_of_another_kind(more: dict[str, object]) -> None:
    said = {"verdict": "v", "content": "c", "build": "b"} | more
    with pytest.raises(CorruptError):
        Note.decode(json.dumps(said).encode(), "a day")
