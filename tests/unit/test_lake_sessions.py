"""Sessions: what is staged, what is left, and who may still use one."""

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karat.errors import (
    HeadMoved,
    InputError,
    LakeBusy,
    NothingToCommit,
    ObjectExists,
    RefExists,
    RefNotFound,
)
from karat.lake import Lake, open_lake
from karat.lake import database as database_module
from karat.lake.testing.writing import paths, publish, read, write

STEPS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from([None, b"", b"1", b"2"])), max_size=8
)


@pytest.fixture(params=["memory:", "local"])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Lake:
    return open_lake(tmp_path / "lake" if request.param == "local" else request.param)


@settings(max_examples=60)
@given(start=STEPS, steps=STEPS)
def test_a_session_stages_what_a_dictionary_would(
    start: list[tuple[str, bytes | None]], steps: list[tuple[str, bytes | None]]
) -> None:
    lake = open_lake("memory:")
    before: dict[str, bytes] = {"anchor": b""}
    before |= {path: data for path, data in dict(start).items() if data is not None}
    write(lake, "work", dict(before))
    after = dict(before)
    with lake.session("main", branch="work") as session:
        for path, data in steps:
            if data is None:
                after.pop(path, None)
                session.delete(path)
            else:
                after[path] = data
                session.put(path, data)
        if after == before:
            with pytest.raises(NothingToCommit):
                session.commit("nothing")
        else:
            session.commit("something")
    assert {path: read(lake, "work", path) for path in paths(lake, "work")} == after


def test_a_second_commit_has_nothing_to_say(lake: Lake) -> None:
    with lake.session("main") as session:
        session.put("a", b"1")
        head = session.commit("one")
        with pytest.raises(NothingToCommit):
            session.commit("two")
        again = session.commit("empty", allow_empty=True)
    assert lake.commit_info(again).parents == (head,)


def late(session_of: Callable[[], object], error: type[Exception]) -> None:
    with pytest.raises(error):
        session_of()


def test_after_the_end_nothing_is_taken(lake: Lake) -> None:
    with lake.session("main") as session:
        session.put("a", b"1")
        head = session.commit("one")
    late(lambda: session.put("b", b"2"), InputError)
    late(lambda: session.put("b", b"2", if_absent=True), InputError)
    late(lambda: session.delete("a"), InputError)
    late(lambda: session.commit("two"), InputError)
    assert lake.head(session.branch) == head


def test_a_failed_put_leaves_what_was_staged_before(lake: Lake, tmp_path: Path) -> None:
    with lake.session("main") as session:
        session.put("a", b"1")
        late(lambda: session.put("a", tmp_path / "nowhere"), InputError)
        late(lambda: session.put("a", b"2", if_absent=True), ObjectExists)
        late(lambda: session.put("../a", b"2"), InputError)
        assert read(lake, session.commit("one"), "a") == b"1"


def test_a_branch_deleted_and_made_again_is_another_one(lake: Lake) -> None:
    publish(lake, {"x": b"1"})
    session = lake.session("main", branch="work")
    session.put("a", b"1")
    lake.delete_branch("work")
    write(lake, "work", {"b": b"2"})
    late(lambda: session.commit("one"), HeadMoved)
    assert paths(lake, "work") == ["b", "x"]


def test_an_own_branch_deleted_meanwhile_is_no_trouble_on_the_way_out(lake: Lake) -> None:
    with lake.session("main") as session:
        session.put("a", b"1")
        lake.delete_branch(session.branch)
        late(lambda: session.commit("one"), RefNotFound)
        session.delete("a")
    assert not list(lake.branches("session-"))


def test_an_own_branch_that_others_used_is_kept(lake: Lake) -> None:
    with lake.session("main") as session:
        head = write(lake, session.branch, {"a": b"1"})
    assert lake.head(session.branch) == head


def test_a_session_needs_a_name_that_is_free(lake: Lake) -> None:
    lake.create_tag("release", "main")
    with pytest.raises(RefExists, match="tag"):
        lake.session("main", branch="release")


def test_metadata_given_is_copied(lake: Lake) -> None:
    facts = {"k": "v"}
    with lake.session("main") as session:
        session.put("a", b"1", metadata=facts)
        head = session.commit("one", facts)
        facts["k"] = "changed"
    assert lake.stat(head, "a").metadata == lake.commit_info(head).metadata == {"k": "v"}


def test_threads_that_commit_to_one_branch_are_told_apart(lake: Lake) -> None:
    ready, won, lost = threading.Barrier(4), [], []

    def commit(number: int) -> None:
        session = lake.session("main", branch="work")
        session.put(f"{number}", b"1")
        ready.wait(10)
        try:
            won.append(session.commit(str(number)))
        except HeadMoved:
            lost.append(number)

    threads = [threading.Thread(target=commit, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (len(won), len(lost)) == (1, 3)
    assert lake.head("work") == won[0]
    assert len(paths(lake, "work")) == 1


def test_a_busy_lake_keeps_what_is_staged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "BUSY_TIMEOUT_S", 0.05)
    lake = open_lake(tmp_path)
    other = sqlite3.connect(tmp_path / "lake.db", isolation_level=None)
    with lake.session("main", branch="work") as session:
        session.put("a", b"1")
        other.execute("BEGIN IMMEDIATE")
        assert lake.head("work"), "readers do not wait"
        late(lambda: session.commit("one"), LakeBusy)
        other.execute("ROLLBACK")
        assert read(lake, session.commit("one"), "a") == b"1"
    other.close()
