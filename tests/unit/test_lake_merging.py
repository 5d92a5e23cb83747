"""Merges and merge bases against brute force."""

import random
from itertools import product
from pathlib import Path

import pytest

from karat.errors import MergeConflict, NothingToMerge
from karat.lake import Lake, open_lake
from karat.lake.backend import Delta, Entry, Record
from karat.lake.history import log, merge_base, merge_bases
from karat.lake.protocol import Commit
from karat.lake.testing.writing import files, paths, publish, write
from karat.lake.threeway import threeway

Dag = dict[str, Record]
VALUES = (None, 1, 2, 3)


def entry(value: int | None) -> Entry | None:
    return None if value is None else Entry(f"{value:064}", 1, "text/plain", {}, value)


def delta(path: str, base: int | None, side: int | None) -> list[Delta]:
    """Return what a side did to one path: nothing told when it did nothing."""
    return [] if base == side else [Delta(path, entry(base), entry(side))]


@pytest.mark.parametrize("base", VALUES)
def test_one_path_in_every_case(base: int | None) -> None:
    for ours, theirs in product(VALUES, VALUES):
        merged = threeway(delta("p", base, ours), delta("p", base, theirs))
        if theirs in {ours, base}:
            assert (dict(merged.changes), merged.conflicts) == ({}, ())
        elif ours == base:
            assert (dict(merged.changes), merged.conflicts) == ({"p": entry(theirs)}, ())
        else:
            assert (dict(merged.changes), merged.conflicts) == ({}, ("p",))


def test_two_paths_in_every_case_do_not_touch_each_other() -> None:
    cases = list(product(VALUES[:3], repeat=3))
    for (b1, o1, t1), (b2, o2, t2) in product(cases, cases):
        ours = delta("p", b1, o1) + delta("q", b2, o2)
        theirs = delta("p", b1, t1) + delta("q", b2, t2)
        whole = threeway(ours, theirs)
        parts = [
            threeway(delta("p", b1, o1), delta("p", b1, t1)),
            threeway(delta("q", b2, o2), delta("q", b2, t2)),
        ]
        assert dict(whole.changes) == {**parts[0].changes, **parts[1].changes}
        assert whole.conflicts == parts[0].conflicts + parts[1].conflicts


