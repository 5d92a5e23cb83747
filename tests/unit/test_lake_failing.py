"""A disk that fails at any one moment: told clearly, no head moved, and the next write works."""

import errno
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from karat.errors import (
    ConflictError,
    CorruptError,
    HeadMoved,
    InputError,
    KaratError,
    LakeBusy,
    LakeUnusable,
    MergeConflict,
    ObjectNotFound,
)
from karat.lake import Lake, open_lake
from karat.lake.append import append
from karat.lake.failures import translated
from karat.lake.local import LocalLake
from karat.lake.memory import MemoryLake
from karat.lake.testing.writing import paths, publish, read, write

CALLS = ("fsync", "replace", "fchmod")
PUT = {"b": b"two" * 1000, "c/d": b"three"}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = open_lake(tmp_path / "lake")
    publish(lake, {"a": b"one"})
    return lake


def fails_at(turn: int, number: int, real: Callable[..., object]) -> Callable[..., object]:
    """Return `real`, but on its `turn`-th call the machine says no."""
    left = [turn]

    def call(*words: object, **more: object) -> object:
        left[0] -= 1
        if left[0] == 0:
            raise OSError(number, os.strerror(number), "/somewhere")
        return real(*words, **more)

    return call


def told(act: Callable[[], object]) -> str | None:
    try:
        act()
    except LakeUnusable as error:
        return str(error)
    return None


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT])
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("turn", [1, 2, 3, 4])
def test_one_failing_call_moves_nothing(
    lake: Lake, tmp_path: Path, call: str, number: int, turn: int
) -> None:
    head = lake.head("main")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, call, fails_at(turn, number, getattr(os, call)))
        said = told(lambda: append(lake, "main", PUT, message="more"))
    if said is None:
        assert lake.head("main") != head, "fewer calls than that"
    else:
        assert "/somewhere" in said
        assert (lake.head("main"), paths(lake, "main")) == (head, ["a"])
    assert not list((tmp_path / "lake" / "tmp").iterdir())
    assert not list(lake.branches("session-"))
    append(lake, "main", PUT, message="again")
    assert {path: read(lake, "main", path) for path in paths(lake, "main")} == {"a": b"one", **PUT}


@pytest.mark.parametrize(
    ("error", "expected", "words"),
    [
        (OSError(errno.ENOSPC, "x"), LakeUnusable, "free some space"),
        (OSError(errno.EACCES, "x", "/here"), LakeUnusable, "/here: permission"),
        (OSError(errno.EIO, "broken"), LakeUnusable, "broken: see to the disk"),
        (OSError("strange"), LakeUnusable, "strange"),
        (sqlite3.OperationalError("no such column"), CorruptError, "restore"),
        (sqlite3.ProgrammingError("closed"), LakeUnusable, "closed"),
        (ObjectNotFound("mine"), ObjectNotFound, "^mine$"),
        (KeyError("not ours"), KeyError, "not ours"),
    ],
)
def test_what_the_machine_says_is_said_in_our_words(
    tmp_path: Path, error: Exception, expected: type[Exception], words: str
) -> None:
    with pytest.raises(expected, match=words), translated(tmp_path):
        raise error


@pytest.mark.parametrize(
    ("name", "expected", "words"),
    [
        ("SQLITE_BUSY_SNAPSHOT", LakeBusy, "try again"),
        ("SQLITE_LOCKED", LakeBusy, "try again"),
        ("SQLITE_CORRUPT_INDEX", CorruptError, "restore"),
        ("SQLITE_NOTADB", CorruptError, "restore"),
        ("SQLITE_FULL", LakeUnusable, "free some space"),
        ("SQLITE_IOERR_WRITE", LakeUnusable, "see to the disk"),
        ("SQLITE_READONLY", LakeUnusable, "permissions"),
    ],
)
def test_what_sqlite_says_is_said_in_our_words(
    tmp_path: Path, name: str, expected: type[KaratError], words: str
) -> None:
    error = sqlite3.OperationalError("said")
    error.sqlite_errorname = name
    with pytest.raises(expected, match=words) as caught, translated(tmp_path):
        raise error
    assert str(tmp_path) in str(caught.value)
    assert caught.value.__cause__ is error


class Overtaken(MemoryLake):
    """A lake whose branch moves just before a merge, as often as told."""

    def __init__(self, times: int, path: str) -> None:
        super().__init__(clock=lambda: 7)
        self.times, self.path = times, path

    def merge(self, source: str, into: str, **how: object) -> str:
        if self.times > 0 and into == "main":
            self.times -= 1
            write(self, f"other{self.times}", {self.path: b"%d" % self.times})
            super().merge(f"other{self.times}", "main", message="other")
            if how["message"] == "strict":
                raise HeadMoved("main", "0" * 64, self.head("main"))
        return super().merge(source, into, **how)  # type: ignore[arg-type]


