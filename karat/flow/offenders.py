"""When the first row that breaks a rule came: laws of rows keep a place, and rows have a time."""

from __future__ import annotations

import numpy as np

from karat.contracts import Contract
from karat.distances import Distance
from karat.flow.explaining import Case
from karat.verdicts import Finding
from karat.verdicts.worst_chunk import SECOND, WIDTHS_S, Chunk

PLACES = ("first", "first_missing", "first_update_id")
"""What a finding calls the place of its first offender."""


def first_chunk(contract: Contract, case: Case, finding: Finding) -> Chunk | None:
    """Return the shortest stretch of time in which the first offender of a rule lies.

    Two columns of the partition are read. None where nothing breaks it, for a distance, without
    blocks of time in the contract, or where no row from that place on has a time.
    """
    places = [finding.numbers[name] for name in PLACES if name in finding.numbers]
    blocks, column = contract.unpaired and contract.unpaired.blocks, _place(contract, finding)
    if not places or not blocks or column is None:
        return None
    table = case.subject.candidate.table([*dict.fromkeys([column, blocks.time])])
    here, time = table[column].to_numpy(), table[blocks.time]
    # A missing id is in no row: the next one shows that it is missing.
    near = here == places[0] if (here == places[0]).any() else here > places[0]
    found = np.flatnonzero(near & time.is_valid().to_numpy())
    if not found.size:
        return None
    width = WIDTHS_S[0] * SECOND
    start = int(time[int(found[0])].as_py()) // width * width
    return Chunk(start, WIDTHS_S[0], Distance.none())


def _place(contract: Contract, finding: Finding) -> str | None:
    if finding.family == "sequence" and contract.sequence:
        return contract.sequence.id
    if finding.family == "paired" and contract.paired:
        trades = contract.paired.trades
        return trades.id if trades and finding.name == "trades" else contract.paired.id
    return contract.locator if finding.family == "invariants" else None
