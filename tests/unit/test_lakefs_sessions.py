"""Sessions on private branches of lakeFS: what others do there, and what a stop leaves."""
# ruff: noqa: PT012 - what is refused is what is done last in a session

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from karat.digest import bytes_digest
from karat.errors import (
    ConflictError,
    InputError,
    LakeBusy,
    LakeUnusable,
    NothingToCommit,
    RefNotFound,
)
from karat.lake.lakefs import LakeFSLake
from karat.lake.testing.writing import files, paths, read, write
from tests.lakefs_double.clients import REPOSITORY, head, official, upload
from tests.lakefs_double.faults import Fault
from tests.lakefs_double.lakes import kept, lake_on
from tests.lakefs_double.server import Double, serving

MEGABYTES = bytes(range(256)) * (80 << 10)


@pytest.fixture
def double() -> Iterator[Double]:
    with serving() as server:
        yield server


@pytest.fixture
def lake(double: Double, tmp_path: Path) -> LakeFSLake:
    return lake_on(double, tmp_path)


def test_session_branches_are_hidden_from_others_and_listed_here(
    double: Double, lake: LakeFSLake
) -> None:
    sdk = official(double)
    with lake.session("main") as session, lake.session("main", branch="work"):
        shown = [ref.id for ref in sdk.branches_api.list_branches(REPOSITORY).results]
        assert shown == ["ledger", "main"]
        assert [ref.name for ref in lake.branches()] == sorted(
            ["ledger", "main", session.branch, "work"]
        )


def test_a_session_on_a_commit_asks_for_its_branch_alone(
    double: Double, lake: LakeFSLake, tmp_path: Path
) -> None:
    commit, again = write(lake, "work", {"a": b"1"}), lake_on(double, tmp_path / "again")
    before = dict(double.faults.calls)
    with again.session(commit) as session:
        asked = {name for name, n in double.faults.calls.items() if n != before.get(name)}
        assert (asked, again.head(session.branch)) == ({"create_branch"}, commit)
    with pytest.raises(RefNotFound, match="no commit"):
        again.session("0" * 64)


def test_what_a_stopped_session_left_waiting_is_dropped(
    double: Double, lake: LakeFSLake, tmp_path: Path
) -> None:
    first = write(lake, "work", {"a": b"1"})
    lake.session("main", branch="work").put("left", b"2")  # stopped here
    assert upload(official(double), "work", "a", b"9").status == 201
    with lake_on(double, tmp_path / "next").session("main", branch="work") as session:
        session.put("b", b"3")
        commit = session.commit("two")
    assert lake.commit_info(commit).parents == (first,)
    assert paths(lake, commit) == ["a", "b"]
    assert read(lake, commit, "a") == b"1"


@pytest.mark.parametrize("theirs", ["other", "a"])
def test_what_others_put_on_the_branch_is_never_committed(
    double: Double, lake: LakeFSLake, theirs: str
) -> None:
    before = write(lake, "work", {"z": b"1"})
    with (
        pytest.raises(ConflictError, match=f"'{theirs}'"),
        lake.session("main", branch="work") as session,
    ):
        session.put("a", b"1")
        assert upload(official(double), "work", theirs, b"something else").status == 201
        session.commit("mine")
    assert lake.head("work") == before
    assert kept(double).branches["work"].staged == {}


def test_what_others_took_off_the_branch_is_missed(double: Double, lake: LakeFSLake) -> None:
    write(lake, "work", {"z": b"1"})
    with pytest.raises(ConflictError, match="'a'"), lake.session("main", branch="work") as session:
        session.put("a", b"1")
        kept(double).branches["work"].staged.clear()
        session.commit("mine")


def test_an_empty_commit_takes_nothing_of_others_along(double: Double, lake: LakeFSLake) -> None:
    write(lake, "work", {"z": b"1"})
    with pytest.raises(ConflictError), lake.session("main", branch="work") as session:
        assert upload(official(double), "work", "theirs", b"1").status == 201
        session.commit("empty", allow_empty=True)
    assert paths(lake, "work") == ["z"]


