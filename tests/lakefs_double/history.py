"""Commits, what differs between two, merges, and ways back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from karat.lake import commits, history
from karat.lake.backend import Delta, Entry, Record
from karat.lake.protocol import Commit
from karat.lake.threeway import threeway
from tests.lakefs_double.hooks import before_merge
from tests.lakefs_double.objects import stats
from tests.lakefs_double.state import ApiError, Branch, Repo
from tests.lakefs_double.web import Call, Reply, route

STRATEGY = ".lakefs.merge.strategy"
TRIES = 10
BRANCH = "/repositories/{repository}/branches/{branch}"
NO_CHANGES = "no changes"


def told(call: Call, commit: Commit) -> dict[str, Any]:
    """Return a commit as the server tells it."""
    return {
        "id": commit.id,
        "parents": list(commit.parents),
        "committer": call.server.key_id,
        "message": commit.message,
        "creation_date": commit.created_at_s,
        "meta_range_id": call.repo.metarange(commit.id),
        "metadata": dict(commit.metadata),
        "generation": call.repo.record(commit.id).generation + 1,
        "version": 1,
    }


def add(repo: Repo, tree: str, parents: tuple[str, ...], why: tuple[str, Mapping[str, str]]) -> str:
    """Keep a commit; it has no metarange when no file was ever in it."""
    commit = commits.add(repo.backend, tree, parents, *why)
    repo.order.setdefault(commit, len(repo.order))
    if parents[0] in repo.bare and tree == repo.backend.trees.empty():
        repo.bare.add(commit)
    return commit


def real(repo: Repo, branch: Branch) -> dict[str, Entry | None]:
    """Return what of the waiting changes differs from the head."""
    tree = repo.tree(branch.head)
    find = repo.backend.trees.find
    return {p: e for p, e in sorted(branch.staged.items()) if find(tree, p) != e}


@route("POST", BRANCH + "/commits")
def commit(call: Call) -> Reply:
    repo, asked, name = call.repo, call.json(), call.path["branch"]
    repo.refuse_if_protected(name, "commit")
    with repo.lock:
        branch = repo.branch(name)
        changes = real(repo, branch)
        if not changes and not asked.get("allow_empty"):
            raise ApiError(400, f"commit: {NO_CHANGES}")
        tree = repo.backend.trees.apply(repo.tree(branch.head), changes)
        why = asked["message"], asked.get("metadata") or {}
        branch.head = add(repo, tree, (branch.head,), why)
        branch.staged = {}
        return Reply(201, told(call, repo.record(branch.head).commit))


@route("GET", BRANCH + "/diff")
def diff_branch(call: Call) -> Reply:
    repo, prefix = call.repo, call.query.get("prefix", "")
    branch = repo.branch(call.path["branch"])
    tree = repo.tree(branch.head)
    found = ((p, repo.backend.trees.find(tree, p), e) for p, e in real(repo, branch).items())
    deltas = [Delta(*delta) for delta in found if delta[0].startswith(prefix)]
    shown = call.page(deltas, lambda delta: delta.path)
    lines = [_diff(call, delta, "") for delta in shown["results"]]
    gone = {"size_bytes": 0}
    return Reply(
        body={**shown, "results": [x | gone if x["type"] == "removed" else x for x in lines]}
    )


@route("PUT", BRANCH)
def reset_branch(call: Call) -> Reply:
    asked, branch = call.json(), call.repo.branch(call.path["branch"])
    kind, path = asked["type"], asked.get("path") or ""
    with call.repo.lock:
        if kind == "object":
            branch.staged.pop(path, None)
        else:
            prefix = "" if kind == "reset" else path
            branch.staged = {p: e for p, e in branch.staged.items() if not p.startswith(prefix)}
    return Reply(204)


@route("GET", "/repositories/{repository}/commits/{commit}")
def get_commit(call: Call) -> Reply:
    repo = call.repo
    return Reply(body=told(call, repo.record(repo.commit_of(call.path["commit"])).commit))


@route("GET", "/repositories/{repository}/refs/{ref}/commits")
def log_commits(call: Call) -> Reply:
    repo, first = call.repo, call.flag("first_parent")
    lookup = partial(_dated_finely, repo)
    ids = [c.id for c in history.log(lookup, repo.commit_of(call.path["ref"]), first_parent=first)]
    walk = [repo.record(name).commit for name in ids]
    after = call.query.get("after", "")
    left = walk[ids.index(after) + 1 :] if after else walk
    amount = min(int(call.query.get("amount") or 100), 1000)
    shown, more = left[:amount], len(left) > amount and not call.flag("limit")
    last = shown[-1].id if more else ""
    facts = {"has_more": more, "next_offset": last, "results": len(shown), "max_per_page": 1000}
    return Reply(body={"pagination": facts, "results": [told(call, commit) for commit in shown]})


def _dated_finely(repo: Repo, name: str) -> Record:
    """Return a commit as lakeFS dates it, finer than a second: here by when it was made."""
    record = repo.record(name)
    dated = replace(record.commit, created_at_s=repo.order.get(name, -1))
    return replace(record, commit=dated)


def _diff(call: Call, delta: Delta, kind: str) -> dict[str, Any]:
    path, old, new = delta
    side = new or old
    usual = "added" if old is None else "changed" if new else "removed"
    line: dict[str, Any] = {"path": path, "path_type": "object", "type": kind or usual}
    if side is not None:
        line["size_bytes"] = side.size
        if call.flag("include_right_stats"):
            keys = ("checksum", "mtime", "content_type", "metadata")
            line["right"] = {key: stats(call, path, side)[key] for key in keys}
    return line


def _base(repo: Repo, a: str, b: str) -> str:
    found = history.merge_base(repo.record, a, b)
    if found is None:
        raise ApiError(404, "no merge base: not found")
    return found


def _sides(repo: Repo, left: str, right: str, prefix: str) -> tuple[list[Delta], list[Delta]]:
    base, diff = repo.tree(_base(repo, left, right)), repo.backend.trees.diff
    ours, theirs = (diff(base, repo.tree(side), prefix) for side in (left, right))
    return list(ours), list(theirs)


@route("GET", "/repositories/{repository}/refs/{left}/diff/{right}")
def diff_refs(call: Call) -> Reply:
    repo, prefix = call.repo, call.query.get("prefix", "")
    left, right = repo.commit_of(call.path["left"]), repo.commit_of(call.path["right"])
    kinds: dict[str, str] = {}
    if call.query.get("type") == "two_dot":
        deltas = list(repo.backend.trees.diff(repo.tree(left), repo.tree(right), prefix))
    else:
        deltas, kinds = _compared(*_sides(repo, left, right, prefix))
    shown = call.page(deltas, lambda delta: delta.path)
    lines = [_diff(call, delta, kinds.get(delta.path, "")) for delta in shown["results"]]
    return Reply(body={**shown, "results": lines})


def _compared(ours: Iterable[Delta], theirs: Iterable[Delta]) -> tuple[list[Delta], dict[str, str]]:
    theirs = list(theirs)
    merged = threeway(ours, theirs)
    wanted = merged.changes.keys() | set(merged.conflicts)
    kinds = dict.fromkeys(merged.conflicts, "conflict")
    return [delta for delta in theirs if delta.path in wanted], kinds


@route("GET", "/repositories/{repository}/refs/{source}/merge/{destination}")
def find_merge_base(call: Call) -> Reply:
    repo = call.repo
    source, into = repo.commit_of(call.path["source"]), repo.commit_of(call.path["destination"])
    told = {"source_commit_id": source, "destination_commit_id": into}
    return Reply(body={**told, "base_commit_id": _base(repo, source, into)})


@route("POST", "/repositories/{repository}/refs/{source}/merge/{destination}")
def merge_into_branch(call: Call) -> Reply:
    """The branch is written only while it is where it was read, as lakeFS does it."""
    asked = call.json()
    for _ in range(TRIES):
        if (head := _merge(call, asked)) is not None:
            return Reply(200, {"reference": head})
    raise ApiError(429, "Too many attempts, try again later")


def _merge(call: Call, asked: Mapping[str, Any]) -> str | None:
    repo, name = call.repo, call.path["destination"]
    branch = repo.branch(name)
    ours, theirs = branch.head, repo.commit_of(call.path["source"])
    if real(repo, branch):
        raise ApiError(400, f"{name}: uncommitted changes (dirty branch)")
    tree = _merged(repo, ours, theirs, empty=bool(asked.get("allow_empty")))
    facts = {**(asked.get("metadata") or {}), STRATEGY: "default"}
    parents = (ours,) if asked.get("squash_merge") else (ours, theirs)
    made = add(repo, tree, parents, (asked.get("message") or "", facts))
    before_merge(call.server, repo, name, (theirs, call.path["source"]), made)
    with repo.lock:
        if repo.branch(name) is not branch or branch.head != ours:
            return None
        branch.head = made
    return made


def _merged(repo: Repo, ours: str, theirs: str, *, empty: bool) -> str:
    base = _base(repo, ours, theirs)
    if repo.metarange(theirs) == repo.metarange(base) and not empty:
        raise ApiError(400, f"update branch: {NO_CHANGES}")
    merged = threeway(*_sides(repo, ours, theirs, ""))
    if merged.conflicts:
        raise ApiError(409, "conflict found", {"reference": ""})
    return repo.backend.trees.apply(repo.tree(ours), merged.changes)


@route("POST", BRANCH + "/revert")
def revert_branch(call: Call) -> Reply:
    asked, repo = call.json(), call.repo
    undone = repo.record(repo.commit_of(asked["ref"])).commit
    parent = undone.parents[max(0, asked.get("parent_number", 0) - 1)]
    _apply(call, repo.tree(undone.id), repo.tree(parent), f"Revert {undone.id}", {})
    return Reply(204)


@route("POST", BRANCH + "/cherry-pick")
def cherry_pick(call: Call) -> Reply:
    asked, repo = call.json(), call.repo
    picked = repo.record(repo.commit_of(asked["ref"])).commit
    facts = {**picked.metadata, "cherry-pick-origin": picked.id, "cherry-pick-committer": "admin"}
    start, end = repo.tree(picked.parents[0]), repo.tree(picked.id)
    made = _apply(call, start, end, picked.message, facts)
    return Reply(201, told(call, repo.record(made).commit))


def _apply(call: Call, start: str, end: str, message: str, facts: Mapping[str, str]) -> str:
    """Commit to the branch what leads from one tree to another; 409 where it does not fit."""
    repo, diff = call.repo, call.repo.backend.trees.diff
    with repo.lock:
        branch = repo.branch(call.path["branch"])
        here = repo.tree(branch.head)
        merged = threeway(diff(start, here, ""), diff(start, end, ""))
        if merged.conflicts:
            raise ApiError(409, "conflict found: " + json.dumps(merged.conflicts))
        tree = repo.backend.trees.apply(here, merged.changes)
        branch.head = add(repo, tree, (branch.head,), (message, facts))
        return branch.head
