"""Whatever goes wrong on the way ends in success, or in an error of ours that says so."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from karat.errors import (
    CorruptError,
    HeadMoved,
    KaratError,
    LakeBusy,
    LakeUnusable,
    ObjectGone,
    RefExists,
    UnavailableError,
)
from karat.lake.append import append
from karat.lake.lakefs import LakeFSLake
from karat.lake.testing.writing import files, paths, publish, read, write
from tests.lakefs_double.faults import Fault, How
from tests.lakefs_double.lakes import kept, lake_on
from tests.lakefs_double.server import Double, serving

PASSING: list[How] = ["refused", "slow", "dropped", "lost", "cut", "hung_up"]
Step = Callable[[LakeFSLake], object]
STEPS: dict[str, Step] = {
    "get_branch": lambda lake: lake.head("main"),
    "get_commit": lambda lake: lake.commit_info("work"),
    "list_branches": lambda lake: list(lake.branches()),
    "list_tags": lambda lake: list(lake.tags()),
    "log_commits": lambda lake: list(lake.log("work")),
    "find_merge_base": lambda lake: lake.merge_base("main", "work"),
    "stat_object": lambda lake: lake.stat("work", "a"),
    "list_objects": lambda lake: list(lake.list("work")),
    "diff_refs": lambda lake: [
        list(lake.diff("main", "work", mode=m)) for m in ("two-dot", "three-dot")
    ],
    "get_object": lambda lake: read(lake, "work", "a"),
    "create_branch": lambda lake: lake.create_branch("other", "work"),
    "delete_branch": lambda lake: lake.delete_branch("work"),
    "create_tag": lambda lake: lake.create_tag("v1.0.0", "work"),
    "upload_object": lambda lake: write(lake, "work", {"b": b"2"}),
    "delete_objects": lambda lake: write(lake, "work", {"a": None}),
    "diff_branch": lambda lake: write(lake, "work", {"b": b"2"}),
    "commit": lambda lake: write(lake, "work", {"b": b"2"}),
    "merge_into_branch": lambda lake: lake.merge(
        "work", "main", message="publish", metadata={"k": "v"}
    ),
}
"""What is done, by the operation that fails on the way."""
STATUSES = (400, 401, 403, 404, 405, 409, 410, 412, 416, 418, 420, 500, 501)


@pytest.fixture
def double() -> Iterator[Double]:
    with serving() as server:
        yield server


@pytest.fixture
def lake(double: Double, tmp_path: Path) -> LakeFSLake:
    made = lake_on(double, tmp_path)
    write(made, "work", {"a": b"1"})
    return lake_on(double, tmp_path / "again")  # remembers nothing


def outcome(lake: LakeFSLake) -> object:
    """Return what a lake holds, commits by what they say."""
    refs = [(ref.name, files(lake, ref.commit)) for ref in (*lake.branches(), *lake.tags())]
    said = [(c.message, len(c.parents), dict(c.metadata)) for c in lake.log("main")]
    return refs, said


@pytest.mark.parametrize("operation", STEPS)
@pytest.mark.parametrize("how", PASSING)
def test_a_fault_that_passes_changes_nothing_of_the_outcome(
    double: Double, lake: LakeFSLake, tmp_path: Path, operation: str, how: How
) -> None:
    step = STEPS[operation]
    times = 2 if how in {"refused", "dropped", "hung_up"} else 1
    double.faults.add(Fault(operation, how, times, seconds=0.01))
    step(lake)
    with serving() as calm:
        other = lake_on(calm, tmp_path / "calm")
        write(other, "work", {"a": b"1"})
        step(other)
        assert outcome(lake) == outcome(other)
    assert double.faults.waiting == []


@pytest.mark.parametrize("operation", STEPS)
@pytest.mark.parametrize("how", ["refused", "dropped", "lost", "cut"])
def test_a_fault_that_stays_is_told_as_ours(
    double: Double, lake: LakeFSLake, operation: str, how: How
) -> None:
    double.faults.add(Fault(operation, how, times=1000, status=503))
    raised: KaratError | None = None
    try:
        STEPS[operation](lake)
    except KaratError as error:
        raised = error
    if raised is not None:
        assert isinstance(raised, LakeBusy if how == "refused" else UnavailableError)
        assert "127.0.0.1" in str(raised)
    else:  # it was done, though each answer to it was lost, and that was found out
        assert how in {"lost", "cut"}
        assert operation in {
            "create_branch",
            "delete_branch",
            "create_tag",
            "commit",
            "merge_into_branch",
        }


@pytest.mark.parametrize("operation", STEPS)
def test_every_status_is_an_error_of_ours_at_once(
    double: Double, lake: LakeFSLake, operation: str
) -> None:
    """But for a merge's lost race, and for commits that have nothing in common."""
    for status in STATUSES:
        double.faults.add(Fault(operation, "refused", times=1000, status=status))
        before = double.faults.calls.get(operation, 0)
        if (operation, status) == ("find_merge_base", 404):
            assert lake.merge_base("main", "work") is None
        else:
            with pytest.raises(KaratError):
                STEPS[operation](lake)
        tried = double.faults.calls[operation] - before
        assert tried <= (6 if (operation, status) == ("merge_into_branch", 409) else 2)
        double.faults.waiting.clear()


