"""Write, audit, publish: partitions with a PASS go from an audit branch to main, in one merge."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from karat.contracts import Contract
from karat.errors import GateRefused, HeadMoved, RefNotFound
from karat.flow.letting_through import let_through, settle
from karat.flow.note import Note
from karat.flow.summary import changed_partitions
from karat.flow.whole_chains import keep_chains_whole
from karat.lake import CommitId, Lake, WriteSession
from karat.lake.layout import MAIN, Partition, dataset_path, published_verdict_path
from karat.store import Store
from karat.telemetry import Clock, now_s
from karat.verdicts import Admission, Waiver, admission, current_golden, links

ATTEMPTS = 5


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
    done = Publication(audit, ())
    while left:
        more, first = _again_when_moved(lake, contract, audit, left, store, clock)
        done = _joined(done, more)
        left = [p for p in more.refused if p.instrument in first]
    if not done.published:
        raise nothing_of(branch, done.refused)
    if not done.refused and len(done.published) == len(changed):
        with suppress(RefNotFound):  # it was a commit, or someone else has published all of it too
            lake.delete_branch(branch)
    return done


def _joined(done: Publication, more: Publication) -> Publication:
    published = tuple(sorted({*done.published, *more.published}))
    refused = {p: why for p, why in done.refused.items() if p not in more.published} | more.refused
    return Publication(more.commit, published, refused, done.waived | more.waived)


def _again_when_moved(
    lake: Lake,
    contract: Contract,
    audit: CommitId,
    asked: Sequence[Partition],
    store: Store,
    clock: Clock,
) -> tuple[Publication, list[str]]:
    for _ in range(ATTEMPTS - 1):
        try:
            return _publish(lake, contract, audit, asked, store, clock)
        except HeadMoved:
            continue
    return _publish(lake, contract, audit, asked, store, clock)


def _publish(
    lake: Lake,
    contract: Contract,
    audit: CommitId,
    asked: Sequence[Partition],
    store: Store,
    clock: Clock,
) -> tuple[Publication, list[str]]:
    """Publish in one merge what may go now; return the instruments that were let through first."""
    settle(lake, contract, {p.instrument for p in asked}, clock)
    head = lake.head(MAIN)
    changed = changed_partitions(lake, head, audit, contract.dataset)
    asked = [p for p in asked if p in changed]  # others may have published the same meanwhile
    found, refused = admissible(lake, contract, asked, (audit, head), store=store, clock=clock)
    passage = let_through(lake, contract, head, found, clock)
    admitted, refused = passage.admitted, refused | passage.refused
    commit = _merge(lake, contract, admitted, audit, head) if admitted else head
    if passage.first:
        settle(lake, contract, passage.first, clock)
    waived = {p: answer.waiver for p, answer in admitted.items() if answer.waiver}
    return Publication(commit, tuple(sorted(admitted)), refused, waived), passage.first


def admissible(
    lake: Lake,
    contract: Contract,
    asked: Sequence[Partition],
    where: tuple[CommitId, CommitId],
    *,
    store: Store,
    clock: Clock = now_s,
) -> tuple[dict[Partition, Admission], dict[Partition, str]]:
    """Return what of `asked` may go to main together, and why the rest may not.

    `where` is the commit that has the bytes, and main's head.
    """
    admitted, refused = _judge(lake, contract, asked, where, store, clock)
    keep_chains_whole(lake, contract, where[1], admitted, refused)
    return admitted, refused


def nothing_of(branch: str, refused: dict[Partition, str]) -> GateRefused:
    """Return the error that says why nothing of a branch goes to main."""
    reasons = {str(p): why for p, why in refused.items()}
    told = "".join(f"\n  {p}: {why}" for p, why in reasons.items()) or " it changes nothing"
    return GateRefused(f"nothing of {branch} is published:{told}", reasons)


def _judge(
    lake: Lake,
    contract: Contract,
    asked: Sequence[Partition],
    where: tuple[CommitId, CommitId],
    store: Store,
    clock: Clock,
) -> tuple[dict[Partition, Admission], dict[Partition, str]]:
    """Ask the gate for each partition: bytes of the audit branch, sources of main's head."""
    audit, head = where
    golden = current_golden(lake, head, contract.dataset)
    at = {"at": audit, "sources": head}
    admitted, refused = {}, {}
    for instrument in sorted({p.instrument for p in asked}):
        for link in links(lake, head, contract.dataset, instrument, contract.source):
            if link.partition in asked:
                answer = admission(
                    lake, contract, link, **at, golden=golden, store=store, clock=clock
                )
                if answer.admitted:
                    admitted[link.partition] = answer
                else:
                    refused[link.partition] = answer.reason
    for partition in asked:
        if partition not in admitted and partition not in refused:
            refused[partition] = "main has no raw capture of it"
    return admitted, refused


def _merge(
    lake: Lake,
    contract: Contract,
    admitted: dict[Partition, Admission],
    audit: CommitId,
    head: CommitId,
) -> CommitId:
    """Put the admitted bytes and the verdicts they stand under onto main, if it is at `head`."""
    message = f"Publish {len(admitted)} partitions of {contract.dataset}"
    with lake.session(head) as session:
        put_admitted(session, lake, admitted, audit, contract.dataset)
        commit = session.commit(message)
    try:
        return lake.merge(commit, MAIN, message=message, expected_head=head)
    finally:
        lake.delete_branch(session.branch)


def put_admitted(
    session: WriteSession,
    lake: Lake,
    admitted: dict[Partition, Admission],
    audit: CommitId,
    dataset: str,
) -> None:
    """Stage the admitted bytes of `audit`, each with the note of what it stands under."""
    for partition, answer in admitted.items():
        path = dataset_path(dataset, partition.instrument, partition.date)
        session.put(path, lake.local_path(audit, path))
        session.put(published_verdict_path(dataset, partition), _sidecar(answer))


def _sidecar(answer: Admission) -> bytes:
    verdict, build, waiver = answer.verdict, answer.link.build, answer.waiver
    if verdict is None or build is None:
        raise GateRefused(f"{answer.link.partition}: no verdict to publish it under")
    named = verdict.key, verdict.inputs.content, build.input
    return Note(*named, waiver.digest if waiver else "").encode()
