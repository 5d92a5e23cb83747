"""What the gate has in view of a commit is what the lake says of it, however it was told."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karat.errors import ObjectNotFound
from karat.gate.metered import Meter, metered
from karat.gate.viewed import viewed
from karat.gate.views import HEADS, View, Views
from karat.lake import CommitId, Lake
from karat.lake.memory import MemoryLake
from karat.signing import Keyring

PATHS = ["a/x", "a/y", "a/y/z", "ab/x", "b/x", "b/y", "c"]
PREFIXES = ["a/", "ab/", "b/", "none/"]
STEPS = st.dictionaries(st.sampled_from(PATHS), st.sampled_from([b"1", b"2", b""]), min_size=1)


def commits_of(lake: Lake, steps: list[dict[str, bytes]]) -> list[CommitId]:
    """Return a line of commits; of no bytes, a path is taken."""
    found = [lake.head("main")]
    for step in steps:
        with lake.session(found[-1]) as session:
            for path, data in step.items():
                if data:
                    session.put(path, data)
                else:
                    session.delete(path)
            found.append(session.commit("step", allow_empty=True))
    return found


def seen(lake: Any, commit: CommitId) -> tuple[object, ...]:
    files = []
    for path in PATHS:
        try:
            files.append(lake.stat(commit, path))
        except ObjectNotFound:
            files.append(None)
    return tuple(files), [list(lake.list(commit, prefix)) for prefix in PREFIXES]


@settings(max_examples=120, deadline=None)
@given(steps=st.lists(STEPS, min_size=1, max_size=6), data=st.data())
def test_a_view_says_what_the_lake_says(steps: list[dict[str, bytes]], data: st.DataObject) -> None:
    lake = MemoryLake(keys=Keyring.in_memory())
    line = commits_of(lake, steps)
    views = Views(lake)
    told = viewed(lake, views)
    for commit in data.draw(st.lists(st.sampled_from(line), max_size=8)):
        views.at(commit)
        if data.draw(st.booleans()):
            assert seen(told, commit) == seen(lake, commit)
    base, merge = data.draw(st.sampled_from(line)), data.draw(st.sampled_from(line))
    view = views.merged(merge, base, lake.diff(base, merge))
    assert views.get(merge) is view
    assert seen(told, merge) == seen(lake, merge)


def test_what_is_in_view_is_not_asked_of_the_lake() -> None:
    lake = MemoryLake(keys=Keyring.in_memory())
    line = commits_of(lake, [{"a/x": b"1", "b/x": b"1"}, {"a/x": b"2"}, {"b/y": b"1"}])
    meter = Meter()
    views = Views(metered(lake, meter))
    told = viewed(metered(lake, meter), views)
    views.at(line[1])
    assert [info.path for info in told.list(line[1], "a/")] == ["a/x"]
    before = meter.calls
    assert told.stat(line[1], "a/x").content_hash
    with pytest.raises(ObjectNotFound):
        told.stat(line[1], "a/y")
    assert list(told.list(line[1], "a/"))
    assert meter.calls == before
    later = views.at(line[3])  # told by what differs
    assert meter.calls == before + 1
    assert later.folder("a/").files["a/x"].content_hash == lake.stat(line[2], "a/x").content_hash
    assert meter.calls == before + 1


def test_few_commits_are_kept_and_merges_as_long_as_someone_asks() -> None:
    lake = MemoryLake(keys=Keyring.in_memory())
    line = commits_of(lake, [{"a/x": bytes([48 + n])} for n in range(HEADS + 3)])
    views = Views(lake)
    for commit in line:
        views.at(commit)
    assert [views.get(commit) is not None for commit in line] == [False] * 4 + [True] * HEADS
    merge = line[1]
    views.merged(merge, line[-1], lake.diff(line[-1], merge))
    assert views.get(merge) is None
    forgotten = Views(lake)
    forgotten._heads["0" * 64] = View(lake, "0" * 64)  # as when the repository was made anew
    assert forgotten.at(line[-1]).folder("a/").files
