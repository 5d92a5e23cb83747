"""Many at once: threads of one connection, and connections that know nothing of each other."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from karat.errors import HeadMoved, MergedOnMovedHead
from karat.lake.append import append
from karat.lake.lakefs import LakeFSLake
from karat.lake.testing.writing import paths, read, write
from tests.lakefs_double.faults import Fault
from tests.lakefs_double.lakes import lake_on
from tests.lakefs_double.server import Double, serving

WRITERS = 6


@pytest.fixture
def double() -> Iterator[Double]:
    with serving() as server:
        yield server


@pytest.mark.parametrize("at_once", [1, 3])
def test_calls_under_way_are_never_more_than_allowed(
    double: Double, tmp_path: Path, at_once: int
) -> None:
    lake = lake_on(double, tmp_path, at_once=at_once)
    head = write(lake, "work", {f"{number}": b"%d" % number for number in range(8)})
    double.most_at_once = 0
    double.faults.add(Fault("stat_object", "slow", times=8, seconds=0.02))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda path: lake.stat(head, path), map(str, range(8))))
    assert 1 <= double.most_at_once <= at_once


def test_a_diff_asks_for_several_files_at_once(double: Double, tmp_path: Path) -> None:
    lake = lake_on(double, tmp_path, at_once=4)
    names = [f"{number}" for number in range(8)]
    write(lake, "one", dict.fromkeys(names, b"1"))
    two = lake.merge("one", "main", message="one")
    three = write(lake, "two", dict.fromkeys(names, b"22"))
    double.most_at_once = 0
    double.faults.add(Fault("stat_object", "slow", times=8, seconds=0.05))
    sizes = [
        (c.left and c.left.size, c.right and c.right.size)
        for c in lake.diff(two, three, mode="three-dot")
    ]
    assert sizes == [(1, 2)] * 8
    assert 2 <= double.most_at_once <= 4


def test_writers_on_branches_of_their_own_never_meet(double: Double, tmp_path: Path) -> None:
    shared = lake_on(double, tmp_path)

    def work(number: int) -> str:
        lake = shared if number % 2 else lake_on(double, tmp_path)
        with lake.session("main") as session:
            for name in range(5):
                session.put(f"{number}/{name}", b"%d" % number)
            return session.commit(f"of {number}")

    with ThreadPoolExecutor(WRITERS) as pool:
        made = list(pool.map(work, range(WRITERS)))
    for number, commit in enumerate(made):
        assert paths(shared, commit) == [f"{number}/{name}" for name in range(5)]
        assert read(shared, commit, f"{number}/0") == b"%d" % number


def test_all_appends_are_kept(double: Double, tmp_path: Path) -> None:
    lake = lake_on(double, tmp_path)
    with ThreadPoolExecutor(WRITERS) as pool:
        names = [f"note-{number}" for number in range(3 * WRITERS)]
        list(pool.map(lambda n: append(lake, "ledger", {n: n.encode()}, message=n), names))
    assert paths(lake, "ledger") == sorted(names)
    assert [ref.name for ref in lake.branches()] == ["ledger", "main"]


def test_of_those_who_expect_one_head_one_merges_and_the_others_know(
    double: Double, tmp_path: Path
) -> None:
    """Who merged on another head than expected is told so; nobody else merged at all."""
    lake = lake_on(double, tmp_path)
    head = lake.head("main")
    commits = [write(lake, f"work{n}", {f"{n}": b"1"}) for n in range(WRITERS)]

    def publish(commit: str) -> tuple[str, str]:
        try:
            return "merged", lake.merge(commit, "main", message="mine", expected_head=head)
        except MergedOnMovedHead as error:
            return "on another head", error.commit
        except HeadMoved:
            return "not merged", ""

    with ThreadPoolExecutor(WRITERS) as pool:
        told = list(pool.map(publish, commits))
    log = [commit.id for commit in lake.log("main", first_parent=True)]
    assert {commit for _, commit in told if commit} == set(log[:-1])
    first = [commit for how, commit in told if how == "merged"]
    assert first == [log[-2]]
    assert lake.commit_info(first[0]).parents[0] == head


def test_threads_bring_one_file_and_all_get_it(double: Double, tmp_path: Path) -> None:
    data = b"0123456789" * 50_000
    head = write(lake_on(double, tmp_path / "other"), "work", {"a": data})
    lakes: list[LakeFSLake] = [lake_on(double, tmp_path / "cache") for _ in range(2)]
    with ThreadPoolExecutor(WRITERS) as pool:
        got = list(pool.map(lambda n: read(lakes[n % 2], head, "a"), range(2 * WRITERS)))
    assert set(got) == {data}
    assert list((tmp_path / "cache" / "tmp").iterdir()) == []
