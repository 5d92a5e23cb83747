"""Write, audit, publish: partitions with a PASS go from audit branches to main, in few merges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from karat.contracts import Contract
from karat.errors import HeadMoved, RefNotFound
from karat.flow.admitting import Held, admissible, nothing_of
from karat.flow.letting_through import let_through, settle
from karat.flow.merging import merge_admitted
from karat.flow.summary import changed_partitions
from karat.lake import CommitId, Lake
from karat.lake.again import again_while
from karat.lake.layout import MAIN, Partition
from karat.store import Store
from karat.telemetry import Clock, now_s
from karat.verdicts import Outcome, Waiver

BATCH = 1000
"""Partitions of one merge, or those of one instrument, if they are more."""
BAD = (str(Outcome.FAIL), str(Outcome.INCONCLUSIVE))


@dataclass(frozen=True)
class Publication:
    """The commit that published, and what; `refused` maps each partition left out to the reason.

    `waived` are those published without a PASS, with the waiver that admitted them.
    """

    commit: CommitId
    published: tuple[Partition, ...]
    refused: dict[Partition, str] = field(default_factory=dict)
    waived: dict[Partition, Waiver] = field(default_factory=dict)


def publish(
    lake: Lake,
    contract: Contract,
    branch: str,
    partitions: Sequence[Partition] | None = None,
    *,
    store: Store,
    clock: Clock = now_s,
) -> Publication:
    """Publish what the gate admits of an audit branch (all it changed, by default).

    Judged is the tree as it will be after the merge: each published partition has a PASS for its
    bytes against the sources now on main, and opens with the book that the partition before it
    closed with. A partition whose neighbours do not fit is left out, so that it and its
    carry-dependants are published together or not at all. When main moves meanwhile, everything
    is looked up again at the new head; no data is read for it.

    What a breaker that is open stops is refused; where it is half-open, one partition goes first,
    in a merge of its own, and is read again, and the others after it.

    Raises GateRefused, with the reason for each partition, when none is admitted.
    """
    audit = lake.resolve(branch)
    changed = changed_partitions(lake, lake.head(MAIN), audit, contract.dataset)
    left = [p for p in changed if partitions is None or p in partitions]
    done = _publish_held(lake, contract, dict.fromkeys(left, audit), store, clock)
    _tidy(lake, branch, audit, changed, done)
    if not done.published:
        raise nothing_of(branch, done.refused)
    return done


def publish_together(
    lake: Lake,
    contract: Contract,
    branches: Mapping[str, Sequence[Partition] | None],
    *,
    store: Store,
    clock: Clock = now_s,
) -> Publication:
    """Publish what the gate admits of several audit branches, 1,000 partitions or so to a merge.

    As `publish` for each of them, with the partitions that are asked for (None: all it changed),
    and books may carry over from one branch to another. Of a partition on two branches the first
    is taken. Nothing is raised where none is admitted: `refused` says why.
    """
    audits = {branch: lake.resolve(branch) for branch in branches}
    head, held = lake.head(MAIN), dict[Partition, CommitId]()
    changed = {
        branch: changed_partitions(lake, head, audit, contract.dataset)
        for branch, audit in audits.items()
    }
    for branch, asked in branches.items():
        for one in changed[branch]:
            if asked is None or one in asked:
                held.setdefault(one, audits[branch])
    done = Publication(head, ())
    for batch in _batches(held):
        done = _joined(done, _publish_held(lake, contract, batch, store, clock))
    for branch, audit in audits.items():
        _tidy(lake, branch, audit, changed[branch], done)
    return done


def _batches(held: Held) -> Iterator[Held]:
    """Yield parts of 1,000 partitions or more: the days of an instrument, linked, stay together."""
    batch: dict[Partition, CommitId] = {}
    last = ""
    for partition in sorted(held):
        if len(batch) >= BATCH and partition.instrument != last:
            yield batch
            batch = {}
        batch[partition], last = held[partition], partition.instrument
    if batch:
        yield batch


def _tidy(
    lake: Lake, branch: str, audit: CommitId, changed: Sequence[Partition], done: Publication
) -> None:
    """Delete a branch that is published whole; tag one on which something bad stays."""
    if changed and set(changed) <= set(done.published):
        with suppress(RefNotFound):  # it was a commit, or someone else has published all of it too
            lake.delete_branch(branch)
    elif any(done.refused.get(one, "").startswith(BAD) for one in changed):
        lake.create_tag(refused_tag(branch, audit), audit, exist_ok=True)


def refused_tag(branch: str, audit: CommitId) -> str:
    """Return the tag under which refused bytes stay, also when their branch is gone."""
    return f"refused-{branch}-{audit[:12]}"


def _publish_held(
    lake: Lake, contract: Contract, held: Held, store: Store, clock: Clock
) -> Publication:
    """Publish what is admitted: in one merge, but for what goes first through a breaker."""
    done, left = Publication(lake.head(MAIN), ()), dict(held)
    while left:
        more, first = again_while(
            (HeadMoved,), partial(_publish, lake, contract, left, store, clock)
        )
        done = _joined(done, more)
        left = {p: held[p] for p in more.refused if p.instrument in first}
    return done


def _joined(done: Publication, more: Publication) -> Publication:
    published = tuple(sorted({*done.published, *more.published}))
    refused = {p: why for p, why in done.refused.items() if p not in more.published} | more.refused
    return Publication(more.commit, published, refused, done.waived | more.waived)


def _publish(
    lake: Lake,
    contract: Contract,
    held: Held,
    store: Store,
    clock: Clock,
) -> tuple[Publication, list[str]]:
    """Publish in one merge what may go now; return the instruments that were let through first."""
    settle(lake, contract, {p.instrument for p in held}, clock)
    head = lake.head(MAIN)
    still: set[tuple[Partition, CommitId]] = set()  # others may have published some meanwhile
    for audit in set(held.values()):
        now = changed_partitions(lake, head, audit, contract.dataset)
        still |= {(one, audit) for one in now}
    held = {one: audit for one, audit in held.items() if (one, audit) in still}
    found, refused = admissible(lake, contract, held, head, store=store, clock=clock)
    passage = let_through(lake, contract, head, found, clock)
    admitted, refused = passage.admitted, refused | passage.refused
    commit = merge_admitted(lake, contract, admitted, held, head) if admitted else head
    if passage.first:
        settle(lake, contract, passage.first, clock)
    waived = {p: answer.waiver for p, answer in admitted.items() if answer.waiver}
    return Publication(commit, tuple(sorted(admitted)), refused, waived), passage.first
