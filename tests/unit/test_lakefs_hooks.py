"""Hooks of the tests' server: those that lakeFS runs itself, in what order, with which secrets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from lakefs_sdk.client import LakeFSClient
from lakefs_sdk.exceptions import ApiException

from tests.lakefs_double.clients import (
    REPOSITORY,
    branch_with,
    head,
    merge,
    new_repository,
    official,
)
from tests.lakefs_double.merging import HookError
from tests.lakefs_double.receiver import Receiver, receiving
from tests.lakefs_double.server import Double, serving
from tests.lakefs_double.state import Server
from tests.lakefs_double.webhook import seconds

FILE = "_lakefs_actions/own.yaml"
KNOWN = {"LAKEFSACTION_G": "open sesame", "OTHER": "not for hooks"}
COMPARES = """
local head, wanted = action.commit.parents[1], action.commit.metadata["expected-head"]
if head ~= wanted then error("head is " .. head, 0) end
"""


@pytest.fixture
def double() -> Iterator[Double]:
    with serving(Server(environment=KNOWN)) as server:
        new_repository(official(server))
        yield server


@pytest.fixture
def sdk(double: Double) -> LakeFSClient:
    return official(double)


def action(*hooks: dict[str, Any], **more: Any) -> bytes:
    told = {"name": "own action", "on": {"pre-merge": {"branches": ["main"]}}, "hooks": [*hooks]}
    return yaml.safe_dump(told | more).encode()


def script(text: str, **more: Any) -> dict[str, Any]:
    own = {"id": "own-check", "type": "lua", "properties": {"script": text}}
    return own | more


def tried(sdk: LakeFSClient, *hooks: dict[str, Any], **facts: str) -> str:
    """Merge a branch with these hooks; why it was refused, "" when it was not."""
    branch_with(sdk, "work", {FILE: action(*hooks), "a": b"1", "b/c": b"{}"})
    before = head(sdk)
    told, status = "", 412
    try:
        merge(sdk, "work", **facts)
    except ApiException as error:
        told, status = str(error.body), error.status
    assert (status, head(sdk) == before) == (412, bool(told))
    return told


def log(sdk: LakeFSClient, double: Double, at: int = 0) -> str:
    run = double.state.repositories[REPOSITORY].runs[-1]
    output = sdk.actions_api.get_run_hook_output(REPOSITORY, run.id, run.hooks[at].id)
    return bytes(output).decode()


def test_a_script_compares_the_head_as_no_webhook_can(sdk: LakeFSClient) -> None:
    before = head(sdk)
    assert f"head is {before}" in tried(sdk, script(COMPARES))
    made = merge(sdk, "work", **{"expected-head": before})
    assert head(sdk) == made


def test_a_script_asks_the_server(sdk: LakeFSClient, double: Double) -> None:
    text = """
    local lakefs, json = require("lakefs"), require("encoding/json")
    local repo, merged = action.repository_id, action.commit_id
    local code, found = lakefs.diff_refs(repo, action.commit.parents[1], merged, "", "", "", 2)
    for _, change in ipairs(found.results) do print(code, change.type, change.path) end
    print(found.pagination.has_more, found.pagination.next_offset)
    print(lakefs.get_object(repo, merged, "b/c"))
    print((lakefs.get_object(repo, merged, "nowhere")))
    local _, stat = lakefs.stat_object(repo, merged, "a")
    print(json.unmarshal(stat).size_bytes, json.unmarshal(stat).path)
    local _, all = lakefs.list_objects(repo, merged, "", "b/")
    print(#all.results, all.results[1].path, username, args.word)
    print(json.marshal({one = "1"}), require("encoding/base64").encode("abc"))
    """
    hook = script(text)
    hook["properties"]["args"] = {"word": "{{ ENV.LAKEFSACTION_G }}"}
    assert tried(sdk, hook) == ""
    assert log(sdk, double).splitlines() == [
        "200\tadded\t_lakefs_actions/own.yaml",
        "200\tadded\ta",
        "True\ta",
        "200\t{}",
        "404",
        "1\ta",
        "1\tb/c\tadmin\topen sesame",
        '{"one": "1"}\tYWJj',
    ]


def test_a_script_may_lie_in_the_source(sdk: LakeFSClient) -> None:
    here = {"id": "own-check", "type": "lua", "properties": {"script_path": "scripts/check.lua"}}
    assert "HTTP 404" in tried(sdk, here)
    branch_with(
        sdk, "more", {FILE: action(here), "scripts/check.lua": b'error("found, and refuses")'}
    )
    with pytest.raises(ApiException, match="found, and refuses"):
        merge(sdk, "more")


@pytest.mark.parametrize(
    "text",
    [
        'string.gsub("a", "b", "c")',
        'require("net/http")',
        'io.open("/etc/passwd")',
        'os.execute("true")',
        "python.eval('1')",
        "this is no Lua",
        'require("hook").fail("told")',
    ],
)
def test_what_lakefs_has_not_is_an_error(sdk: LakeFSClient, text: str) -> None:
    assert "pre-merge hook aborted" in tried(sdk, script(text))


def test_hooks_after_one_that_refuses_run_if_they_ask_for_that(
    sdk: LakeFSClient, double: Double
) -> None:
    hooks = [
        script('error("no")', id="first"),
        script('print("never")', id="second"),
        script('print("then")', id="third", **{"if": "failure()"}),
        script('print("anyway")', id="fourth", **{"if": "true"}),
    ]
    assert "own action' hook 'first'" in tried(sdk, *hooks)
    run = double.state.repositories[REPOSITORY].runs[-1]
    assert [(hook.hook, hook.failed) for hook in run.hooks] == [
        ("first", True),
        ("third", False),
        ("fourth", False),
    ]
    assert [log(sdk, double, at) for at in (1, 2)] == ["then\n", "anyway\n"]


@pytest.mark.parametrize(
    "wrong",
    [
        b"name: [",
        b"- 1",
        action(script("", id="!")),
        action(script("", type="airflow")),
        action(script(""), script("")),
        action(script("", **{"if": "maybe()"})),
        action(name="", on={}),
    ],
)
def test_an_action_that_is_wrong_stops_every_merge(sdk: LakeFSClient, wrong: bytes) -> None:
    branch_with(sdk, "work", {FILE: wrong})
    with pytest.raises(ApiException, match="parsing file"):
        merge(sdk, "work")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as service:
        yield service


def asking(receiver: Receiver, **more: Any) -> dict[str, Any]:
    return {"id": "asks", "type": "webhook", "properties": {"url": receiver.url, **more}}


def test_secrets_reach_the_service_and_no_log(
    sdk: LakeFSClient, double: Double, receiver: Receiver
) -> None:
    header = "Bearer {{ ENV.LAKEFSACTION_G }}{{ENV.OTHER}}"
    query = {"who": "a b", "key": "{{ ENV.LAKEFSACTION_G }}"}
    assert tried(sdk, asking(receiver, headers={"x-gate": header}, query_params=query)) == ""
    assert receiver.headers[0]["x-gate"] == "Bearer open sesame"
    said = log(sdk, double)
    assert "x-gate: *******\n" in said
    assert "who: a b\n" in said
    assert "key: *******\n" in said
    assert "open sesame" not in said


def test_a_secret_that_is_missing_refuses(sdk: LakeFSClient, receiver: Receiver) -> None:
    hook = asking(receiver, headers={"x-gate": "{{ ENV.LAKEFSACTION_MISSING }}"})
    assert "LAKEFSACTION_MISSING not found" in tried(sdk, hook)
    assert receiver.payloads == []


@pytest.mark.parametrize("text", ["", "5", "s", "1 s", "-1s", "1d"])
def test_durations_are_gos(text: str) -> None:
    with pytest.raises(HookError, match="invalid duration"):
        seconds(text)
    assert (seconds("0"), seconds("1m0.5s"), seconds("20ms")) == (0, 60.5, 0.02)
