"""A lake mirrored into another: everything arrives, once, however often it is stopped."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karat.errors import ConflictError, CorruptError, KaratError, RefExists
from karat.lake import Lake, open_lake
from karat.lake.append import append
from karat.lake.checking import fsck
from karat.lake.memory import MemoryLake
from karat.lake.mirroring import MIRROR_OF, Mirrored, mirror
from karat.lake.session import Session
from karat.lake.testing.writing import files, publish, read, write

KINDS = [("memory", "local"), ("local", "local"), ("local", "memory")]


def opened(kind: str, folder: Path) -> Lake:
    return open_lake("memory:" if kind == "memory" else folder)


def fill(lake: Lake) -> None:
    """Write what has every shape: merges into main, other merges, empty commits, old tags."""
    publish(lake, {"raw/a": b"1", "raw/b": b"2"})
    lake.create_tag("v1.0.0", "main")
    write(lake, "one", {"raw/a": b"one"})
    write(lake, "two", {"raw/b": None, "raw/c": b"two"})
    lake.merge("one", "two", message="across", metadata={"who": "me"})
    with lake.session("two", branch="three") as session:
        session.put("x", b"3", metadata={"k": "v"}, content_type="text/plain")
        session.commit("typed", {"why": "é"})
        session.commit("nothing", allow_empty=True)
    publish(lake, {"raw/d": b"4"})
    append(lake, "ledger", {"order/1": b"signed"}, message="record")
    append(lake, "ledger", {"order/2": b"signed too"}, message="record")
    lake.merge("three", "main", message="three")
    lake.session("main", branch="session-left")


def told(lake: Lake) -> list[tuple[str, list[object], list[object]]]:
    """Return all that a lake tells, but for ids and times."""
    refs = [ref for ref in (*lake.branches(), *lake.tags()) if not ref.name.startswith("session-")]
    return [
        (
            ref.name,
            [(c.message, len(c.parents), {k: v for k, v in c.metadata.items() if k != MIRROR_OF})
             for c in lake.log(ref.name, first_parent=True)],
            [(i.path, i.metadata, i.content_type, read(lake, ref.name, i.path))
             for i in files(lake, ref.name)],
        )
        for ref in refs
    ]  # fmt: skip


def heads(lake: Lake) -> object:
    return [*lake.branches(), *lake.tags()]


@pytest.mark.parametrize(("of", "into"), KINDS)
def test_all_of_a_lake_arrives_and_arrives_once(of: str, into: str, tmp_path: Path) -> None:
    source, target = opened(of, tmp_path / "source"), opened(into, tmp_path / "target")
    fill(source)
    before = heads(source)
    done = mirror(source, target)
    assert told(target) == told(source)
    assert heads(source) == before
    again, stood = mirror(source, target), heads(target)
    assert again == Mirrored(0, done.commits + 1, 0, 0, done.refs)
    assert heads(target) == stood
    if into == "local":
        assert fsck(target, deep=True).damages == ()


def test_it_goes_on_with_what_is_new(tmp_path: Path) -> None:
    source, target = open_lake(tmp_path / "source"), open_lake("memory:")
    fill(source)
    mirror(source, target)
    write(source, "one", {"new": b"5"})
    publish(source, {"raw/a": None})
    source.create_branch("four", "main")
    done = mirror(source, target)
    assert (done.commits, done.files) == (3, 1)
    assert told(target) == told(source)


class Stops(MemoryLake):
    """A target that stops at the `left`-th call that changes something."""

    left = 10**9

    def stop(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise ConnectionError("gone")

    def create_branch(self, name: str, source: str, *, exist_ok: bool = False) -> str:
        self.stop()
        return super().create_branch(name, source, exist_ok=exist_ok)

    def delete_branch(self, name: str) -> None:
        self.stop()
        super().delete_branch(name)

    def merge(self, *words: object, **how: object) -> str:
        self.stop()
        done = super().merge(*words, **how)  # type: ignore[arg-type]
        self.stop()
        return done

    def session(self, base: str, *, branch: str | None = None) -> Session:
        self.stop()
        return super().session(base, branch=branch)


def test_stopped_after_any_step_it_goes_on(tmp_path: Path) -> None:
    source = open_lake(tmp_path / "source")
    fill(source)
    stopped = 0
    for step in range(200):
        target = Stops()
        target.left = step
        try:
            mirror(source, target)
        except ConnectionError:
            stopped += 1
        target.left = 10**9
        mirror(source, target)
        assert told(target) == told(source), f"stopped at step {step}"
        if stopped <= step:
            break
    assert stopped > 15


def test_killed_at_any_moment_it_goes_on(tmp_path: Path) -> None:
    source = open_lake(tmp_path / "source")
    for number in range(25):
        append(source, "main", {f"n/{number}": b"%d" % number * 10_000}, message=str(number))
    code = (
        "import sys; from karat.lake import open_lake; from karat.lake.mirroring import mirror\n"
        "lakes = [open_lake(place) for place in sys.argv[1:]]; print('ready', flush=True)\n"
        "mirror(*lakes)"
    )
    words = [sys.executable, "-c", code, str(tmp_path / "source"), str(tmp_path / "target")]
    for moment in (0.02, 0.05, 0.1):
        with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(moment)
            process.kill()
    target = open_lake(tmp_path / "target")
    mirror(source, target)
    assert told(target) == told(source)
    assert fsck(target, deep=True).damages == ()


OWN: dict[str, Callable[[Lake], object]] = {
    "main": lambda lake: publish(lake, {"own": b"1"}),
    "ledger": lambda lake: append(lake, "ledger", {"own": b"1"}, message="own"),
    "branch": lambda lake: write(lake, "one", {"own": b"1"}),
    "tag": lambda lake: lake.create_tag("v1.0.0", "main"),
}


@pytest.mark.parametrize("what", OWN)
def test_what_the_target_has_of_its_own_is_never_overwritten(what: str) -> None:
    source, target = open_lake("memory:"), open_lake("memory:")
    fill(source)
    OWN[what](target)
    mine = [ref for ref in heads(target) if ref.name in {what, "one", "v1.0.0"}]  # type: ignore[attr-defined]
    with pytest.raises(ConflictError) as caught:
        mirror(source, target)
    assert isinstance(caught.value, RefExists) is (what in {"branch", "tag"})
    assert set(mine) <= set(heads(target))  # type: ignore[call-overload]


def test_damaged_bytes_stop_it(tmp_path: Path) -> None:
    source, target = open_lake(tmp_path), open_lake("memory:")
    publish(source, {"a": b"1"})
    path = source.local_path("main", "a")
    path.chmod(0o644)
    path.write_bytes(b"2")
    with pytest.raises(CorruptError):
        mirror(source, target)
    assert files(target, "main") == []


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["one", "two", "main", "merge", "mirror"]),
        st.sampled_from("abc"),
        st.sampled_from([None, b"1", b"2"]),
    ),
    max_size=14,
)


@settings(max_examples=40)
@given(steps=STEPS)
def test_any_history_arrives_in_as_many_runs_as_one_likes(
    steps: list[tuple[str, str, bytes | None]],
) -> None:
    source, target = open_lake("memory:"), open_lake("memory:")
    for what, path, data in steps:
        try:
            if what == "mirror":
                mirror(source, target)
            elif what == "merge":
                source.merge(*(("one", "two") if path == "a" else ("two", "one")), message="m")
            elif what == "main":
                source.merge("one", "main", message="m")
            else:
                write(source, what, {path: data})
        except KaratError:
            assert what != "mirror"
    mirror(source, target)
    assert told(target) == told(source)
