"""What is admitted, put onto main by one merge: its bytes, each with the note of its verdict."""

from __future__ import annotations

from collections.abc import Mapping

from karat.contracts import Contract
from karat.errors import GateRefused
from karat.flow.admitting import Held
from karat.flow.apart import set_apart
from karat.flow.held_before import held_before
from karat.flow.note import Note
from karat.lake import CommitId, Lake, WriteSession
from karat.lake.layout import MAIN, Partition, dataset_path, published_verdict_path
from karat.verdicts import Admission


def merge_admitted(
    lake: Lake,
    contract: Contract,
    admitted: Mapping[Partition, Admission],
    held: Held,
    head: CommitId,
) -> CommitId:
    """Put the admitted bytes and the verdicts they stand under onto main, if it is at `head`."""
    message = f"Publish {len(admitted)} partitions of {contract.dataset}"
    with lake.session(head) as session:
        put_admitted(session, lake, admitted, held, contract.dataset, head)
        commit = session.commit(message)
    try:
        return lake.merge(commit, MAIN, message=message, expected_head=head)
    finally:
        lake.delete_branch(session.branch)


def put_admitted(
    session: WriteSession,
    lake: Lake,
    admitted: Mapping[Partition, Admission],
    held: Held,
    dataset: str,
    head: CommitId,
) -> None:
    """Stage the admitted bytes, as they are `held`, each with the note of what it stands under.

    Bytes that main, up to `head`, never had are read, and must be those of their name.
    """
    set_apart(lake, (answer.verdict for answer in admitted.values() if answer.verdict))
    for partition, answer in admitted.items():
        path = dataset_path(dataset, partition.instrument, partition.date)
        if not held_before(lake, head, lake.stat(held[partition], path)):
            lake.local_path(held[partition], path)
        session.take(path, held[partition])
        session.put(published_verdict_path(dataset, partition), _sidecar(answer))


def _sidecar(answer: Admission) -> bytes:
    verdict, build, waiver = answer.verdict, answer.link.build, answer.waiver
    if verdict is None or build is None:
        raise GateRefused(f"{answer.link.partition}: no verdict to publish it under")
    named = verdict.key, verdict.inputs.content, build.input
    return Note(*named, waiver.digest if waiver else "").encode()
