"""Partitions that go to main together: every book opens as the one before it closed."""

from __future__ import annotations

from karat.contracts import Contract
from karat.flow.chains import first_break, published_builds
from karat.lake import CommitId, Lake
from karat.lake.layout import Partition
from karat.messages import RESET
from karat.verdicts import Admission, links


def keep_chains_whole(
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


def least_with(
    lake: Lake,
    contract: Contract,
    head: CommitId,
    admitted: dict[Partition, Admission],
    one: Partition,
) -> dict[Partition, Admission]:
    """Return the fewest of `admitted` that may go to main with `one`: it alone, or its run.

    A run is the days that carry a book over to each other; empty when not even that fits.
    """
    for chosen in ([one], _run(admitted, one)):
        kept = {partition: admitted[partition] for partition in chosen}
        keep_chains_whole(lake, contract, head, kept, {})
        if one in kept:
            return kept
    return {}


def _run(admitted: dict[Partition, Admission], one: Partition) -> list[Partition]:
    run: list[Partition] = []
    for day in sorted(p for p in admitted if p.instrument == one.instrument):
        build = admitted[day].link.build
        if build is not None and build.opening == RESET:
            if one in run:
                break
            run = []
        run.append(day)
    return run
