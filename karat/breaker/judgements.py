"""What verdicts do to breakers, recorded in the same step as the verdicts themselves.

So there is no FAIL in the ledger that its breaker has not counted, whenever a process is killed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from karat.breaker.event import Event, Kind
from karat.breaker.reading import breaker_of
from karat.breaker.state import Breaker
from karat.contracts import Contract
from karat.lake.layout import MAIN, Partition
from karat.telemetry import Clock
from karat.verdicts import Ledger, Outcome, links


class Judgement(NamedTuple):
    """A partition's content, what it came to, and the key of the verdict.

    One that is `known` was in the ledger before anything was judged now; of one that is `seen`
    another verdict on the same content was.
    """

    partition: Partition
    content: str
    outcome: Outcome
    verdict: str
    known: bool = False
    seen: bool = False


def counting(
    contract: Contract, judged: Iterable[Judgement], clock: Clock
) -> Callable[[Ledger], Mapping[str, bytes]]:
    """Return what `record` is to add beside verdicts: records of the breakers they change.

    Verdicts that the ledger holds already may be among them. INCONCLUSIVE changes nothing.
    """
    by_instrument: dict[str, list[Judgement]] = {}
    for one in judged:
        if one.outcome is not Outcome.INCONCLUSIVE:
            by_instrument.setdefault(one.partition.instrument, []).append(one)

    def also(ledger: Ledger) -> Mapping[str, bytes]:
        found = (_event(ledger, contract, own, clock) for own in by_instrument.values())
        return {event.path: event.encode() for event in found if event}

    return also


def _event(ledger: Ledger, contract: Contract, own: list[Judgement], clock: Clock) -> Event | None:
    """Return what befalls the breaker of one instrument, None for nothing."""
    state = breaker_of(ledger, contract.dataset, own[0].partition.instrument)
    failed = {one.content: (str(one.partition), one.verdict) for one in own
              if one.outcome is Outcome.FAIL and one.content not in state.counted}  # fmt: skip
    if not (failed or state.failures or state.opened):
        return None
    event = Event(
        contract.dataset, state.instrument, state.number + 1, Kind.JUDGED, clock(),
        failed=failed, limit=contract.breaker.failures,
    )  # fmt: skip
    passed = _passed(ledger, contract, state.after(event), own)
    if not failed and not passed:
        return None
    return replace(event, passed=passed)


def _passed(
    ledger: Ledger, contract: Contract, state: Breaker, own: list[Judgement]
) -> dict[str, str]:
    """Return the partitions that speak for closing the breaker, with their contents."""
    failing = {partition for partition, _ in state.failures.values()}
    said: dict[str, str] = {}
    for one in own:
        name = str(one.partition)
        if one.outcome is not Outcome.PASS or state.passed.get(name) == one.content:
            continue
        if name in failing:
            speaks = _newest(ledger, contract, one.partition) == one.content
        else:
            new = state.opened and not one.known and not one.seen
            said_before = new and ledger.has_judged(contract.dataset, one.partition, one.content)
            speaks = new and not said_before
        if speaks:
            said[name] = one.content
    return said


def _newest(ledger: Ledger, contract: Contract, partition: Partition) -> str:
    """Return the content that the newest raw capture of a partition gave, "" for none."""
    head = ledger.lake.head(MAIN)
    days = links(ledger.lake, head, contract.dataset, partition.instrument, contract.source)
    build = next((link.build for link in days if link.partition == partition), None)
    return build.content if build else ""