@pytest.mark.parametrize(
    "operation", [s for s in STEPS if s not in {"get_object", "create_branch"}]
)
def test_an_answer_that_is_garbled_is_an_error_of_ours_or_none(
    double: Double, lake: LakeFSLake, operation: str
) -> None:
    double.faults.add(Fault(operation, "garbled", times=1000))
    with suppress(KaratError):
        STEPS[operation](lake)
    double.faults.waiting.clear()
    assert paths(lake, "main") in ([], ["a"])


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_faults_in_any_order(data: st.DataObject, tmp_path: Path) -> None:
    """A story of several calls ends as it does without faults, or in an error of ours."""
    faults = st.builds(
        Fault,
        operation=st.sampled_from(list(STEPS)),
        how=st.sampled_from([how for how in get_args(How) if how in {*PASSING}]),
        times=st.integers(1, 2),
        status=st.sampled_from([429, 502, 503, 504]),
    )
    with serving() as double:
        lake = lake_on(double, tmp_path / str(double.server_port))
        for fault in data.draw(st.lists(faults, max_size=4)):
            double.faults.add(fault)
        try:
            first = publish(lake, {"a": b"1"})
            append(lake, "ledger", {"note": b"2"}, message="note")
            second = publish(lake, {"a": None, "b": b"3"})
        except KaratError:
            double.faults.waiting.clear()
            assert [c.message for c in lake.log("main", first_parent=True)][:-1] in (
                [],
                ["publish"],
                ["publish", "publish"],
            )
        else:
            double.faults.waiting.clear()
            log = [commit.id for commit in lake.log("main", first_parent=True)]
            assert (log[:2], len(log)) == ([second, first], 3)
            assert (paths(lake, "main"), paths(lake, "ledger")) == (["b"], ["note"])


def test_a_merge_that_was_done_and_not_answered_is_one_merge(
    double: Double, lake: LakeFSLake
) -> None:
    head = lake.head("main")
    double.faults.add(Fault("merge_into_branch", "lost"))
    made = lake.merge("work", "main", message="publish", expected_head=head)
    assert [c.id for c in lake.log("main", first_parent=True)] == [made, head]


def test_a_merge_that_was_not_answered_and_built_upon_is_found(
    double: Double, lake: LakeFSLake, tmp_path: Path
) -> None:
    other = lake_on(double, tmp_path / "other")
    double.faults.add(Fault("merge_into_branch", "lost"))
    double.faults.waiting[0].act = lambda: publish(other, {"c": b"1"})
    made = lake.merge("work", "main", message="mine")
    log = [commit.message for commit in lake.log("main", first_parent=True)]
    assert log[:2] == ["publish", "mine"]
    assert lake.commit_info(made).parents[1] == lake.head("work")


def test_a_tag_that_someone_else_made_meanwhile_is_taken(double: Double, lake: LakeFSLake) -> None:
    main = lake.head("main")
    double.faults.add(
        Fault("create_tag", "act", act=lambda: kept(double).tags.update({"v1.0.0": main}))
    )
    with pytest.raises(RefExists):
        lake.create_tag("v1.0.0", "work")
    assert lake.resolve("v1.0.0") == main


def test_bytes_spoiled_on_the_way_are_asked_for_again(double: Double, lake: LakeFSLake) -> None:
    double.faults.add(Fault("get_object", "garbled"))
    assert read(lake, "work", "a") == b"1"


def test_bytes_that_stay_spoiled_are_never_given(double: Double, lake: LakeFSLake) -> None:
    double.faults.add(Fault("get_object", "garbled", times=1000))
    for ask in (lake.open, lake.local_path):
        with pytest.raises(CorruptError, match="'a'"):
            ask("work", "a")


def test_bytes_that_are_gone_are_told(double: Double, lake: LakeFSLake) -> None:
    double.faults.add(Fault("get_object", "refused", times=1000, status=410))
    with pytest.raises(ObjectGone):
        lake.open("work", "a")


def test_a_server_that_says_nothing_is_given_up(double: Double, tmp_path: Path) -> None:
    lake = lake_on(double, tmp_path, timeout_s=0.05, attempts=2)
    double.faults.add(Fault("get_branch", "slow", times=2, seconds=0.3))
    with pytest.raises(LakeUnusable, match="is the server there"):
        lake.head("main")


CHANGES = ["create_branch", "delete_branch", "create_tag", "delete_objects", "commit"]


@pytest.mark.parametrize("operation", [*CHANGES, "merge_into_branch"])
def test_no_call_waits_longer_than_it_may(
    double: Double, lake: LakeFSLake, tmp_path: Path, operation: str
) -> None:
    """The call after is not slow: what the first one did late is not done twice."""
    hasty = lake_on(double, tmp_path / "hasty", timeout_s=0.2, attempts=3)
    double.faults.add(Fault(operation, "slow", times=1, seconds=0.5))
    with suppress(LakeUnusable):  # on a machine that does much else
        STEPS[operation](hasty)
    assert double.faults.calls[operation] > 1
    assert len(list(lake.log("main", first_parent=True))) <= 2


@pytest.mark.parametrize(
    "operation", ["create_branch", "create_tag", "commit", "merge_into_branch"]
)
def test_a_call_given_up_and_done_while_it_is_made_again_is_done(
    double: Double, lake: LakeFSLake, tmp_path: Path, operation: str
) -> None:
    """The second is refused, as a branch that is there, or without changes: that was the first."""
    hasty = lake_on(double, tmp_path / "hasty", timeout_s=0.2, attempts=2)
    double.faults.add(Fault(operation, "slow", times=1, seconds=0.3))
    double.faults.add(Fault(operation, "slow", times=1, seconds=0.15))
    STEPS[operation](hasty)
    assert double.faults.calls[operation] >= 2
    assert len([c for c in lake.log("main") if c.message == "publish"]) <= 1


def test_a_commit_after_which_another_came_is_told(double: Double, lake: LakeFSLake) -> None:
    branch, main = kept(double).branches["work"], lake.head("main")
    double.faults.add(Fault("commit", "act", act=lambda: setattr(branch, "head", main)))
    with pytest.raises(HeadMoved) as caught:
        write(lake, "work", {"b": b"2"})
    assert (caught.value.branch, caught.value.actual) == ("work", main)
