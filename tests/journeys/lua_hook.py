"""The script of an action over a lake of ours, as lakeFS would run it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

import yaml

from karat.errors import ObjectNotFound
from karat.gate import Asked
from karat.lake import Lake
from tests.lakefs_double.lua import run
from tests.lakefs_double.merging import HookError

PAGE = 2
"""Few, so that the script turns pages."""


class Hook:
    """Runs the first hook of an action for merges of `lake`."""

    OFFERED = ("get_object", "stat_object", "diff_refs", "list_objects")

    def __init__(self, lake: Lake, action: bytes) -> None:
        self._lake = lake
        (hook,) = yaml.load(action, Loader=yaml.BaseLoader)["hooks"]  # noqa: S506 - plain texts
        assert hook["type"] == "lua"
        self._properties = hook["properties"]

    def refuses(self, asked: Asked) -> str:
        """Return why a merge is refused, "" when it is not."""
        action = {"repository_id": "market-data", "commit_id": asked.commit, "branch_id": "main"}
        parents = list(self._lake.commit_info(asked.commit).parents)
        commit = {"parents": parents, "metadata": dict(asked.metadata)}
        script, args = self._properties["script"], self._properties["args"]
        try:
            run(script, args, {**action, "commit": commit}, self)
        except HookError as error:
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

    def diff_refs(self, _: str, left: str, right: str, after: str, *__: object) -> tuple[int, Any]:
        later = (one for one in self._lake.diff(left, right) if one.path > after)
        return 200, _page({"path": one.path, "type": one.type} for one in later)

    def list_objects(
        self, _: str, ref: str, after: str, prefix: str, *__: object
    ) -> tuple[int, Any]:
        later = (one for one in self._lake.list(ref, prefix) if one.path > after)
        return 200, _page({"path": one.path} for one in later)


def _page(found: Iterator[dict[str, str]]) -> dict[str, Any]:
    some = list(islice(found, PAGE + 1))
    more, results = len(some) > PAGE, some[:PAGE]
    told = {"has_more": more, "next_offset": results[-1]["path"] if more else ""}
    return {"results": results, "pagination": told}
