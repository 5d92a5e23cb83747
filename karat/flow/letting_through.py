"""What breakers let through to main, and what comes of it: main is read again.

A claim in the ledger says which partition goes first; the merge expects the head of main that was
looked at after it. So of two who claim one after the other, one merges, and the other finds main
moved, looks again, and finds what the first has published.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from karat.breaker import Breaker, Event, breaker_of, claim, confirm, holds, told
from karat.compute import file_content
from karat.contracts import Contract
from karat.errors import CorruptError, ObjectNotFound
from karat.flow.note import Note
from karat.flow.whole_chains import least_with
from karat.lake import CommitId, Lake
from karat.lake.layout import MAIN, Partition, dataset_path, published_verdict_path
from karat.telemetry import Clock, now_s
from karat.verdicts import Admission, Ledger


@dataclass
class Passage:
    """What may go to main now, what may not and why, and instruments let through half-open."""

    admitted: dict[Partition, Admission]
    refused: dict[Partition, str] = field(default_factory=dict)
    first: list[str] = field(default_factory=list)


def let_through(
    lake: Lake,
    contract: Contract,
    head: CommitId,
    admitted: dict[Partition, Admission],
    clock: Clock = now_s,
) -> Passage:
    """Return what breakers let through of `admitted`, after claiming it where one is half-open."""
    passage, at_s = Passage({}), clock()
    for instrument in sorted({p.instrument for p in admitted}):
        own = {p: answer for p, answer in admitted.items() if p.instrument == instrument}
        state = breaker_of(Ledger(lake), contract.dataset, instrument)
        through = own
        if holds(Ledger(lake), state, at_s):
            through, state = _first(lake, contract, head, own, state, clock)
            passage.first += [instrument] if through else []
        passage.admitted |= through
        passage.refused |= {p: told(state) for p in own if p not in through}
    return passage


def settle(
    lake: Lake, contract: Contract, instruments: Collection[str], clock: Clock = now_s
) -> None:
    """Close, or open, the breakers of `instruments` for what main holds of what it let through.

    Whoever looks does this, so that it needs nobody who may have been killed: partitions that
    were claimed and are on main are read again. So are those that passed and are there already,
    as after a faulty capture was replaced by the one before it.
    """
    ledger = Ledger(lake)
    for state in (breaker_of(ledger, contract.dataset, name) for name in sorted(instruments)):
        if not state.opened:
            continue
        head = lake.head(MAIN)
        there = next(
            (one for one in state.claims if _is_there(lake, contract, head, one.lets)), None
        )
        if there is None:
            there = _passed_already(lake, contract, head, state, clock)
        if there is not None:
            confirm(lake, there, _damage(lake, contract, head, there), clock)


def _first(
    lake: Lake,
    contract: Contract,
    head: CommitId,
    own: dict[Partition, Admission],
    state: Breaker,
    clock: Clock,
) -> tuple[dict[Partition, Admission], Breaker]:
    """Return what goes first of an instrument, none where another does, and its breaker."""
    contents = {str(p): _content(answer) for p, answer in own.items()}
    held = state.claim
    for partition in sorted(own):
        if not state.lets({str(partition): contents[str(partition)]}):
            continue
        if held and contents.get(str(partition)) == held.lets.get(str(partition)):
            chosen = {p: own[p] for p in own if str(p) in held.lets}  # ours, or one like it
        else:
            chosen = least_with(lake, contract, head, own, partition)
        if not chosen:
            continue
        lets = {str(p): contents[str(p)] for p in chosen}
        state = claim(lake, state.dataset, state.instrument, lets, clock)
        if state.claim and dict(state.claim.lets) == lets:
            return chosen, state
    return {}, state


def _passed_already(
    lake: Lake, contract: Contract, head: CommitId, state: Breaker, clock: Clock
) -> Event | None:
    noted = set() if state.claims else _noted(lake, contract, head, state.instrument)
    for partition, content in state.passed.items():
        if partition in noted and _is_there(lake, contract, head, {partition: content}):
            return claim(lake, state.dataset, state.instrument, {partition: content}, clock).claim
    return None


def _noted(lake: Lake, contract: Contract, head: CommitId, instrument: str) -> set[str]:
    """Return the partitions of an instrument that main has a note of."""
    first = published_verdict_path(contract.dataset, Partition(instrument, "2000-01-01"))
    folder = first.removesuffix("2000-01-01.json")
    names = (found.path.removeprefix(folder) for found in lake.list(head, folder))
    return {f"{instrument}/{name.removesuffix('.json')}" for name in names}


def _is_there(lake: Lake, contract: Contract, head: CommitId, lets: Mapping[str, str]) -> bool:
    """Return whether main says that it holds these contents, by its notes."""
    for partition, content in lets.items():
        path = published_verdict_path(contract.dataset, Partition.parse(partition))
        try:
            with lake.open(head, path) as stream:
                if Note.decode(stream.read(), path).content != content:
                    return False
        except ObjectNotFound:
            return False
    return True


def _damage(lake: Lake, contract: Contract, head: CommitId, of: Event) -> str:
    """Return what is wrong with the bytes on main of what was let through, "" for nothing."""
    for name, content in of.lets.items():
        partition = Partition.parse(name)
        path = dataset_path(contract.dataset, partition.instrument, partition.date)
        try:
            held = file_content(lake.local_path(head, path), what=path).digest
        except (CorruptError, ObjectNotFound) as error:
            return f"{name} was published and cannot be read again: {error}"
        if held != content:
            return f"{name} was published, and main holds other values than its PASS speaks of"
    return ""


def _content(answer: Admission) -> str:
    return answer.verdict.inputs.content if answer.verdict else ""