def test_readers_by_the_official_client_see_the_commit_of_a_merge_only(
    double: Double, lake: LakeFSLake
) -> None:
    sdk = official(double)
    with lake.session("main") as session:
        session.put("a", b"1")
        assert sdk.objects_api.list_objects(REPOSITORY, "main").results == []
        commit = session.commit("one")
        lake.merge(commit, "main", message="publish")
    assert [f.path for f in sdk.objects_api.list_objects(REPOSITORY, head(sdk)).results] == ["a"]


def test_staged_and_not_committed_is_told_only_when_it_differs(lake: LakeFSLake) -> None:
    write(lake, "work", {"a": b"1"})
    with lake.session("main", branch="work") as session:
        session.put("a", b"1")
        session.delete("gone")
    with (
        pytest.raises(InputError, match="with 1 changes not committed"),
        lake.session("main", branch="work") as session,
    ):
        session.delete("a")
    assert paths(lake, "work") == ["a"]


def test_more_deletions_than_one_call_takes(double: Double, lake: LakeFSLake) -> None:
    names = [f"{number:04d}" for number in range(1100)]
    write(lake, "work", dict.fromkeys(names, b""))
    assert paths(lake, "work") == names
    commit = write(lake, "work", dict.fromkeys(names[50:]))
    assert paths(lake, commit) == names[:50]
    assert double.faults.calls["delete_objects"] == 2
    assert len(list(lake.diff("main", "work"))) == 50


def test_deletions_that_fail_are_told(double: Double, lake: LakeFSLake) -> None:
    write(lake, "work", {"a": b"1"})
    with (
        pytest.raises(LakeUnusable, match="protected"),
        lake.session("main", branch="work") as session,
    ):
        session.delete("a")
        kept(double).protected.append("work")
        session.commit("two")
    assert paths(lake, "work") == ["a"]


def test_large_files_are_sent_as_they_are_read(lake: LakeFSLake, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(MEGABYTES)
    with lake.session("main") as session:
        one = session.put("file", source)
        two = session.put("stream", BytesIO(MEGABYTES))
        three = session.put("bytes", memoryview(MEGABYTES))
        commit = session.commit("three")
    assert {one.content_hash, two.content_hash, three.content_hash} == {bytes_digest(MEGABYTES)}
    assert [info.size for info in files(lake, commit)] == [len(MEGABYTES)] * 3
    assert lake.local_path(commit, "file").read_bytes() == MEGABYTES


def test_a_file_that_is_sent_again_is_sent_whole(
    double: Double, lake: LakeFSLake, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.write_bytes(MEGABYTES)
    double.faults.add(Fault("upload_object", "dropped", times=2))
    with lake.session("main") as session:
        session.put("file", source, consume=True)
        assert not source.exists()
        assert read(lake, session.commit("one"), "file") == MEGABYTES


def test_a_file_that_could_not_be_sent_is_not_taken_away(
    double: Double, lake: LakeFSLake, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"1")
    double.faults.add(Fault("upload_object", "refused", times=1000, status=503))
    with lake.session("main") as session:
        with pytest.raises(LakeBusy):
            session.put("file", source, consume=True)
        assert source.read_bytes() == b"1"
        with pytest.raises(NothingToCommit):
            session.commit("nothing")


@pytest.mark.parametrize("later", [b"2" * 100, b"1" * 99, b"", b"2" * 200])
def test_a_file_that_changes_while_it_is_sent_is_refused_and_never_committed(
    double: Double, lake: LakeFSLake, tmp_path: Path, later: bytes
) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"1" * 100)
    change = Fault("upload_object", "dropped", act=lambda: source.write_bytes(later))
    double.faults.add(change)
    with pytest.raises(InputError, match="changed while"), lake.session("main") as session:
        session.put("file", source)
    assert double.faults.calls["upload_object"] == 2
    assert list(lake.branches("session-")) == []


def test_a_file_that_changed_is_not_committed_by_who_goes_on(
    double: Double, lake: LakeFSLake, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"1")
    change = Fault("upload_object", "dropped", act=lambda: source.write_bytes(b"2"))
    with pytest.raises(ConflictError, match="'file'"), lake.session("main") as session:
        session.put("file", b"0")
        double.faults.add(change)
        with pytest.raises(InputError):
            session.put("file", source)
        session.put("other", b"1")
        session.commit("one")
