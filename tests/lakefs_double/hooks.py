"""Actions as lakeFS runs them: those of the source commit, before the branch is written."""

from __future__ import annotations

import fnmatch
import re
import secrets
from collections.abc import Mapping
from typing import Any

import yaml

from tests.lakefs_double.lua import lua
from tests.lakefs_double.merging import EVENT, Hook, HookError, Merging
from tests.lakefs_double.state import ApiError, HookRun, Repo, Run, Server
from tests.lakefs_double.web import Call, Reply, route
from tests.lakefs_double.webhook import webhook

FOLDER = "_lakefs_actions/"
NAME = re.compile(r"\w[\w\-. ]+", re.ASCII)
HOOK = re.compile(r"[_a-zA-Z][\-_a-zA-Z0-9]{1,255}")
IFS = {"": False, "success()": False, "failure()": True, "true": None}
"""Conditions that are known here: whether they ask for an earlier hook to have refused."""
RUNS = "/repositories/{repository}/actions/runs"


KINDS: dict[str, Hook] = {"webhook": webhook, "lua": lua}


def before_merge(
    server: Server, repo: Repo, branch: str, source: tuple[str, str], made: str
) -> None:
    """Run the actions that the source commit holds for this branch; 412 when one refuses."""
    merging = Merging(server, repo, branch, source, repo.record(made).commit)
    actions = [action for action in _actions(repo, source[0]) if _matches(action, branch)]
    if not actions:
        return
    run = f"run{secrets.token_hex(8)}"
    hooks = tuple(
        done for number, action in enumerate(actions) for done in _run(merging, number, action)
    )
    repo.runs.append(Run(run, EVENT, branch, made, hooks))
    failed = [hook for hook in hooks if hook.failed]
    if failed:
        told = "".join(f"\t* {_error(hook)}\n" for hook in failed)
        one = "1 error" if len(failed) == 1 else f"{len(failed)} errors"
        why = f"{one} occurred:\n{told}\n"
        raise ApiError(412, f"update branch {branch}: {EVENT} hook aborted, run id '{run}': {why}")


def _actions(repo: Repo, commit: str) -> list[dict[str, Any]]:
    stream = repo.backend.blobs.open
    found = repo.backend.trees.entries(repo.tree(commit), FOLDER)
    return [_read(path, stream(entry.content_hash, entry.size).read()) for path, entry in found]


def _read(path: str, text: bytes) -> dict[str, Any]:
    """Return an action; one that is wrong stops every merge (pkg/actions/action.go)."""
    try:
        # All values as text: "on" is no key of that name to a YAML 1.1 reader otherwise.
        action = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506
        hooks = action["hooks"]
        good = NAME.fullmatch(action["name"]) and action["on"] and all(map(_known, hooks))
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise ApiError(412, f"{EVENT} hook aborted: parsing file {path}: {error}") from error
    if not good or len({hook["id"] for hook in hooks}) < len(hooks):
        raise ApiError(412, f"{EVENT} hook aborted: parsing file {path}: invalid action")
    return dict(action)


def _known(hook: Mapping[str, Any]) -> bool:
    known = hook["type"] in KINDS and hook.get("if", "") in IFS
    return known and bool(HOOK.fullmatch(hook["id"]))


def _matches(action: Mapping[str, Any], branch: str) -> bool:
    events = action["on"]
    patterns = (events.get(EVENT) or {}).get("branches") if EVENT in events else None
    everywhere = EVENT in events and not patterns
    return everywhere or any(fnmatch.fnmatchcase(branch, p) for p in patterns or ())


def _run(merging: Merging, number: int, action: Mapping[str, Any]) -> list[HookRun]:
    """Run an action's hooks in order; what follows one that refuses must ask for that."""
    done: list[HookRun] = []
    for index, hook in enumerate(action["hooks"]):
        wanted = IFS[hook.get("if", "")]
        if wanted is None or wanted == any(run.failed for run in done):
            done.append(_run_one(merging, f"{number:04d}_{index:04d}", action["name"], hook))
    return done


def _run_one(merging: Merging, name: str, action: str, hook: Mapping[str, Any]) -> HookRun:
    payload, why = merging.payload(action, hook["id"]), ""
    try:
        log = KINDS[hook["type"]](merging, payload, hook.get("properties") or {})
    except HookError as error:
        why, log = str(error), error.log
        log += f"Error: action failed: {why}\n"
    return HookRun(name, action, hook["id"], bool(why), log)


def _error(hook: HookRun) -> str:
    why = hook.output.rpartition("Error: ")[2].strip()
    return f"hook run id '{hook.id}' failed on action '{hook.action}' hook '{hook.hook}': {why}"


def _found(call: Call) -> Run:
    for run in call.repo.runs:
        if run.id == call.path["run"]:
            return run
    raise ApiError(404, "run id not found: not found")


def _told(run: Run) -> dict[str, Any]:
    status = "failed" if any(hook.failed for hook in run.hooks) else "completed"
    facts = {"run_id": run.id, "branch": run.branch, "event_type": run.event, "status": status}
    return {**facts, "commit_id": run.commit, "start_time": "2020-01-01T00:00:00Z"}


@route("GET", RUNS + "/{run}")
def get_run(call: Call) -> Reply:
    return Reply(body=_told(_found(call)))


@route("GET", RUNS + "/{run}/hooks")
def list_run_hooks(call: Call) -> Reply:
    lines = [
        {
            "hook_run_id": hook.id,
            "action": hook.action,
            "hook_id": hook.hook,
            "start_time": "2020-01-01T00:00:00Z",
            "status": "failed" if hook.failed else "completed",
        }
        for hook in _found(call).hooks
    ]
    return Reply(body=call.page(lines, lambda line: str(line["hook_run_id"])))


@route("GET", RUNS + "/{run}/hooks/{hook}/output")
def get_run_hook_output(call: Call) -> Reply:
    for hook in _found(call).hooks:
        if hook.id == call.path["hook"]:
            return Reply(200, hook.output.encode(), {"Content-Type": "application/octet-stream"})
    raise ApiError(404, "hook run id not found: not found")