def test_an_append_that_was_overtaken_keeps_both() -> None:
    lake = Overtaken(1, "theirs")
    append(lake, "main", {"mine": b"1"}, message="mine")
    assert paths(lake, "main") == ["mine", "theirs"]


def test_an_append_that_lost_the_race_for_its_path_conflicts() -> None:
    lake = Overtaken(1, "mine")
    with pytest.raises(MergeConflict, match="mine"):
        append(lake, "main", {"mine": b"1"}, message="mine")
    assert not list(lake.branches("session-"))


@pytest.mark.parametrize(("times", "lost"), [(9, False), (10, True)])
def test_an_append_tries_ten_times(
    monkeypatch: pytest.MonkeyPatch, times: int, *, lost: bool
) -> None:
    """However long that takes."""
    monkeypatch.setattr("karat.lake.again.WITHIN_S", 0.0)
    lake = Overtaken(times, "theirs")
    if lost:
        with pytest.raises(HeadMoved):
            append(lake, "main", {"mine": b"1"}, message="strict")
    else:
        append(lake, "main", {"mine": b"1"}, message="strict")
    assert (paths(lake, "main", "mine") == []) is lost
    assert not list(lake.branches("session-"))


def test_an_append_with_an_expected_head_tries_once(lake: Lake) -> None:
    old, head = lake.head("main"), append(lake, "main", {"b": b"1"}, message="one")
    for expected in (old, "0" * 64):
        with pytest.raises(HeadMoved):
            append(lake, "main", {"c": b"1"}, message="two", expected_head=expected)
    assert append(lake, "main", {"b": b"1"}, message="same") == head
    assert append(lake, "main", {"c": b"1"}, message="two", expected_head=head) != head
    overtaken = Overtaken(5, "theirs")
    with pytest.raises(ConflictError):
        append(overtaken, "main", {"m": b""}, message="m", expected_head=overtaken.head("main"))
    assert overtaken.times == 4


@pytest.mark.parametrize("address", ["memory:", "local"])
def test_what_cannot_be_written_down_is_refused(address: str, tmp_path: Path) -> None:
    lake = open_lake(tmp_path / "x" if address == "local" else address)
    refused: list[dict[str, object]] = [
        {"metadata": {"k": 1}},
        {"metadata": {1: "v"}},
        {"metadata": {"k": "a\nb"}},
        {"content_type": "text/plain\r\nX: 1"},
        {"content_type": "\ud800"},
    ]
    with lake.session("main") as session:
        for words in refused:
            with pytest.raises(InputError):
                session.put("a", b"1", **words)  # type: ignore[arg-type]
        with pytest.raises(InputError, match="message"):
            session.commit("file \udcff", allow_empty=True)
        head = session.commit("é \0 fine", {"k": "\udcff"}, allow_empty=True)
        assert lake.commit_info(head).message == "é \0 fine"
    with pytest.raises(InputError, match="0 or more"):
        lake.log("main", limit=-1)


def commits_of(lake: LocalLake) -> int:
    with lake.database.connection() as connection:
        (count,) = connection.execute("SELECT count(*) FROM commits").fetchone()
    return int(count)


def test_an_append_that_is_refused_leaves_no_commit_behind(tmp_path: Path) -> None:
    lake = LocalLake(tmp_path / "lake")
    base = publish(lake, {"a": b"one"})
    publish(lake, {"a": b"theirs"})
    before, head = commits_of(lake), lake.head("main")
    with pytest.raises(MergeConflict, match="a"):
        append(lake, "main", {"a": b"mine", "b": b"1"}, message="mine", base=base)
    assert (commits_of(lake), lake.head("main")) == (before, head)
    assert not list(lake.branches("session-"))
    append(lake, "main", {"b": b"1"}, message="mine", base=base)
    assert paths(lake, "main") == ["a", "b"]


def test_an_append_waits_for_the_database_twice(tmp_path: Path) -> None:
    """Once for the branch it begins on, once for commit, merge and that branch's end."""
    lake, said = LocalLake(tmp_path / "lake"), list[str]()
    with lake.database.connection() as connection:
        connection.set_trace_callback(said.append)
    append(lake, "main", {"a": b"1", "b/c": b"2"}, message="mine")
    assert said.count("COMMIT") == 2
    assert paths(lake, "main") == ["a", "b/c"]
