"""Captures that came or changed: what is to be rebuilt, judged and published."""

from __future__ import annotations

from dataclasses import replace

from karat.contracts import Contract
from karat.digest import digest
from karat.lake import Lake
from karat.lake.layout import MAIN
from karat.messages import REBUILD_VERSION
from karat.store import Store
from karat.telemetry import Clock, now_s
from karat.watch.ledgered import unsettled
from karat.watch.looking import Look, Watched, chosen
from karat.watch.seen import Seen


def look_at_captures(
    lake: Lake, contract: Contract, cursor: str = "", *, store: Store, clock: Clock = now_s
) -> Look:
    """Return the runs for captures on main that changed since `cursor`, the last look's `seen`.

    A capture with other bytes is asked for, also when the same bytes were seen before that: its
    run finds the answer and reads nothing. Without a cursor, for an instrument never seen, and
    when rebuilds are made by another version, the ledger tells what is left to do; of what it has
    settled nothing is asked. Raises InputError for a cursor that is none, and what the lake
    raises: a lake that does not answer has not "nothing new".
    """
    seen = Seen.decode(cursor) if cursor else Seen(clock())
    rules = _rules(contract)
    if seen.rules != rules:
        seen = replace(seen, rules=rules, commit="", roots={}, whole=False)
    head = lake.head(MAIN)
    if not (seen.whole and seen.commit == head):
        folders = [contract.source.folder]
        left = Watched(
            lake, store, folders, lambda days: unsettled(lake, contract, days, store=store)
        )
        seen = left.since(seen, head)
    batches, after = chosen(seen, contract, clock)
    after = replace(after, generation=seen.generation + bool(batches))
    return Look(seen.generation, after, rebuild=tuple(batches))


def _rules(contract: Contract) -> str:
    """Return by what captures are made into partitions."""
    source = contract.source
    version = source.version if source.made_by else REBUILD_VERSION
    return digest("recipe/1", source.folder, source.made_by, version)[:32]
