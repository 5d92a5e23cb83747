"""Actions as lakeFS runs them: those of the source commit, before the branch is written."""

from __future__ import annotations

import fnmatch
import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import urllib3
import yaml

from karat.lake.protocol import Commit
from tests.lakefs_double.state import ApiError, HookRun, Repo, Run, Server
from tests.lakefs_double.web import Call, Reply, route

FOLDER = "_lakefs_actions/"
EVENT = "pre-merge"
SECRET = re.compile(r"\{\{\s*ENV\.(LAKEFSACTION_\w+)\s*\}\}")
RUNS = "/repositories/{repository}/actions/runs"


@dataclass(frozen=True)
class Merging:
    """What a hook is told of: a merge commit that is kept and not yet on the branch."""

    server: Server
    repo: Repo
    branch: str
    source: tuple[str, str]
    commit: Commit

    def payload(self, action: str, hook: str) -> dict[str, Any]:
        """Return what lakeFS posts (pkg/actions/event.go); empty values are left out."""
        told = {
            "event_type": EVENT,
            "event_time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "action_name": action,
            "hook_id": hook,
            "repository_id": self.repo.id,
            "branch_id": self.branch,
            "source_ref": self.source[0],
            "commit_id": self.commit.id,
            "commit_message": self.commit.message,
            "committer": self.server.key_id,
            "commit_metadata": dict(self.commit.metadata),
            "merge_source": self.source[1],
        }
        return {key: value for key, value in told.items() if value}


Hook = Callable[[Merging, Mapping[str, Any], Mapping[str, Any]], tuple[str, str]]
"""Takes a merge, the payload and the hook's properties; gives why it refuses ("") and its log."""


def webhook(
    merging: Merging, payload: Mapping[str, Any], properties: Mapping[str, Any]
) -> tuple[str, str]:
    """Ask a service: any status of 2xx admits, all else refuses."""
    secret = merging.server.environment
    headers = {
        key: SECRET.sub(lambda found: secret[found[1]], value)
        for key, value in properties.get("headers", {}).items()
    }
    body = json.dumps(payload, separators=(",", ":"))
    seconds = float(str(properties.get("timeout", "60s")).removesuffix("s"))
    log = f"Request:\nPOST {properties['url']}\nRequest Body:\n{body}\n\n"
    try:
        with urllib3.PoolManager(retries=False, timeout=seconds) as pool:
            headers["Content-Type"] = "application/json"
            answer = pool.request("POST", properties["url"], body=body, headers=headers)
    except urllib3.exceptions.HTTPError as error:
        return str(error), log
    log += f"\nResponse:\nHTTP/1.1 {answer.status} {answer.reason}\r\n\r\n{answer.data.decode()}"
    if 200 <= answer.status < 300:
        return "", log
    return f"webhook request failed (status code: {answer.status})", log


KINDS: dict[str, Hook] = {"webhook": webhook}


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
    texts = (stream(entry.content_hash, entry.size).read() for _, entry in found)
    # All values as text: "on" is no key of that name to a YAML 1.1 reader otherwise.
    return [yaml.load(text, Loader=yaml.BaseLoader) for text in texts]  # noqa: S506


def _matches(action: Mapping[str, Any], branch: str) -> bool:
    events = action.get("on") or {}
    patterns = (events.get(EVENT) or {}).get("branches") if EVENT in events else None
    everywhere = EVENT in events and not patterns
    return everywhere or any(fnmatch.fnmatchcase(branch, p) for p in patterns or ())


def _run(merging: Merging, number: int, action: Mapping[str, Any]) -> list[HookRun]:
    """Run an action's hooks in order; what follows one that refuses is skipped."""
    done: list[HookRun] = []
    for index, hook in enumerate(action["hooks"]):
        name = f"{number:04d}_{index:04d}"
        payload = merging.payload(action["name"], hook["id"])
        why, log = KINDS[hook["type"]](merging, payload, hook.get("properties") or {})
        output = log + (f"\nError: action failed: {why}\n" if why else "")
        done.append(HookRun(name, action["name"], hook["id"], bool(why), output))
        if why:
            break
    return done


def _error(hook: HookRun) -> str:
    why = hook.output.rpartition("\nError: ")[2].strip()
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
