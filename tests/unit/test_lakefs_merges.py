"""Merges in lakeFS: refusals with their reasons, heads that moved, and branches written to."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.errors import (
    ConflictError,
    GateRefused,
    HeadMoved,
    InputError,
    MergeConflict,
    MergedOnMovedHead,
    NothingToMerge,
    ProtectedRef,
)
from karat.lake.lakefs import LakeFSLake
from karat.lake.lakefs_merging import answered
from karat.lake.testing.writing import paths, publish, write
from tests.lakefs_double.clients import branch_with, official, upload
from tests.lakefs_double.faults import Fault
from tests.lakefs_double.lakes import kept, lake_on
from tests.lakefs_double.receiver import Receiver, receiving
from tests.lakefs_double.server import Double, serving
from tests.lakefs_double.state import Server

ACTION = "_lakefs_actions/gate.yaml"


@pytest.fixture
def double() -> Iterator[Double]:
    with serving(Server(environment={"LAKEFSACTION_G": "open sesame"})) as server:
        yield server


@pytest.fixture
def lake(double: Double, tmp_path: Path) -> LakeFSLake:
    return lake_on(double, tmp_path)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as service:
        yield service


def gated(double: Double, receiver: Receiver) -> None:
    """Have a branch ``work`` whose merges ask the service."""
    branch_with(official(double), "work", {"a": b"1", ACTION: receiver.action()})


@pytest.mark.parametrize(
    ("answer", "reasons"),
    [
        ("no verdict for a", {"verdict": "no verdict for a"}),
        ('{"allow": false, "reasons": {"a/b": "no verdict"}}', {"a/b": "no verdict"}),
        ('{"reasons": ["late", "unsigned"]}', {"verdict": "late; unsigned"}),
        ('{"allow": false}', {"verdict": '{"allow": false}'}),
        ("[1]", {"verdict": "[1]"}),
        ("", {"verdict": "action failed: webhook request failed (status code: 403)"}),
    ],
)
def test_refusal_tells_the_reason(
    double: Double, lake: LakeFSLake, receiver: Receiver, answer: str, reasons: dict[str, str]
) -> None:
    gated(double, receiver)
    head, receiver.status, receiver.reason = lake.head("main"), 403, answer
    with pytest.raises(GateRefused) as caught:
        lake.merge("work", "main", message="publish", expected_head=head)
    assert caught.value.reasons == reasons
    assert all(why in str(caught.value) for why in reasons.values())
    assert lake.head("main") == head
    assert len(receiver.payloads) == 1


def test_a_hook_that_nobody_answers_refuses_and_says_so(double: Double, lake: LakeFSLake) -> None:
    gated(double, Receiver("http://127.0.0.1:9/hook"))
    with pytest.raises(GateRefused, match=r"127\.0\.0\.1") as caught:
        lake.merge("work", "main", message="publish")
    assert list(caught.value.reasons) == ["verdict"]


def test_admitted_merge_says_what_was_expected_to_the_hook_alone(
    double: Double, lake: LakeFSLake, receiver: Receiver
) -> None:
    gated(double, receiver)
    head = lake.head("main")
    made = lake.merge("work", "main", message="publish", metadata={"k": "v"}, expected_head=head)
    told = receiver.payloads[0]
    assert (told["commit_metadata"]["expected-head"], told["commit_id"]) == (head, made)
    assert lake.commit_info(made).metadata == {"k": "v"}


@pytest.mark.parametrize("key", ["expected-head", ".lakefs.merge.strategy"])
def test_the_lakes_own_keys_cannot_be_given(lake: LakeFSLake, key: str) -> None:
    write(lake, "work", {"a": b"1"})
    with pytest.raises(InputError, match=key):
        lake.merge("work", "main", message="publish", metadata={key: "x"})
    assert not paths(lake, "main")


def test_head_that_moves_between_check_and_merge_is_found_out(
    double: Double, lake: LakeFSLake, tmp_path: Path
) -> None:
    write(lake, "work", {"a": b"1"})
    head, other = lake.head("main"), lake_on(double, tmp_path / "other")
    double.faults.add(Fault("merge_into_branch", "act", act=lambda: publish(other, {"b": b"1"})))
    with pytest.raises(MergedOnMovedHead, match="judge it again") as caught:
        lake.merge("work", "main", message="mine", expected_head=head)
    made = caught.value
    assert (made.commit, made.expected) == (lake.head("main"), head)
    assert lake.commit_info(made.commit).parents[0] == made.actual != head


def test_a_hook_that_compares_heads_makes_that_impossible(
    double: Double, lake: LakeFSLake, receiver: Receiver, tmp_path: Path
) -> None:
    """The service refuses a merge whose first parent is not what was expected."""
    gated(double, receiver)
    head, other = lake.head("main"), lake_on(double, tmp_path / "other")

    def compare(payload: dict[str, dict[str, str]]) -> None:
        parent = other.commit_info(str(payload["commit_id"])).parents[0]
        expected = payload["commit_metadata"]["expected-head"]
        receiver.status = 200 if parent == expected else 409

    receiver.then = compare  # type: ignore[assignment]
    double.faults.add(Fault("merge_into_branch", "act", act=lambda: publish(other, {"b": b"1"})))
    with pytest.raises(HeadMoved) as caught:
        lake.merge("work", "main", message="mine", expected_head=head)
    assert (caught.value.expected, caught.value.actual) == (head, lake.head("main"))
    assert paths(lake, "main") == ["b"]
    lake.merge("work", "main", message="mine", expected_head=lake.head("main"))


def test_a_lost_race_is_run_again(double: Double, lake: LakeFSLake) -> None:
    write(lake, "work", {"a": b"1"})
    double.faults.add(Fault("merge_into_branch", "refused", times=2, status=409))
    assert lake.merge("work", "main", message="publish") == lake.head("main")


def test_conflict_names_more_paths_than_a_page_holds(lake: LakeFSLake, double: Double) -> None:
    names = [f"{number:04d}" for number in range(1005)]
    for branch, data in (("one", b"1"), ("two", b"2")):
        branch_with(official(double), branch, dict.fromkeys(names, data))
    lake.merge("one", "main", message="one")
    with pytest.raises(MergeConflict) as caught:
        lake.merge("two", "main", message="two")
    assert caught.value.paths == tuple(names)


def test_the_same_work_twice_is_nothing_to_merge(lake: LakeFSLake) -> None:
    """lakeFS itself would add a commit that changes nothing."""
    write(lake, "one", {"a": b"1"})
    write(lake, "two", {"a": b"1"})
    head = lake.merge("one", "main", message="one")
    with pytest.raises(NothingToMerge):
        lake.merge("two", "main", message="two")
    assert lake.head("main") == head


def test_main_that_someone_wrote_to_is_told(double: Double, lake: LakeFSLake) -> None:
    write(lake, "work", {"a": b"1"})
    sdk = official(double)
    assert upload(sdk, "main", "b", b"2").status == 403
    kept(double).protected.clear()
    assert upload(sdk, "main", "b", b"2").status == 201
    assert paths(lake, "main") == []
    with pytest.raises(ConflictError, match="did not commit"):
        lake.merge("work", "main", message="publish")


def test_a_branch_protected_by_others_is_told(double: Double, lake: LakeFSLake) -> None:
    kept(double).protected.append("release-*")
    with pytest.raises(ProtectedRef, match="protected"):
        write(lake, "release-1", {"a": b"1"})


@given(st.text(), st.text())
def test_any_log_gives_a_reason(before: str, answer: str) -> None:
    log = f"{before}\nResponse:\nHTTP/1.1 403 Forbidden\r\n\r\n{answer}Error: action failed: no\n"
    reasons = answered("hook", log)
    assert reasons == {} or all(isinstance(why, str) for why in reasons.values())
    assert answered("hook", "") == {"hook": ""}
