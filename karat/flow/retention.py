"""Let go of what was kept long enough, class by class; told in bytes first, and only then done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from karat.flow.keeping import DAY_S, Keep
from karat.lake import Lake, Ref
from karat.lake.collecting import Freed, gc
from karat.lake.layout import MAIN
from karat.lake.local import LocalLake
from karat.lake.superseded import superseded
from karat.store import DiskStore
from karat.store.care import expiring, prune
from karat.telemetry import Clock, now_s

ELSEWHERE = "a server collects its own garbage"
FOR_EVER = "kept for ever"


@dataclass(frozen=True, slots=True)
class Released:
    """What of a class goes: how many things, and bytes; `why` where it is nothing by rule."""

    sort: str
    days: int | None
    count: int = 0
    bytes: int = 0
    why: str = ""


def retain(
    lake: Lake, store: DiskStore, keep: Keep, *, dry_run: bool, clock: Clock = now_s
) -> tuple[Released, ...]:
    """Let go of all that is older than `keep` says, or with `dry_run` only tell of it, by class.

    Told is what there was when it began; bytes of the lake are of files that nothing else names.
    Of a lake on a server only audit branches go, and their bytes are those that they brought.
    Errors as of `gc` and `prune`.
    """
    on_disk = isinstance(lake, LocalLake)
    branches = _branches(lake, keep, clock) if on_disk else _remote(lake, keep, clock)
    garbage = _garbage(lake, keep, clock) if on_disk else _never("garbage", keep.garbage, ELSEWHERE)
    told = (branches, garbage, _states(store, keep))
    if not dry_run:
        _do(lake, store, keep, clock)
    return told


def _branches(lake: Lake, keep: Keep, clock: Clock) -> Released:
    days = keep.audit_branches
    if days is None:
        return _never("audit-branches", None, FOR_EVER)
    with_them, without = (_dry(lake, days, clock, audit=audit) for audit in (True, False))
    count = len(with_them.branches) - len(without.branches)
    return Released("audit-branches", days, count, _bytes(with_them) - _bytes(without))


def _garbage(lake: Lake, keep: Keep, clock: Clock) -> Released:
    if keep.garbage is None:
        return _never("garbage", None, FOR_EVER)
    found = _dry(lake, keep.garbage, clock, audit=False)
    count = found.blobs + found.temporary_files + found.commits + found.tree_nodes
    return Released("garbage", keep.garbage, count + len(found.branches), _bytes(found))


def _states(store: DiskStore, keep: Keep) -> Released:
    if keep.states is None:
        return _never("states", None, FOR_EVER)
    return Released("states", keep.states, *expiring(store, keep.states * DAY_S))


def _remote(lake: Lake, keep: Keep, clock: Clock) -> Released:
    days = keep.audit_branches
    if days is None:
        return _never("audit-branches", None, FOR_EVER)
    gone = list(_old(lake, days, clock))
    brought = (change.right for ref in gone
               for change in lake.diff(MAIN, ref.commit, mode="three-dot"))  # fmt: skip
    return Released("audit-branches", days, len(gone), sum(one.size for one in brought if one))


def _old(lake: Lake, days: int, clock: Clock) -> Iterator[Ref]:
    until_s = clock() - days * DAY_S
    for ref in superseded(lake):
        if lake.commit_info(ref.commit).created_at_s < until_s:
            yield ref


def _do(lake: Lake, store: DiskStore, keep: Keep, clock: Clock) -> None:
    if not isinstance(lake, LocalLake):
        for ref in (
            [] if keep.audit_branches is None else list(_old(lake, keep.audit_branches, clock))
        ):
            lake.delete_branch(ref.name)
    else:
        if keep.audit_branches is not None:
            gc(lake, grace_s=keep.audit_branches * DAY_S, clock=clock, audit_branches=True)
        if keep.garbage is not None:
            gc(lake, grace_s=keep.garbage * DAY_S, clock=clock)
    if keep.states is not None:
        prune(store, older_than_s=keep.states * DAY_S)


def _dry(lake: Lake, days: int, clock: Clock, *, audit: bool) -> Freed:
    return gc(lake, grace_s=days * DAY_S, clock=clock, dry_run=True, audit_branches=audit)


def _bytes(freed: Freed) -> int:
    return freed.blob_bytes + freed.temporary_bytes


def _never(sort: str, days: int | None, why: str) -> Released:
    return Released(sort, days, why=why)
