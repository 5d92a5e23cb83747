"""What breakers stop where people merge: all of an instrument, or all but what was claimed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from karat.breaker import stopped, told
from karat.lake.layout import Partition
from karat.verdicts import Ledger


def stopped_here(
    ledger: Ledger, dataset: str, touched: Iterable[Partition], at_s: int
) -> Iterator[tuple[str, str]]:
    """Yield each of `touched` that a breaker stops, and why.

    A half-open one lets through what somebody has claimed to publish first (`karat gate propose`).
    """
    own = sorted(touched)
    found = stopped(ledger, dataset, {one.instrument for one in own}, at_s)
    for one in own:
        state = found.get(one.instrument)
        if state and not (state.claim and str(one) in state.claim.lets):
            yield str(one), told(state)
