"""Write, audit, publish: partitions with a PASS go from an audit branch to main, in one merge."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from karat.contracts import Contract
from karat.errors import GateRefused, HeadMoved, RefNotFound
from karat.flow.chains import first_break, published_builds
from karat.flow.note import Note
from karat.flow.summary import changed_partitions
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

    Raises GateRefused, with the reason for each partition, when none is admitted.
    """
    audit = lake.resolve(branch)
    for _ in range(ATTEMPTS - 1):
        try:
            return _publish(lake, contract, (branch, audit), partitions, store, clock)
        except HeadMoved:
            continue
    return _publish(lake, contract, (branch, audit), partitions, store, clock)


def _publish(
    lake: Lake,
    contract: Contract,
    audited: tuple[str, CommitId],
    partitions: Sequence[Partition] | None,
    store: Store,
    clock: Clock,
) -> Publication:
    head, (branch, audit) = lake.head(MAIN), audited
    changed = changed_partitions(lake, head, audit, contract.dataset)
    asked = [p for p in changed if partitions is None or p in partitions]
    admitted, refused = admissible(lake, contract, asked, (audit, head), store=store, clock=clock)
    if not admitted:
        raise nothing_of(branch, refused)
    commit = _merge(lake, contract, admitted, audit, head)
    if not refused and len(admitted) == len(changed):
        with suppress(RefNotFound):  # it was a commit, or someone else has published all of it too
            lake.delete_branch(branch)
    waived = {p: answer.waiver for p, answer in admitted.items() if answer.waiver}
    return Publication(commit, tuple(sorted(admitted)), refused, waived)


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
    _keep_chains_whole(lake, contract, where[1], admitted, refused)
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


def _keep_chains_whole(
    lake: Lake,
    contract: Contract,
    head: CommitId,
    admitted: dict[Partition, Admission],
    refused: dict[Partition, str],
) -> None:
    """Move admissions to `refused` until every book in the merged tree opens as one closed."""
    for instrument in sorted({p.instrument for p in admitted}):
        published = published_builds(lake, contract, head, instrument)
        days = list(links(lake, head, contract.dataset, instrument, contract.source))
        while broken := first_break(days, published, admitted):
            partition, why = broken
            del admitted[partition]
            refused[partition] = why


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
