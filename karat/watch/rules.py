"""Contract, code and golden days: when they change, what is there is judged again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from karat.contracts import Contract
from karat.digest import digest
from karat.flow.judged import Trial
from karat.flow.newest import newest_refs
from karat.flow.remembered import Memory
from karat.lake import Lake
from karat.lake.layout import GOLDEN, GOLDEN_TRADES, MAIN, Partition
from karat.store import Store
from karat.telemetry import Clock, now_s
from karat.verdicts import JUDGE_VERSION
from karat.verdicts.adoption import adopted
from karat.verdicts.lineage import raw_partitions
from karat.watch.batches import Batch
from karat.watch.ledgered import places, unjudged
from karat.watch.looking import Look, Watched, chosen
from karat.watch.seen import Seen


def look_at_rules(
    lake: Lake, contract: Contract, cursor: str = "", *, store: Store, clock: Clock = now_s
) -> Look:
    """Return the runs for a contract that rules otherwise than at `cursor`, or another judge.

    Everything is judged again: what was measured stays, so hardly anything is read. What waits on
    audit branches may have a PASS now: it is asked for by name, to be published. Without a
    cursor, only where the ledger lacks a verdict. Errors as `look_at_captures`.
    """
    head = lake.head(MAIN)
    versions = Memory(Trial(lake, contract, head, head, None, store)).versions
    rules = digest("rules/1", contract.digest, JUDGE_VERSION, *versions)[:32]
    return _Rejudging(lake, contract, store, ()).look(cursor, rules, clock)


def look_at_golden(
    lake: Lake, contract: Contract, cursor: str = "", *, store: Store, clock: Clock = now_s
) -> Look:
    """Return the runs for another golden manifest, or other captures to be held against.

    A golden capture asks for its own day, if that is rebuilt. All else as `look_at_rules`.
    """
    rules = adopted(lake, lake.head(MAIN), contract.dataset) or "none"
    folders = (GOLDEN, GOLDEN_TRADES) if contract.paired else ()
    return _Rejudging(lake, contract, store, folders).look(cursor, rules, clock)


@dataclass(frozen=True)
class _Rejudging:
    lake: Lake
    contract: Contract
    store: Store
    folders: Sequence[str]

    def look(self, cursor: str, rules: str, clock: Clock) -> Look:
        seen = Seen.decode(cursor) if cursor else Seen(clock())
        head = self.lake.head(MAIN)
        everything = seen.rules != rules if cursor else bool(self._unjudged(self._days()))
        if not cursor or not (seen.whole and seen.commit == head):
            seen = self._watched(first=not cursor).since(seen, head)
        waiting = seen.waiting | (self._on_audit() if everything else frozenset())
        batches, after = chosen(replace(seen, rules=rules, waiting=waiting), self.contract, clock)
        after = replace(after, generation=seen.generation + bool(batches or everything))
        waits = places(self.lake, self.contract, _named(batches), store=self.store)
        judge = [one for one in batches if all(waits.get(p, MAIN) == MAIN for p in one.partitions)]
        rebuild = [one for one in batches if one not in judge]
        return Look(seen.generation, after, tuple(rebuild), tuple(judge), everything)

    def _watched(self, *, first: bool) -> Watched:
        """Return the folders; at a first look, `everything` has said already what is left."""
        left = (lambda _: []) if first else self._unjudged
        return Watched(self.lake, self.store, self.folders, left, self._rebuilt)

    def _days(self) -> list[Partition]:
        head = self.lake.head(MAIN)
        return raw_partitions(self.lake, head, source=self.contract.source)

    def _unjudged(self, days: Sequence[Partition]) -> list[Partition]:
        return unjudged(self.lake, self.contract, days, store=self.store)

    def _rebuilt(self, days: Sequence[Partition]) -> list[Partition]:
        return list(places(self.lake, self.contract, days, store=self.store))

    def _on_audit(self) -> frozenset[Partition]:
        found = newest_refs(self.lake, self.contract, store=self.store)
        return frozenset(p for ref, held in found.items() if ref != MAIN for p in held)


def _named(batches: Sequence[Batch]) -> list[Partition]:
    return [one for batch in batches for one in batch.partitions]
