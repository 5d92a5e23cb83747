"""What waits on audit branches without proof: it must not become golden, under whatever name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from karat.compute import Reading, partition_content
from karat.contracts import Contract
from karat.errors import ObjectNotFound
from karat.flow.newest import AUDIT
from karat.flow.summary import changed_partitions
from karat.lake import Lake
from karat.lake.layout import MAIN, Partition, dataset_path
from karat.store import Store
from karat.verdicts import Ledger, Outcome, Verdict, current_golden, subject, worst


def unproved(verdict: Verdict | None) -> bool:
    """Return whether a verdict, without what asks for golden days, is no PASS; true for none."""
    if verdict is None:
        return True
    gates = [f for f in verdict.findings if f.role == "gate" and f.family != "unpaired"]
    return worst(f.outcome for f in gates) is not Outcome.PASS


def on_trial(
    lake: Lake, contract: Contract, contents: Mapping[str, Partition], store: Store
) -> Iterator[tuple[Partition, str]]:
    """Yield each of the partitions by `contents` whose rows wait somewhere without a PASS.

    `contents` are content digests. With it comes where they wait: a partition on a branch. Files
    that were not seen before are read once, to name their columns.
    """
    head, ledger = lake.head(MAIN), Ledger(lake)
    golden = current_golden(lake, head, contract.dataset)
    for branch in lake.branches(AUDIT):
        for waiting in changed_partitions(lake, head, branch.name, contract.dataset):
            path = dataset_path(contract.dataset, waiting.instrument, waiting.date)
            try:
                content = partition_content(Reading(lake, branch.commit, path), store)
            except ObjectNotFound:
                continue  # deleted there: nothing waits
            if content.digest not in contents:
                continue
            case = subject(
                lake, contract, waiting, at=branch.commit, sources=head, golden=golden, store=store
            )
            if unproved(ledger.verdict(contract.dataset, waiting, case.inputs.key)):
                yield contents[content.digest], f"{waiting} on {branch.name[:16]}"
