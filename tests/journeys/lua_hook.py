"""lakeFS's Lua hooks, over a lake of ours: the script of an action, with what lakeFS gives it."""

from __future__ import annotations

import base64
import json
from itertools import islice
from typing import Any

import yaml
from lupa.lua54 import LuaError, LuaRuntime

from karat.errors import ObjectNotFound
from karat.gate import Asked
from karat.lake import Lake

PAGE = 2
"""Few, so that the script turns pages."""


class Hook:
    """Runs the first hook of an action for merges of `lake`."""

    def __init__(self, lake: Lake, action: bytes) -> None:
        self._lake, self._lua = lake, LuaRuntime(unpack_returned_tuples=True)
        (hook,) = yaml.load(action, Loader=yaml.BaseLoader)["hooks"]  # noqa: S506 - plain texts
        assert hook["type"] == "lua"
        self._properties = hook["properties"]

    def refuses(self, asked: Asked) -> str:
        """Return why a merge is refused, "" when it is not."""
        state, own = self._lua.globals(), self._table
        action = {"repository_id": "market-data", "commit_id": asked.commit, "branch_id": "main"}
        parents = list(self._lake.commit_info(asked.commit).parents)
        state.action = own({**action, "commit": {"parents": parents, "metadata": asked.metadata}})
        state.args = own(self._properties["args"])
        modules = {
            "lakefs": {
                name: getattr(self, name) for name in ("get_object", "stat_object", "diff_refs")
            },
            "encoding/json": {"unmarshal": lambda text: own(json.loads(text))},
            "encoding/base64": {"decode": lambda text: base64.b64decode(text).decode()},
        }
        state.require = lambda name: self._lua.table_from(modules[name])
        for name in ("gsub", "gmatch", "match", "find"):
            state.string[name] = None  # lakeFS's Lua has none of them
        try:
            self._lua.execute(self._properties["script"])
        except LuaError as error:
            return str(error)
        return ""

    def get_object(self, _: str, ref: str, path: str) -> tuple[int, str]:
        try:
            with self._lake.open(ref, path) as stream:
                return 200, stream.read().decode()
        except ObjectNotFound:
            return 404, ""

    def stat_object(self, _: str, ref: str, path: str) -> tuple[int, str]:
        try:
            found = self._lake.stat(ref, path)
        except ObjectNotFound:
            return 404, ""
        return 200, json.dumps({"metadata": {"content-sha256": found.content_hash}})

    def diff_refs(
        self, _: str, left: str, right: str, after: str, *__: object
    ) -> tuple[int, object]:
        later = (one for one in self._lake.diff(left, right) if one.path > after)
        some = list(islice(later, PAGE + 1))
        more = len(some) > PAGE
        results = [{"path": one.path, "type": one.type} for one in some[:PAGE]]
        told = {"has_more": more, "next_offset": results[-1]["path"] if more else ""}
        return 200, self._table({"results": results, "pagination": told})

    def _table(self, value: Any) -> Any:
        if isinstance(value, list):
            return self._lua.table_from([self._table(one) for one in value])
        if hasattr(value, "items"):
            return self._lua.table_from({key: self._table(one) for key, one in value.items()})
        return value
