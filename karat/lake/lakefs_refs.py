"""Names and commits of a lakeFS repository."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from lakefs_sdk import BranchCreation, TagCreation

from karat.errors import RefExists, RefNotFound
from karat.lake.lakefs_calls import Calls, something
from karat.lake.lakefs_failures import CONFLICT, status
from karat.lake.lakefs_metadata import commit_facts
from karat.lake.paths import check_branch, check_ref, is_commit_id
from karat.lake.protocol import Commit, CommitId, Ref

KNOWN_COMMITS = 10_000


class Refs:
    """Branches, tags and commits; a commit is asked for once, because it never changes."""

    def __init__(self, calls: Calls) -> None:
        self._calls, self._api = calls, calls.api
        self._commits: dict[CommitId, Commit] = {}

    def head(self, branch: str) -> CommitId:
        """Return the last commit of a branch; RefNotFound."""
        missing = RefNotFound(f"no branch {check_branch(branch)!r}: list them with branches()")
        get = self._api.branches_api.get_branch
        found = self._calls.ask(
            f"find branch {branch!r}", get, self._repository, branch, missing=missing
        )
        return str(found.commit_id)

    def commit(self, ref: str) -> Commit:
        """Return what is known of the commit that `ref` names; RefNotFound."""
        if check_ref(ref) in self._commits:
            return self._commits[ref]
        kind = "commit" if is_commit_id(ref) else "branch or tag"
        missing = RefNotFound(f"no {kind} {ref!r}: list them with branches(), tags() and log()")
        get = self._api.commits_api.get_commit
        found = self._calls.ask(f"find {ref!r}", get, self._repository, ref, missing=missing)
        return self.keep(found)

    def keep(self, told: Any) -> Commit:
        """Return and remember a commit as the server tells it."""
        commit = Commit(
            id=told.id,
            parents=tuple(parent for parent in told.parents if parent),
            message=told.message,
            metadata=commit_facts(told.metadata, len(told.parents)),
            created_at_s=told.creation_date,
            tree_id=told.meta_range_id,
        )
        if len(self._commits) >= KNOWN_COMMITS:
            self._commits.clear()
        self._commits[commit.id] = commit
        return commit

    def create_branch(self, name: str, at: CommitId, *, exist_ok: bool, hidden: bool) -> None:
        """Start a branch at a commit; RefExists."""
        asked = BranchCreation(name=name, source=at, hidden=hidden)
        create = self._api.branches_api.create_branch
        self._create(
            "branch",
            name,
            at,
            lambda: something(create(self._repository, asked, **self._calls.limits)),
            exist_ok=exist_ok,
        )

    def create_tag(self, name: str, at: CommitId, *, exist_ok: bool) -> None:
        """Name a commit for ever; RefExists."""
        create, asked = self._api.tags_api.create_tag, TagCreation(id=name, ref=at)
        self._create(
            "tag",
            name,
            at,
            lambda: something(create(self._repository, asked, **self._calls.limits)),
            exist_ok=exist_ok,
        )

    def delete_branch(self, name: str) -> None:
        """Forget a branch; RefNotFound."""
        missing = RefNotFound(f"no branch {name!r}: list them with branches()")
        delete = self._api.branches_api.delete_branch
        self._calls.change(
            f"delete branch {name!r}",
            lambda: delete(self._repository, name, **self._calls.limits),
            missing,
            settled=lambda: True if self._at("branch", name) is None else None,
        )

    def branches(self, prefix: str) -> Iterator[Ref]:
        """Yield branches by name, those of sessions too."""
        call = self._api.branches_api.list_branches
        return self._listed("branches", call, prefix, show_hidden=True)

    def tags(self, prefix: str) -> Iterator[Ref]:
        """Yield tags by name."""
        return self._listed("tags", self._api.tags_api.list_tags, prefix)

    def log(self, start: CommitId, *, first_parent: bool, amount: int | None) -> Iterator[Commit]:
        """Yield a commit and its ancestors, each before its parents."""
        call, after, left = self._api.refs_api.log_commits, "", amount
        seen = {""}
        while left is None or left > 0:
            size = 1000 if left is None else min(left, 1000)
            found = self._calls.ask(
                f"read the log of {start}",
                call,
                self._repository,
                start,
                after=after,
                amount=size,
                first_parent=first_parent,
            )
            yield from (self.keep(told) for told in found.results)
            after, more = self._calls.next_page("read the log", found.pagination, seen)
            if not more:
                return
            left = None if left is None else left - size

    def merge_base(self, a: CommitId, b: CommitId) -> CommitId | None:
        """Return the nearest common ancestor, or None."""
        none = RefNotFound(f"{a} and {b} have nothing in common")
        call = self._api.refs_api.find_merge_base
        try:
            found = self._calls.ask("find a merge base", call, self._repository, a, b, missing=none)
        except RefNotFound:
            return None
        return str(found.base_commit_id) or None

    @property
    def _repository(self) -> str:
        return self._calls.repository

    def _create(self, kind: str, name: str, at: CommitId, call: Any, *, exist_ok: bool) -> None:
        """Make a name; after a lost answer one that is at `at` counts as made by this call."""

        def taken(error: BaseException) -> RefExists | None:
            return (
                RefExists(f"{name!r} is taken: choose another name")
                if status(error) == CONFLICT
                else None
            )

        def made() -> Literal[True] | None:
            return True if self._at(kind, name) == at else None

        try:
            missing = RefNotFound(f"no commit {at!r} in this lake")
            self._calls.change(f"make {kind} {name!r}", call, missing, taken, made)
        except RefExists:
            if not (exist_ok and made()):
                raise

    def _at(self, kind: str, name: str) -> CommitId | None:
        """Return the commit of a branch or tag, or None."""
        none = RefNotFound(name)
        api = self._api
        get = api.branches_api.get_branch if kind == "branch" else api.tags_api.get_tag
        try:
            found = self._calls.ask(
                f"find {kind} {name!r}", get, self._repository, name, missing=none
            )
        except RefNotFound:
            return None
        return str(found.commit_id)

    def _listed(self, what: str, call: Any, prefix: str, **options: Any) -> Iterator[Ref]:
        found = self._calls.pages(f"list {what}", call, self._repository, prefix=prefix, **options)
        return (Ref(ref.id, ref.commit_id) for ref in found)
