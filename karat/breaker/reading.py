"""Breakers as the ledger tells of them."""

from __future__ import annotations

from collections.abc import Iterator
from weakref import WeakKeyDictionary

from karat.breaker.event import Event
from karat.breaker.kept_state import Befell, keep, kept
from karat.breaker.state import Breaker
from karat.errors import CorruptError
from karat.lake import Lake
from karat.lake.layout import BREAKER, breaker_path
from karat.verdicts import Ledger

Read = dict[tuple[str, str, str], tuple[Event, bool]]
_read: WeakKeyDictionary[Lake, Read] = WeakKeyDictionary()
"""What was read of each open lake, by path, bytes and the keys that were believed."""

Folded = dict[tuple[str, str, str, bool], Befell]
_folded: WeakKeyDictionary[Lake, Folded] = WeakKeyDictionary()
"""What the records of each breaker came to, by whether the ledger was looked at as a whole."""


def breaker_of(ledger: Ledger, dataset: str, instrument: str) -> Breaker:
    """Return the breaker of an instrument; closed where nothing ever befell it.

    Where the ledger builds on what this machine kept of it, so does the breaker. Errors as of
    `Ledger`; CorruptError for a record that is none.
    """
    known, history = _folded.setdefault(ledger.lake, {}), ledger.history
    slot, records = (dataset, instrument, history.believed, history.kept), history.records
    before = known.get(slot)
    if before is None or not before.records.items() <= records.items():
        # it is looked at first, or the ledger was put back, and that was accepted
        before = kept(ledger.lake.keys, history, dataset, instrument)
    state, seen = before.state, dict(before.records)
    while (path := breaker_path(dataset, instrument, len(seen) + 1)) in records:
        event, revoked = _event(ledger, path)
        state, seen[path] = state.after(event, revoked=revoked), records[path]
    found = Befell(seen, state, before.stored)
    known[slot] = keep(ledger.lake.keys, found, history.believed)
    return state


def events(ledger: Ledger, dataset: str, instrument: str) -> Iterator[tuple[Event, bool]]:
    """Yield what befell a breaker, in order, each with whether its key is revoked."""
    number = 1
    while ledger.holds(path := breaker_path(dataset, instrument, number)):
        yield _event(ledger, path)
        number += 1


def breakers(ledger: Ledger, dataset: str) -> list[Breaker]:
    """Return the breakers of a dataset to which anything ever happened, by instrument."""
    below = f"{BREAKER}{dataset}/"
    names = {path[len(below) :].partition("/")[0] for path in ledger.history.records
             if path.startswith(below)}  # fmt: skip
    return [breaker_of(ledger, dataset, name) for name in sorted(names)]


def _event(ledger: Ledger, path: str) -> tuple[Event, bool]:
    known = _read.setdefault(ledger.lake, {})
    name = path, ledger.history.records[path], ledger.history.believed
    if name not in known:
        ((data, revoked),) = ledger.signed(path)
        event = Event.decode(data, f"ledger: {path}")
        if event.path != path:
            raise CorruptError(f"ledger: {path} tells of another breaker")
        known[name] = event, bool(revoked)
    return known[name]
