"""Which bytes main held before, and so need not be read to be put back."""

import pytest

from karat import open_lake
from karat.flow import held_before as module
from karat.flow.held_before import held_before
from karat.lake import Lake, ObjectInfo
from karat.lake.append import append
from karat.lake.layout import MAIN

PATH = "book_events/a/2024-01-01.parquet"


def put(lake: Lake, data: bytes | None) -> ObjectInfo:
    """Bring the bytes to main, or something else; return what main holds at the path."""
    append(lake, MAIN, {PATH: data} if data else {"notes/1": b"x"}, message="Put")
    return lake.stat(MAIN, PATH)


def test_of_an_empty_lake_and_of_bytes_on_a_branch_alone() -> None:
    lake = open_lake("memory:")
    with lake.session(MAIN, branch="audit") as session:
        session.put(PATH, b"new")
        session.commit("Try")
    assert not held_before(lake, lake.head(MAIN), lake.stat("audit", PATH))


def test_there_and_back() -> None:
    lake = open_lake("memory:")
    first = put(lake, b"first")
    assert held_before(lake, lake.head(MAIN), first)
    second = put(lake, b"second")
    assert held_before(lake, lake.head(MAIN), first)
    assert held_before(lake, lake.head(MAIN), second)


def test_the_same_bytes_elsewhere_are_not_those_of_the_path() -> None:
    lake = open_lake("memory:")
    append(lake, MAIN, {"book_events/a/2024-01-02.parquet": b"new"}, message="Put another day")
    with lake.session(MAIN, branch="audit") as session:
        session.put(PATH, b"new")
        session.commit("Try")
    assert not held_before(lake, lake.head(MAIN), lake.stat("audit", PATH))


def test_what_lies_too_far_back_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOKED_AT", 2)
    lake = open_lake("memory:")
    first = put(lake, b"first")
    put(lake, b"second")
    assert held_before(lake, lake.head(MAIN), first)
    put(lake, b"third")
    assert not held_before(lake, lake.head(MAIN), first)
