"""Merges in lakeFS: what its one call leaves open is asked before and after it.

lakeFS takes no expected head. It is compared before the call, written into the merge for a hook
to hold its first parent against, and compared with that parent afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lakefs_sdk import Merge

from karat.errors import (
    ConflictError,
    GateRefused,
    HeadMoved,
    KaratError,
    MergeConflict,
    MergedOnMovedHead,
    NothingToMerge,
    RefNotFound,
)
from karat.lake import lakefs_failures as failures
from karat.lake.lakefs_calls import Calls
from karat.lake.lakefs_changes import Changes
from karat.lake.lakefs_metadata import merge_facts
from karat.lake.lakefs_refs import Refs
from karat.lake.paths import check_message
from karat.lake.protocol import CommitId

_RUN = re.compile(r"run id '([^']+)'")


@dataclass(frozen=True, slots=True)
class Asked:
    """One merge: the commit `theirs` (named `source`) into the branch `into`, now at `ours`."""

    source: str
    into: str
    ours: CommitId
    theirs: CommitId
    message: str
    metadata: Mapping[str, str]
    expected: CommitId | None


class Merging:
    """Merges into the branches of one repository."""

    def __init__(self, calls: Calls, refs: Refs, changes: Changes) -> None:
        self._calls, self._refs, self._changes = calls, refs, changes

    def merge(
        self,
        source: str,
        into: str,
        message: str,
        metadata: Mapping[str, str],
        expected: CommitId | None,
    ) -> CommitId:
        """Bring what `source` did into `into`; errors as `Lake.merge`, and MergedOnMovedHead."""
        merge_facts(metadata, expected)
        ours = self._refs.head(into)
        if expected not in {None, ours}:
            raise HeadMoved(into, str(expected), ours)
        theirs = self._refs.commit(source).id
        if not self._changes.any(ours, theirs):
            raise NothingToMerge(f"{into!r} holds all of {source!r} already")
        asked = Asked(source, into, ours, theirs, check_message(message), metadata, expected)
        made = self._merge(asked)
        self._check_parent(asked, made)
        return made

    def _merge(self, asked: Asked) -> CommitId:
        facts = merge_facts(asked.metadata, asked.expected)
        call, body = (
            self._calls.api.refs_api.merge_into_branch,
            Merge(message=asked.message, metadata=facts),
        )
        where = self._calls.repository, asked.theirs, asked.into
        done: CommitId | Any = self._calls.change(
            f"merge {asked.source!r} into {asked.into!r}",
            lambda: call(*where, merge=body, **self._calls.limits).reference,
            RefNotFound(f"no branch {asked.into!r}, or no {asked.source!r}: read them again"),
            lambda error: self._translated(error, asked),
            lambda: self._settled(asked),
            _passes,
        )
        return str(done)

    def _settled(self, asked: Asked) -> CommitId | None:
        """Return the merge if a call that was not answered made it all the same."""
        head = self._refs.head(asked.into)
        wanted = asked.theirs, asked.message, dict(asked.metadata)
        for commit in self._refs.log(head, first_parent=True, amount=None):
            if commit.id == asked.ours:
                break
            if (*commit.parents[1:], commit.message, commit.metadata) == wanted:
                return commit.id
        return None

    def _check_parent(self, asked: Asked, made: CommitId) -> None:
        if asked.expected is None:
            return
        parent = next(iter(self._refs.commit(made).parents), "no commit")
        if parent != asked.expected:
            raise MergedOnMovedHead(asked.into, asked.expected, parent, made)

    def _translated(self, error: BaseException, asked: Asked) -> KaratError | None:
        code, said = failures.status(error), failures.message(error)
        if code == failures.REFUSED:
            return self._refused(said, asked)
        if code == failures.CONFLICT and (
            paths := self._changes.conflicts(self._refs.head(asked.into), asked.theirs)
        ):
            return MergeConflict(paths)
        if code == failures.WRONG and "no changes" in said:
            return NothingToMerge(f"{asked.into!r} holds all of {asked.source!r} already")
        if code == failures.WRONG and "dirty branch" in said:
            return ConflictError(
                f"someone wrote to {asked.into!r} itself and did not commit: commit or reset that, "
                "and protect the branch"
            )
        return None

    def _refused(self, said: str, asked: Asked) -> KaratError:
        """Return why a hook refused; a head that moved meanwhile is told as that."""
        here = self._refs.head(asked.into)
        if asked.expected not in {None, here}:
            return HeadMoved(asked.into, str(asked.expected), here)
        reasons = self._reasons(said)
        why = "; ".join(f"{key}: {text}" for key, text in reasons.items()) or said
        return GateRefused(f"{asked.source!r} is not merged into {asked.into!r}: {why}", reasons)

    def _reasons(self, said: str) -> dict[str, str]:
        """Return what the hooks that refused answered, by hook, or by what they name."""
        found = _RUN.search(said)
        if found is None:
            return {}
        api, repository, run = self._calls.api.actions_api, self._calls.repository, found[1]
        hooks = self._calls.pages("list hooks", api.list_run_hooks, repository, run)
        reasons: dict[str, str] = {}
        for hook in hooks:
            if hook.status == "failed":
                where = repository, run, hook.hook_run_id
                log = self._calls.ask("read a hook's log", api.get_run_hook_output, *where)
                reasons |= answered(hook.hook_id, bytes(log).decode("utf-8", "replace"))
        return reasons


def answered(hook: str, log: str) -> dict[str, str]:
    r"""Return the reasons in a hook's log: what it answered, or else how it failed.

    A JSON object's ``reasons`` are taken by name, any other text as the hook's.

    >>> log = "Response:\nHTTP/1.1 403 Forbidden\r\n\r\nno verdictError: action failed: (403)\n"
    >>> answered("verdict", log)
    {'verdict': 'no verdict'}
    """
    response, _, failure = log.partition("\nResponse:\n")[2].rpartition("Error: ")
    if not response:
        response, _, failure = log.rpartition("Response:\n")[2].rpartition("Error: ")
    text = response.partition("\r\n\r\n")[2].strip()
    if (told := failures.json_object(text)) is None:
        return {hook: text or failure.strip() or log.strip()}
    reasons = told.get("reasons")
    if isinstance(reasons, dict):
        return {str(key): str(why) for key, why in reasons.items()}
    return {hook: "; ".join(map(str, reasons)) if isinstance(reasons, list) else text}


def _passes(error: BaseException) -> bool:
    """Tell whether a merge may do better: a conflict names a reference, a lost race does not."""
    lost = failures.status(error) == failures.CONFLICT and "reference" not in failures.body(error)
    return lost or failures.passes(error)
