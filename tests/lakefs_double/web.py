"""Requests and answers, and which function answers which: `route` keeps the list."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, TypeVar

from tests.lakefs_double.state import ApiError, Repo, Server

API = "/api/v1"
MOST = 1000


@dataclass
class Call:
    """One request: `path` holds the parts of the address by name, `query` its parameters."""

    server: Server
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: BinaryIO

    @property
    def repo(self) -> Repo:
        """Return the repository that the address names; 404."""
        return self.server.repo(self.path["repository"])

    def json(self) -> Any:
        """Return the body; 400 when it is no JSON."""
        try:
            return json.loads(self.body.read() or b"{}")
        except ValueError as error:
            raise ApiError(400, f"body is no JSON: {error}") from error

    def flag(self, name: str) -> bool:
        """Return a parameter that is true or false; the SDK writes ``True``."""
        return self.query.get(name, "").lower() == "true"

    def needed(self, name: str) -> str:
        """Return a parameter that must be there; 400."""
        if not self.query.get(name):
            raise ApiError(400, f"{name} is required")
        return self.query[name]

    def page(self, items: Sequence[Any], name: Callable[[Any], str]) -> dict[str, Any]:
        """Return what of `items`, in the order of their names, follows ``after``."""
        after, amount = self.query.get("after", ""), int(self.query.get("amount") or 100)
        left = [item for item in items if name(item) > after]
        return page(left, min(amount, MOST) if amount > 0 else MOST, name)


def page(left: Sequence[Any], amount: int, name: Callable[[Any], str]) -> dict[str, Any]:
    """Return the first `amount` of what is left, and where to go on."""
    shown, more = left[:amount], len(left) > amount
    last = name(shown[-1]) if more else ""
    facts = {"has_more": more, "next_offset": last, "results": len(shown), "max_per_page": MOST}
    return {"pagination": facts, "results": list(shown)}


@dataclass
class Reply:
    """An answer: `body` is JSON unless it is bytes, or a file of `size` bytes."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    size: int | None = None


Handler = Callable[[Call], Reply]
Function = TypeVar("Function", bound=Handler)
ROUTES: list[tuple[str, re.Pattern[str], Handler]] = []


def route(method: str, template: str) -> Callable[[Function], Function]:
    """Have a function answer `method` at an address such as ``/repositories/{repository}``."""
    pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template))

    def keep(function: Function) -> Function:
        ROUTES.append((method, pattern, function))
        return function

    return keep


def found(method: str, path: str) -> tuple[Handler, dict[str, str]]:
    """Return who answers, and the parts of the address; 404, 405."""
    others = False
    for verb, pattern, handler in ROUTES:
        if match := pattern.fullmatch(path):
            if verb == method:
                return handler, match.groupdict()
            others = True
    raise ApiError(405 if others else 404, f"no operation {method} {path}")
