"""Moving a breaker on: compare and swap on the number of its next record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from karat.breaker.event import Event, Kind
from karat.breaker.reading import breaker_of
from karat.breaker.state import Breaker
from karat.errors import InputError
from karat.lake import Lake
from karat.telemetry import Clock, now_s
from karat.verdicts import Ledger, record

LEASE_S = 30
"""After so long, what was claimed and not published may be claimed by another."""


def claim(
    lake: Lake, dataset: str, instrument: str, lets: Mapping[str, str], clock: Clock = now_s
) -> Breaker:
    """Claim to be the one that publishes `lets` (partition: content) while it is half-open.

    Return the breaker as it is then: whose claim it holds, `claim.lets` tells. The same claim
    again is the same; another's holds for `LEASE_S`.
    """

    def step(state: Breaker) -> Event | None:
        held = state.claim
        taken = held and (dict(held.lets) == dict(lets) or clock() < held.made_s + LEASE_S)
        if taken or not state.lets(lets):
            return None
        return _next(state, Kind.CLAIMED, clock, lets=dict(lets))

    return _move(lake, dataset, instrument, step, "Claim to publish first")


def confirm(lake: Lake, of: Event, damage: str, clock: Clock = now_s) -> Breaker:
    """Record that what a claim let through was read again: equal, or what is wrong with it."""

    def step(state: Breaker) -> Event | None:
        if of.number not in {one.number for one in state.claims}:
            return None  # another has told of it, or it failed meanwhile
        kind = Kind.UNEQUAL if damage else Kind.EQUAL
        return _next(state, kind, clock, of=of.number, reason=damage)

    return _move(lake, of.dataset, of.instrument, step, "Read again what was published first")


def reset(
    lake: Lake, dataset: str, instrument: str, *, who: str, reason: str, clock: Clock = now_s
) -> Breaker:
    """Close a breaker by hand, in somebody's name and for a reason; InputError if it is closed."""

    def step(state: Breaker) -> Event | None:
        if not state.opened and not state.failures:
            raise InputError(f"{dataset}/{instrument}: its breaker is closed: nothing to reset")
        return _next(state, Kind.RESET, clock, who=who, reason=reason)

    return _move(lake, dataset, instrument, step, f"Reset the breaker of {instrument}")


def _move(
    lake: Lake,
    dataset: str,
    instrument: str,
    step: Callable[[Breaker], Event | None],
    message: str,
) -> Breaker:
    """Record what `step` gives for the breaker as it is; return it as it is after that."""

    def also(ledger: Ledger) -> dict[str, bytes]:
        event = step(breaker_of(ledger, dataset, instrument))
        return {event.path: event.encode()} if event else {}

    record(lake, {}, f"{message}: {dataset}/{instrument}", also=also)
    return breaker_of(Ledger(lake), dataset, instrument)


def _next(state: Breaker, kind: Kind, clock: Clock, **said: Any) -> Event:
    return Event(state.dataset, state.instrument, state.number + 1, kind, clock(), **said)