@pytest.mark.parametrize("seed", range(12))
def test_a_merge_takes_each_path_as_three_states_of_it_say(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - cases, not secrets
    states = [{f"{i % 3}/{i}": draw.choice([None, b"1", b"2"]) for i in range(9)} for _ in "bot"]
    lake = open_lake("memory:")
    publish(lake, {**states[0], "anchor": b"x"})
    write(lake, "theirs", {**states[2], "t": b"t"})
    publish(lake, {**states[1], "o": b"o"})
    conflicts = [
        path
        for path, (base, ours, theirs) in triples(*states).items()
        if base not in (ours, theirs) and ours != theirs
    ]
    if conflicts:
        with pytest.raises(MergeConflict) as caught:
            lake.merge("theirs", "main", message="merge")
        assert list(caught.value.paths) == sorted(conflicts)
        return
    lake.merge("theirs", "main", message="merge")
    expected = {
        path: ours if theirs == base else theirs
        for path, (base, ours, theirs) in triples(*states).items()
    }
    kept = {path for path, data in expected.items() if data is not None}
    assert set(paths(lake, "main")) == kept | {"anchor", "o", "t"}


State = dict[str, bytes | None]


def triples(
    base: State, ours: State, theirs: State
) -> dict[str, tuple[bytes | None, bytes | None, bytes | None]]:
    return {path: (base[path], ours[path], theirs[path]) for path in base}


def dag(seed: int, count: int = 14) -> Dag:
    """Return commits with up to three parents each, drawn from those before; many share a time."""
    draw = random.Random(seed)  # noqa: S311
    records: Dag = {}
    for number in range(count):
        parents = tuple(draw.sample(sorted(records), min(len(records), draw.randint(0, 3))))
        generation = 1 + max((records[p].generation for p in parents), default=-1)
        commit = Commit(f"{number:02}", parents, "", {}, draw.randint(0, 2), "tree")
        records[commit.id] = Record(commit, generation)
    return records


def ancestors(records: Dag, start: str) -> set[str]:
    found = {start}
    for parent in records[start].commit.parents:
        found |= ancestors(records, parent)
    return found


@pytest.mark.parametrize("seed", range(40))
def test_a_merge_base_is_a_nearest_common_ancestor(seed: int) -> None:
    records = dag(seed)
    above = {commit: ancestors(records, commit) for commit in records}
    for a, b in product(records, records):
        common = above[a] & above[b]
        best = {c for c in common if not any(c in above[other] - {other} for other in common)}
        found = merge_base(records.__getitem__, a, b)
        assert found == merge_base(records.__getitem__, b, a)
        assert set(merge_bases(records.__getitem__, a, b)) == best
        assert (found in best) if common else (found is None)
        if b in above[a]:
            assert found == b


@pytest.mark.parametrize("seed", range(40))
def test_a_log_holds_each_ancestor_once_and_children_first(seed: int) -> None:
    records = dag(seed)
    for start in records:
        order = [commit.id for commit in log(records.__getitem__, start, first_parent=False)]
        assert sorted(order) == sorted(ancestors(records, start))
        for at, commit in enumerate(order):
            assert set(records[commit].commit.parents).isdisjoint(order[:at])


@pytest.mark.parametrize("seed", range(10))
def test_a_log_of_first_parents_is_a_line(seed: int) -> None:
    records = dag(seed)
    for start in records:
        at, line = start, [start]
        while records[at].commit.parents:
            at = records[at].commit.parents[0]
            line.append(at)
        assert [c.id for c in log(records.__getitem__, start, first_parent=True)] == line


def criss_cross(lake: Lake) -> tuple[str, str]:
    """Return two heads, each a merge of both sides: they have two nearest common ancestors."""
    publish(lake, {"base": b"0"})
    write(lake, "left", {"l": b"1"})
    write(lake, "right", {"r": b"1"})
    left, right = lake.head("left"), lake.head("right")
    lake.merge(right, "left", message="right into left")
    lake.merge(left, "right", message="left into right")
    return left, right


@pytest.mark.parametrize("address", ["memory:", "local"])
def test_sides_that_crossed_still_merge(address: str, tmp_path: Path) -> None:
    lake = open_lake(tmp_path if address == "local" else address)
    both = criss_cross(lake)
    assert lake.merge_base("left", "right") in both
    assert lake.commit_info("left").tree_id == lake.commit_info("right").tree_id
    with pytest.raises(NothingToMerge):
        lake.merge("right", "left", message="nothing")
    write(lake, "left", {"l": b"2"})
    write(lake, "right", {"r": b"2"})
    lake.merge("right", "left", message="both")
    assert paths(lake, "left") == ["base", "l", "r"]
    assert [info.content_hash for info in files(lake, "left")][1:] == [
        lake.stat("left", "l").content_hash,
        lake.stat("right", "r").content_hash,
    ]


@pytest.mark.parametrize("gone", ["l", "r"])
@pytest.mark.parametrize(("source", "into"), [("left", "right"), ("right", "left")])
def test_what_was_taken_away_after_a_crossing_does_not_come_back(
    gone: str, source: str, into: str
) -> None:
    lake = open_lake("memory:")
    criss_cross(lake)
    write(lake, "left", {gone: None, "more": b"1"})
    write(lake, "right", {"other": b"1"})
    lake.merge(source, into, message="both went on")
    assert paths(lake, into) == sorted({"base", "l", "r", "more", "other"} - {gone})


@pytest.mark.parametrize("data", [None, b"2"])
def test_sides_that_went_on_differently_after_a_crossing_conflict(data: bytes | None) -> None:
    lake = open_lake("memory:")
    criss_cross(lake)
    write(lake, "left", {"l": data})
    write(lake, "right", {"l": b"3"})
    for source, into in (("left", "right"), ("right", "left")):
        with pytest.raises(MergeConflict) as caught:
            lake.merge(source, into, message="which one holds?")
        assert caught.value.paths == ("l",)
