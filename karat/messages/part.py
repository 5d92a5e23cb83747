"""Messages of several kinds, parsed apart, put back into the order they were received in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from karat.messages.levels import Levels
from karat.messages.message import Ints, Messages


@dataclass(frozen=True, slots=True)
class Part:
    """Messages of one kind at row `position` (0-based) of a batch; `levels` side after side."""

    kind: int
    position: Ints
    event_time_ns: Ints
    first_id: Ints
    last_id: Ints
    previous_id: Ints
    levels: list[Levels]


def interleave(parts: list[Part], receive_time_ns: Ints, first_row: int) -> Messages:
    """Return the messages of all `parts` by position; `receive_time_ns` is the whole batch's."""
    position = np.concatenate([part.position for part in parts])
    order = np.argsort(position, kind="stable")
    position = position[order]
    kinds = [np.full(len(part.position), part.kind, np.int8) for part in parts]
    levels = [(part.position, block) for part in parts for block in part.levels]
    owners = np.concatenate([at for at, _ in levels])
    counts = np.concatenate([block.per_message for _, block in levels])
    gather = _gather(owners, counts)
    blocks = [block for _, block in levels]
    per_message = np.bincount(owners, weights=counts, minlength=len(receive_time_ns))
    start = np.concatenate([[0], np.cumsum(per_message[position].astype(np.int64))])
    return Messages(
        kind=np.concatenate(kinds)[order],
        row=position + first_row,
        receive_time_ns=receive_time_ns[position],
        event_time_ns=np.concatenate([part.event_time_ns for part in parts])[order],
        first_id=np.concatenate([part.first_id for part in parts])[order],
        last_id=np.concatenate([part.last_id for part in parts])[order],
        previous_id=np.concatenate([part.previous_id for part in parts])[order],
        start=start,
        side=np.concatenate([block.side for block in blocks])[gather],
        price_ticks=np.concatenate([block.price_ticks for block in blocks])[gather],
        size_lots=np.concatenate([block.size_lots for block in blocks])[gather],
    )


def _gather(owners: Ints, counts: Ints) -> Ints:
    """Return where each level lies, blocks ordered by owner and, of one owner, as they stand."""
    order = np.argsort(owners, kind="stable")
    begins = (np.cumsum(counts) - counts)[order]
    sizes = counts[order]
    ends = np.cumsum(sizes)
    total = int(ends[-1]) if len(ends) else 0
    where: Ints = np.arange(total) + np.repeat(begins - (ends - sizes), sizes)
    return where
