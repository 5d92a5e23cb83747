"""Which commit of the ledger did what must not be, for the person who puts it right.

Asked for when the ledger is refused, and then alone: it reads the log.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime

from karat.errors import ObjectNotFound, UnavailableError
from karat.lake import Commit, CommitId, Lake
from karat.lake.layout import LEDGER, ORDER

FAR_BACK = 500
"""So many commits of the ledger are looked through; what was done before is told without one."""


def blamed(lake: Lake, head: CommitId, path: str) -> str:
    """Return which commit left `path` as it is at `head` of the ledger, and what to do about it.

    "" when none is found, or the lake is in the way: what is wrong is told without it.
    """
    try:
        if (found := _turn(lake, head, path)) is None:
            return ""
        before, done = found
        return f"; {_told(done)}: {_advice(before, _held(lake, before.id, path))}"
    except UnavailableError:
        return ""


def stray(lake: Lake, head: CommitId, path: str) -> str:
    """Return why no entry names `path`: its entry was taken away, or it was never karat's."""
    for entry in _entries_gone(lake, head, path):
        return f"ledger: {entry} is gone, and {path} has no other{blamed(lake, head, entry)}"
    return f"ledger: no signed entry names {path}: it is not karat's{blamed(lake, head, path)}"


def _entries_gone(lake: Lake, head: CommitId, path: str) -> list[str]:
    """Return the entries that were there when a file came, and are not at `head`."""
    try:
        if (found := _turn(lake, head, path)) is None:
            return []
        then, now = ({one.path for one in lake.list(at, ORDER)} for at in (found[1].id, head))
        return sorted(then - now)
    except UnavailableError:
        return []


def _turn(lake: Lake, head: CommitId, path: str) -> tuple[Commit, Commit] | None:
    """Return the last commit along the ledger's own line where a file was other, and the next.

    A file that is there is taken to have become so once.
    """
    line = list(lake.log(head, limit=FAR_BACK, first_parent=True))
    here = _held(lake, head, path)

    def other(commit: Commit) -> bool:
        return _held(lake, commit.id, path) != here

    if here is None:
        at = next((index for index, commit in enumerate(line) if other(commit)), len(line))
    else:
        at = bisect_left(line, 1, key=other)
    return (line[at], line[at - 1]) if at < len(line) else None


def _told(commit: Commit) -> str:
    when = f"{datetime.fromtimestamp(commit.created_at_s, UTC):%Y-%m-%d %H:%M:%S} UTC"
    merged = f" by merging {commit.parents[1]}" if len(commit.parents) > 1 else ""
    return f"commit {commit.id} of {LEDGER} did it{merged}, {when}, {commit.message!r}"


def _advice(before: Commit, held: str | None) -> str:
    undo = "delete it" if held is None else f"put back what {before.id} holds there"
    return f"on a branch of {LEDGER} {undo}, commit, and merge that into {LEDGER}"


def _held(lake: Lake, commit: CommitId, path: str) -> str | None:
    """Return the digest of a file of a commit, or None."""
    try:
        return lake.stat(commit, path).content_hash
    except ObjectNotFound:
        return None
