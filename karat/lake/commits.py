"""Names and commits over a `Backend`: find one, add one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from karat.digest import digest
from karat.errors import HeadMoved, RefNotFound
from karat.lake.backend import Backend, Record
from karat.lake.paths import (
    check_branch,
    check_commit_metadata,
    check_message,
    check_ref,
    is_commit_id,
)
from karat.lake.protocol import Commit, CommitId


def head(backend: Backend, branch: str) -> CommitId:
    """Return the last commit of `branch`; `RefNotFound` names the branches there are."""
    found = backend.refs.ref("branch", check_branch(branch))
    if found is None:
        have = ", ".join(ref.name for ref in backend.refs.refs("branch", "")[:20])
        raise RefNotFound(f"no branch {branch!r}; have {have}")
    return found


def expect_head(backend: Backend, branch: str, expected: CommitId | None) -> CommitId:
    """Return the last commit of `branch`; `HeadMoved` when it is not the one expected."""
    actual = head(backend, branch)
    if expected is not None and actual != expected:
        raise HeadMoved(branch, expected, actual)
    return actual


def resolve(backend: Backend, ref: str) -> CommitId:
    """Return the commit a branch, tag or full commit id names; `RefNotFound`."""
    if is_commit_id(check_ref(ref)):
        return record(backend, ref).commit.id
    found = backend.refs.ref("branch", ref) or backend.refs.ref("tag", ref)
    if found is None:
        raise RefNotFound(f"no branch or tag {ref!r}: list them with branches() and tags()")
    return found


def record(backend: Backend, commit: CommitId) -> Record:
    """Return a commit and its generation; `RefNotFound`."""
    found = backend.refs.record(commit)
    if found is None:
        raise RefNotFound(f"no commit {commit!r} in this lake")
    return found


def tree(backend: Backend, ref: str) -> str:
    """Return the tree id of the commit `ref` names; `RefNotFound`."""
    return record(backend, resolve(backend, ref)).commit.tree_id


def add(
    backend: Backend,
    tree_id: str,
    parents: tuple[CommitId, ...],
    message: str,
    metadata: Mapping[str, str],
) -> CommitId:
    """Keep a new commit and return its id: the digest of all that it says."""
    facts = check_commit_metadata(metadata)
    nameless = Commit("", parents, check_message(message), facts, backend.clock(), tree_id)
    commit = replace(nameless, id=name_of(nameless))
    generation = 1 + max((record(backend, p).generation for p in parents), default=-1)
    backend.refs.add_record(Record(commit, generation))
    return commit.id


def name_of(commit: Commit) -> CommitId:
    """Return the digest of all that a commit says: its id, unless it was changed since."""
    tree, parents, now = commit.tree_id, commit.parents, commit.created_at_s
    facts = json.dumps(commit.metadata, sort_keys=True)
    return digest("commit/1", tree, len(parents), *parents, commit.message, facts, now)
