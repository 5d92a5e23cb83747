"""What the gate admits of audit branches: judged as the merged tree will be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from karat.contracts import Contract
from karat.errors import GateRefused
from karat.flow.whole_chains import keep_chains_whole
from karat.lake import CommitId, Lake
from karat.lake.layout import Partition
from karat.store import Store
from karat.telemetry import Clock, now_s
from karat.verdicts import Admission, admission, current_golden, links

Held = Mapping[Partition, CommitId]
"""The commit of an audit branch that has the bytes of a partition."""


def admissible(
    lake: Lake,
    contract: Contract,
    held: Held,
    head: CommitId,
    *,
    store: Store,
    clock: Clock = now_s,
) -> tuple[dict[Partition, Admission], dict[Partition, str]]:
    """Return what of `held` may go to main, at `head`, together; and why not the rest."""
    admitted, refused = _judge(lake, contract, held, head, store, clock)
    keep_chains_whole(lake, contract, head, admitted, refused)
    return admitted, refused


def nothing_of(branch: str, refused: dict[Partition, str]) -> GateRefused:
    """Return the error that says why nothing of a branch goes to main."""
    reasons = {str(p): why for p, why in refused.items()}
    told = "".join(f"\n  {p}: {why}" for p, why in reasons.items()) or " it changes nothing"
    return GateRefused(f"nothing of {branch} is published:{told}", reasons)


def _judge(
    lake: Lake,
    contract: Contract,
    held: Held,
    head: CommitId,
    store: Store,
    clock: Clock,
) -> tuple[dict[Partition, Admission], dict[Partition, str]]:
    """Ask the gate for each partition: bytes of its audit branch, sources of main's head."""
    golden = current_golden(lake, head, contract.dataset)
    how: dict[str, Any] = {"sources": head, "golden": golden, "store": store, "clock": clock}
    admitted, refused = {}, {}
    for instrument in sorted({p.instrument for p in held}):
        for link in links(lake, head, contract.dataset, instrument, contract.source):
            if link.partition in held:
                answer = admission(lake, contract, link, at=held[link.partition], **how)
                if answer.admitted:
                    admitted[link.partition] = answer
                else:
                    refused[link.partition] = answer.reason
    for partition in held:
        if partition not in admitted and partition not in refused:
            refused[partition] = "main has no raw capture of it"
    return admitted, refused
