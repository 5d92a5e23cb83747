"""The double behaves as lakeFS does where the official tests do not look."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lakefs_sdk import BranchProtectionRule
from lakefs_sdk.client import LakeFSClient
from lakefs_sdk.exceptions import ApiException, ForbiddenException
from urllib3.exceptions import HTTPError

from tests.lakefs_double.clients import (
    REPOSITORY,
    branch_with,
    commit,
    head,
    merge,
    new_repository,
    official,
    upload,
)
from tests.lakefs_double.faults import Fault
from tests.lakefs_double.receiver import Receiver, receiving
from tests.lakefs_double.server import Double, serving
from tests.lakefs_double.state import Server

ACTION = "_lakefs_actions/gate.yaml"
SENT = {
    "event_type": "pre-merge",
    "action_name": "gate-main",
    "hook_id": "verdict",
    "repository_id": REPOSITORY,
    "branch_id": "main",
    "commit_message": "publish",
    "committer": "AKIAEXAMPLE",
}


@pytest.fixture(params=["memory", "local"])
def double(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Double]:
    folder = tmp_path if request.param == "local" else None
    state = Server(folder=folder, environment={"LAKEFSACTION_G": "open sesame"})
    with serving(state) as server:
        yield server


@pytest.fixture
def sdk(double: Double) -> LakeFSClient:
    client = official(double)
    new_repository(client)
    return client


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as service:
        yield service


def test_a_wrong_key_is_no_key(double: Double) -> None:
    client = official(double)
    client.config_api.api_client.configuration.password = "other"  # noqa: S105 - a wrong one
    with pytest.raises(ApiException) as caught:
        client.config_api.get_config()
    assert caught.value.status == 401


def test_protection_stops_writes_and_commits_and_no_merges(sdk: LakeFSClient) -> None:
    branch_with(sdk, "work")
    rules = [BranchProtectionRule(pattern="ma*")]
    sdk.repositories_api.set_branch_protection_rules(REPOSITORY, rules)
    assert sdk.repositories_api.get_branch_protection_rules(REPOSITORY) == rules
    assert upload(sdk, "main", "b", b"1").status == 403
    with pytest.raises(ForbiddenException):
        commit(sdk, "main")
    assert merge(sdk, "work") == head(sdk)


def test_hook_is_told_what_lakefs_tells(sdk: LakeFSClient, receiver: Receiver) -> None:
    source = branch_with(sdk, "work", {"a": b"1", ACTION: receiver.action()})
    made = merge(sdk, "work", k="v")
    sent = receiver.payloads[0]
    assert sent.pop("event_time").endswith("Z")
    facts = {"commit_metadata": {"k": "v", ".lakefs.merge.strategy": "default"}}
    where = {"source_ref": source, "merge_source": "work", "commit_id": made}
    assert sent == {**SENT, **facts, **where}
    assert receiver.headers[0]["x-gate"] == "open sesame"


def test_refusal_is_412_tells_its_run_and_moves_nothing(
    sdk: LakeFSClient, receiver: Receiver
) -> None:
    branch_with(sdk, "work", {ACTION: receiver.action()})
    before, receiver.status, receiver.reason = head(sdk), 403, "no verdict"
    with pytest.raises(ApiException) as caught:
        merge(sdk, "work")
    assert caught.value.status == 412
    assert "pre-merge hook aborted, run id '" in str(caught.value.body)
    assert "no verdict" not in str(caught.value.body)
    run = str(caught.value.body).partition("run id '")[2].partition("'")[0]
    hooks = sdk.actions_api.list_run_hooks(REPOSITORY, run).results
    assert [(hook.hook_id, hook.status) for hook in hooks] == [("verdict", "failed")]
    output = sdk.actions_api.get_run_hook_output(REPOSITORY, run, hooks[0].hook_run_id)
    assert b"no verdict" in output
    assert head(sdk) == before


def test_hook_that_nobody_answers_refuses(sdk: LakeFSClient) -> None:
    branch_with(sdk, "work", {ACTION: Receiver("http://127.0.0.1:9/hook").action()})
    with pytest.raises(ApiException) as caught:
        merge(sdk, "work")
    assert caught.value.status == 412


def test_actions_are_those_of_the_source(sdk: LakeFSClient, receiver: Receiver) -> None:
    receiver.status = 403
    branch_with(sdk, "without", {"a": b"1"})
    branch_with(sdk, "elsewhere", {"b": b"1", ACTION: receiver.action("release-*")})
    assert merge(sdk, "without") == head(sdk)
    assert merge(sdk, "elsewhere") == head(sdk)
    assert receiver.payloads == []


def test_a_head_that_moves_while_a_hook_is_asked_is_merged_on_top(
    sdk: LakeFSClient, receiver: Receiver
) -> None:
    branch_with(sdk, "other", {"b": b"1"})
    branch_with(sdk, "work", {ACTION: receiver.action()})
    moved: list[str] = []

    def move(_: object) -> None:
        if not moved:
            moved.append(merge(sdk, "other"))

    receiver.then = move
    made = merge(sdk, "work")
    assert sdk.commits_api.get_commit(REPOSITORY, made).parents[0] == moved[0]
    assert len(receiver.payloads) == 2


def test_a_branch_that_always_moves_is_too_busy(sdk: LakeFSClient, receiver: Receiver) -> None:
    branch_with(sdk, "work", {ACTION: receiver.action()})
    names = iter(f"other{number}" for number in range(20))

    def move(_: object) -> None:
        name = next(names)
        branch_with(sdk, name, {name: b"1"})
        merge(sdk, name)

    receiver.then = move
    with pytest.raises(ApiException) as caught:
        merge(sdk, "work")
    assert (caught.value.status, len(receiver.payloads)) == (429, 10)


def test_conflict_names_no_paths(sdk: LakeFSClient) -> None:
    branch_with(sdk, "one", {"a": b"1"})
    branch_with(sdk, "two", {"a": b"2"})
    merge(sdk, "one")
    with pytest.raises(ApiException) as caught:
        merge(sdk, "two")
    assert (caught.value.status, caught.value.body) == (409, '{"reference": ""}')


def test_a_merge_of_the_same_work_is_one_more_commit(sdk: LakeFSClient) -> None:
    branch_with(sdk, "one")
    branch_with(sdk, "two", message="other")  # in one second, alike in all, it were one commit
    first = merge(sdk, "one")
    assert merge(sdk, "two") != first


@pytest.mark.parametrize("how", ["dropped", "lost", "cut"])
def test_connections_end(double: Double, sdk: LakeFSClient, how: str) -> None:
    branch_with(sdk, "work")
    before = head(sdk)
    double.faults.add(Fault("commit", how))  # type: ignore[arg-type]
    upload(sdk, "work", "b", b"2")
    with pytest.raises(HTTPError):
        commit(sdk, "work")
    here = sdk.branches_api.get_branch(REPOSITORY, "work").commit_id
    seen = [line.path for line in sdk.objects_api.list_objects(REPOSITORY, here).results]
    assert seen == (["a"] if how == "dropped" else ["a", "b"])
    assert head(sdk) == before


def test_a_busy_server_says_so_as_often_as_told(double: Double, sdk: LakeFSClient) -> None:
    double.faults.add(Fault("get_branch", "refused", times=2, status=429))
    for _ in range(2):
        with pytest.raises(ApiException) as caught:
            head(sdk)
        assert caught.value.status == 429
    assert len(head(sdk)) == 64
    assert double.faults.calls["get_branch"] == 3


def test_unknown_operations_are_not_there(sdk: LakeFSClient) -> None:
    with pytest.raises(ApiException) as caught:
        sdk.pulls_api.list_pull_requests(REPOSITORY)
    assert caught.value.status == 404
