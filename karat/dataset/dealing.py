"""How batches were dealt among the workers of a loader that asks them in turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Dealt(NamedTuple):
    """How many batches each worker gave, and whose turn it is."""

    given: list[int]
    turn: int


def dealt(counts: Sequence[int], drawn: int) -> Dealt:
    """Return what `drawn` batches took from workers with `counts`; one without any is passed over.

    >>> dealt([3, 1, 3], 5)
    Dealt(given=[2, 1, 2], turn=0)
    """
    given, left, turn = [0] * len(counts), drawn, 0
    while left and (busy := [n for n, count in enumerate(counts) if given[n] < count]):
        rounds = min(left // len(busy), *(counts[n] - given[n] for n in busy))
        for n in busy if rounds else busy[:left]:
            given[n] += rounds or 1
        turn = 0 if rounds else busy[left - 1] + 1
        left -= rounds * len(busy) or left
    return Dealt(given, turn % max(len(counts), 1))
