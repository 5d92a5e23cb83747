"""One look at a lake: what changed since the last one, and which runs that asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from karat.contracts import Contract
from karat.lake import CommitId, Lake
from karat.lake.layout import Partition
from karat.store import Store
from karat.telemetry import Clock
from karat.watch.batches import Batch, batched
from karat.watch.files import Changes, Files, changes, files_at
from karat.watch.seen import Seen

MOST = 1000
"""So many days nobody knows anything of are looked up in the ledger at once; others wait."""

Left = Callable[[Sequence[Partition]], list[Partition]]
"""Gives those of some days that there is still something to do for, as the ledger tells."""


@dataclass(frozen=True)
class Look:
    """What a look asks for: runs that rebuild and publish, and runs that only judge.

    With `everything`, all that is rebuilt is to be judged in one run. `seen` is what the next
    look begins with, `generation` what tells this look from others.
    """

    generation: int
    seen: Seen
    rebuild: tuple[Batch, ...] = ()
    judge: tuple[Batch, ...] = ()
    everything: bool = False


@dataclass(frozen=True)
class Watched:
    """Some folders of a lake; `left` tells what to do for days that were not seen before.

    `changed` chooses among days whose files are others now.
    """

    lake: Lake
    store: Store
    folders: Sequence[str]
    left: Left
    changed: Left = field(default=list)

    def since(self, seen: Seen, head: CommitId) -> Seen:
        """Return what is seen at `head`: roots as they are now, what changed among the waiting."""
        files = files_at(self.lake, head, self.folders, self.store)
        found = changes(self.lake, seen.commit, head, self.folders) if seen.commit else None
        roots, held = dict[str, str](), files.roots()
        waiting, looked = set(seen.waiting), 0
        for name, root in held.items():
            if seen.roots.get(name) != root:
                known = name in seen.roots and found is not None and name not in found.references
                if not known and looked >= MOST:
                    continue
                days = files.of(name)
                looked += 0 if known else len(days)
                waiting |= set() if known else {*self.left(days)}
                waiting |= {*self.changed(_touched(found, days))} if found else set()
            roots[name] = root
        return replace(
            seen,
            commit=head,
            roots=roots,
            waiting=frozenset(waiting & _all(files)),
            whole=len(roots) == len(held),
        )


def chosen(seen: Seen, contract: Contract, clock: Clock) -> tuple[list[Batch], Seen]:
    """Return what of the waiting is asked for now, and what is seen then.

    Days that are not over wait; days before the contract's first one are none of its partitions.
    """
    today = datetime.fromtimestamp(clock(), UTC).date()
    ours = {one for one in seen.waiting if date.fromisoformat(one.date) >= contract.first_day}
    over = [one for one in ours if date.fromisoformat(one.date) < today]
    found = batched(over, contract.runs, seen.generation)
    taken = {one for batch in found for one in batch.partitions}
    return found, replace(seen, waiting=frozenset(ours - taken))


def _touched(found: Changes, days: Sequence[Partition]) -> list[Partition]:
    """Return which of an instrument's days have other files now, or another day before them."""
    touched = set(days) & found.days
    for gone in found.gone:
        touched |= set(_first(day for day in days if gone < day))
    return sorted(touched)


def _first(days: Iterable[Partition]) -> list[Partition]:
    return [day for day in [next(iter(days), None)] if day]


def _all(files: Files) -> set[Partition]:
    return {one for days in files.folders.values() for one in days}
