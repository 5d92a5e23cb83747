"""Hooks that lakeFS runs itself, in Lua, with its own API at hand (pkg/actions/lua.go).

Of the modules that lakeFS has there are those that talk to the server, JSON, base64 and `hook`;
to ask for another is an error, as is string matching, which lakeFS's Lua lacks.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from tests.lakefs_double.merging import EVENT, HookError, Merging
from tests.lakefs_double.state import ApiError, Server
from tests.lakefs_double.web import Call, Reply, found

LACKING = ("gsub", "gmatch", "match", "find")
LIST = ("after", "prefix", "delimiter", "amount")


def lua(merging: Merging, payload: Mapping[str, Any], properties: Mapping[str, Any]) -> str:
    """Run the script of a hook: an error in it refuses."""
    script, client = properties.get("script"), Client(merging.server)
    if not script:
        if not properties.get("script_path"):
            raise HookError("'script' or 'script_path' must be supplied: wrong value type")
        path = properties["script_path"]
        code, script = client.get_object(merging.repo.id, merging.source[0], path)
        if code != 200:
            raise HookError(f"could not load script_path {path}: HTTP {code}: invalid action")
    return run(script, _filled(merging, properties.get("args") or {}), action(merging, payload),
               client)  # fmt: skip


def run(script: str, args: Any, action: Mapping[str, Any], client: Any) -> str:
    """Run a script with these globals; what it printed, or HookError."""
    from lupa.lua54 import LuaError, LuaRuntime

    runtime, printed = LuaRuntime(unpack_returned_tuples=True), list[str]()
    state, own = runtime.globals(), _tables(runtime)
    failed: list[str] = []

    def fail(why: str) -> None:
        failed.append(why)
        raise HookError(why)

    modules: dict[str, dict[str, Callable[..., Any]]] = {
        "lakefs": {name: _returning(own, getattr(client, name)) for name in client.OFFERED},
        "encoding/json": {
            "unmarshal": lambda text: own(json.loads(text)),
            "marshal": lambda value: json.dumps(_plain(value)),
        },
        "encoding/base64": {
            "decode": lambda text: base64.b64decode(text).decode(),
            "encode": lambda text: base64.b64encode(text.encode()).decode(),
        },
        "hook": {"fail": fail},
    }
    state.action, state.args, state.username = own(action), own(args), "admin"
    state.print = lambda *words: printed.append("\t".join(map(str, words)) + "\n")
    state.require = lambda name: runtime.table_from(modules[name])
    for name in LACKING:
        state.string[name] = None
    for name in ("io", "os", "dofile", "loadfile", "python"):
        state[name] = None
    try:
        runtime.execute(script)
    except (LuaError, HookError, KeyError) as error:
        raise HookError(failed[0] if failed else str(error), "".join(printed)) from error
    return "".join(printed)


def action(merging: Merging, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the global `action` of a hook's script."""
    commit = merging.commit
    made = datetime.fromtimestamp(commit.created_at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "action_name": payload["action_name"],
        "hook_id": payload["hook_id"],
        "run_id": "",
        "pre_run_id": "",
        "event_type": EVENT,
        "commit_id": commit.id,
        "branch_id": merging.branch,
        "source_ref": merging.source[0],
        "tag_id": "",
        "merge_source": merging.source[1],
        "repository_id": merging.repo.id,
        "storage_namespace": merging.repo.namespace,
        "commit": {
            "message": commit.message,
            "meta_range_id": merging.repo.metarange(commit.id),
            "creation_date": made,
            "version": 1,
            "metadata": dict(commit.metadata),
            "parents": list(commit.parents),
        },
    }


class Client:
    """The server's API from inside, as `require("lakefs")` has it."""

    OFFERED = ("get_object", "stat_object", "diff_refs", "list_objects", "diff_branch")

    def __init__(self, server: Server) -> None:
        self._server = server

    def get_object(self, repository: str, ref: str, path: str) -> tuple[int, str]:
        """Return the status, and the bytes or what is wrong, as a text."""
        reply = self._asked(f"/repositories/{repository}/refs/{ref}/objects", {"path": path})
        return reply.status, _text(reply)

    def stat_object(
        self, repository: str, ref: str, path: str, user_metadata: bool = True
    ) -> tuple[int, str]:
        """Return the status, and JSON as a text."""
        wanted = {"path": path, "user_metadata": str(user_metadata).lower()}
        reply = self._asked(f"/repositories/{repository}/refs/{ref}/objects/stat", wanted)
        return reply.status, _text(reply)

    def diff_refs(self, repository: str, left: str, right: str, *page: Any) -> tuple[int, Any]:
        """Return the status and a table, of what `right` did: three dots, as lakeFS has it."""
        reply = self._asked(f"/repositories/{repository}/refs/{left}/diff/{right}", _page(page))
        return reply.status, reply.body

    def list_objects(self, repository: str, ref: str, *page: Any) -> tuple[int, Any]:
        """Return the status and a table."""
        reply = self._asked(f"/repositories/{repository}/refs/{ref}/objects/ls", _page(page))
        return reply.status, reply.body

    def diff_branch(
        self, repository: str, branch: str, after: str = "", amount: int = 100, prefix: str = ""
    ) -> tuple[int, Any]:
        """Return the status and a table."""
        page = {"after": after, "amount": str(amount), "prefix": prefix}
        reply = self._asked(f"/repositories/{repository}/branches/{branch}/diff", page)
        return reply.status, reply.body

    def _asked(self, path: str, query: Mapping[str, str]) -> Reply:
        try:
            handler, parts = found("GET", path)
            return handler(Call(self._server, parts, query, {}, BytesIO()))
        except ApiError as error:
            return Reply(error.status, dict(error.body))


def _page(given: tuple[Any, ...]) -> dict[str, str]:
    return {key: str(value) for key, value in zip(LIST, given, strict=False)}


def _text(reply: Reply) -> str:
    if reply.size is None:
        return json.dumps(reply.body)
    with reply.body as stream:
        return str(stream.read().decode())


def _filled(merging: Merging, args: Any) -> Any:
    if isinstance(args, dict):
        return {key: _filled(merging, value) for key, value in args.items()}
    if isinstance(args, list):
        return [_filled(merging, value) for value in args]
    return merging.secure(args)[0] if isinstance(args, str) else args


def _returning(own: Callable[[Any], Any], call: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *given: tuple(own(value) for value in call(*given))


def _tables(runtime: Any) -> Callable[[Any], Any]:
    def own(value: Any) -> Any:
        if isinstance(value, list):
            return runtime.table_from([own(one) for one in value])
        if isinstance(value, Mapping):
            return runtime.table_from({key: own(one) for key, one in value.items()})
        return value

    return own


def _plain(value: Any) -> Any:
    if hasattr(value, "items"):
        return {key: _plain(one) for key, one in value.items()}
    return value
