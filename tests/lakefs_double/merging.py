"""What a hook is told of a merge, and what it may take from the server's environment."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from karat.lake.protocol import Commit
from tests.lakefs_double.state import Repo, Server

EVENT = "pre-merge"
PREFIX = "LAKEFSACTION_"
SECRET = re.compile(r"\{\{ ?ENV\.(.*?) ?\}\}")
HIDDEN = "*******"


class HookError(Exception):
    """Why a hook refuses, or cannot be made; `log` is what it wrote before."""

    def __init__(self, why: str, log: str = "") -> None:
        super().__init__(why)
        self.log = log


@dataclass(frozen=True)
class Merging:
    """A merge commit that is kept and not yet on the branch; `source` is a commit and its name."""

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

    def secure(self, text: str) -> tuple[str, str]:
        """Return a property with its secrets, and as it is logged (pkg/actions/secure_string.go).

        A variable without lakeFS's prefix is empty; one that is missing is a `HookError`.
        """
        found = SECRET.sub(lambda match: self._variable(match[1]), text)
        return found, HIDDEN if SECRET.search(text) else text

    def _variable(self, name: str) -> str:
        if not name.startswith(PREFIX):
            return ""
        if name not in self.server.environment:
            raise HookError(f"{name} not found: missing env var")
        return self.server.environment[name]


Hook = Callable[[Merging, Mapping[str, Any], Mapping[str, Any]], str]
"""Takes a merge, the payload and the hook's properties; gives its log, or HookError."""
