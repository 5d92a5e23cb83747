"""What an open breaker stops, and in which words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from karat.breaker.reading import breaker_of
from karat.breaker.state import Breaker, Phase
from karat.errors import DatasetRefused
from karat.lake.layout import Partition
from karat.verdicts import Ledger, against, waiver_for

SHOWN = 3


def stopped(
    ledger: Ledger, dataset: str, instruments: Iterable[str], at_s: int
) -> dict[str, Breaker]:
    """Return the breakers that stop publication and training at `at_s`, by instrument."""
    found = (breaker_of(ledger, dataset, name) for name in sorted(set(instruments)))
    return {one.instrument: one for one in found if holds(ledger, one, at_s)}


def refuse_while_open(
    ledger: Ledger, dataset: str, partitions: Iterable[Partition], what: str, at_s: int
) -> None:
    """Raise DatasetRefused, naming every partition, where a breaker of theirs is not closed."""
    own = sorted(partitions)
    found = stopped(ledger, dataset, {one.instrument for one in own}, at_s)
    if found:
        lines = "\n  ".join(told(state) for state in found.values())
        reasons = {str(p): told(found[p.instrument]) for p in own if p.instrument in found}
        raise DatasetRefused(f"{what} refused: {lines}", reasons)


def holds(ledger: Ledger, state: Breaker, at_s: int) -> bool:
    """Return whether a breaker stops anything: it is not closed.

    One whose failures are all waived, with waivers in force at `at_s`, stops nothing: somebody
    answers for each of them.
    """
    if not state.opened:
        return False
    return bool(state.damage) or not all(
        _waived(ledger, state.dataset, partition, key, at_s)
        for partition, key in state.failures.values()
    )


def told(state: Breaker) -> str:
    """Return why a breaker stops, since when, and how it closes."""
    name, since = f"{state.dataset}/{state.instrument}", moment(state.since_s)
    reset = f"karat breaker reset {state.instrument} --reason …"
    if state.phase is Phase.HALF_OPEN:
        first = ", ".join(state.claim.lets) if state.claim else "one partition with a new PASS"
        why = f"{first} is published first, and read again"
    else:
        why = (
            f"{cause(state)}; it closes when a partition not judged before passes and is published"
        )
    return f"the breaker of {name} is {state.phase} since {since}: {why}, or by {reset}"


def cause(state: Breaker) -> str:
    """Return what opened a breaker; "" for nothing."""
    if state.damage:
        return state.damage
    seen = sorted({partition for partition, _ in state.failures.values()})
    rest = f" and {len(seen) - SHOWN} more" if len(seen) > SHOWN else ""
    return f"FAIL of {', '.join(seen[:SHOWN])}{rest}" if seen else ""


def moment(at_s: int) -> str:
    """Return a moment as people write it, in UTC.

    >>> moment(0)
    '1970-01-01 00:00:00Z'
    """
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%d %H:%M:%S}Z"


def _waived(ledger: Ledger, dataset: str, partition: str, key: str, at_s: int) -> bool:
    verdict = ledger.verdict(dataset, Partition.parse(partition), key)
    return verdict is not None and not against(waiver_for(ledger, verdict, at_s), verdict)
