"""What a merge changes, by what must be shown of it before main may hold it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from karat.gate.names import below, named
from karat.lake import Change, ObjectInfo
from karat.lake.layout import Partition

OWN = "_karat/"
ACTIONS = "_lakefs_actions/"
MANIFESTS = "datasets/"
_NOTE = re.compile(r"_karat/verdicts/([^/]+)/([^/]+/[^/]+)\.json", re.ASCII)


@dataclass(frozen=True)
class Changes:
    """The paths a merge changes: partitions of each gated dataset, files of karat's own, others.

    `touched` maps each partition whose bytes or note change to the bytes' new digest, "" where
    they stay, `taken` are those that main would lose. `strange` are paths that are none of these,
    with why nothing justifies them; "" for one that goes.
    """

    touched: dict[str, dict[Partition, str]] = field(default_factory=dict)
    taken: dict[str, set[Partition]] = field(default_factory=dict)
    own: list[Change] = field(default_factory=list)
    strange: dict[str, str] = field(default_factory=dict)
    free: int = 0

    @property
    def unjustified(self) -> dict[str, str]:
        """Return the strange paths that main would hold, with why."""
        return {path: why for path, why in self.strange.items() if why}


def sorted_out(changes: Iterable[Change], gated: Collection[str]) -> Changes:
    """Return what `changes` of main come to where the datasets `gated` have contracts."""
    found = Changes({name: {} for name in gated}, {name: set() for name in gated})
    free = 0
    for change in changes:
        folder = change.path.partition("/")[0]
        if folder in gated:
            _bytes(found, change, folder)
        elif note := _NOTE.fullmatch(change.path):
            _note(found, change, (note[1], note[2]))
        elif change.path.startswith((OWN, ACTIONS, MANIFESTS)):
            found.own.append(change)
        else:
            free += 1
    return Changes(found.touched, found.taken, found.own, found.strange, free)


def _bytes(found: Changes, change: Change, dataset: str) -> None:
    partition = below(dataset, change.path, ".parquet")
    if partition is None:
        why = f"is no partition: {dataset}/ holds nothing else" if change.right else ""
        found.strange[change.path] = why
    elif change.right is None:
        found.taken[dataset].add(partition)
    else:
        found.touched[dataset][partition] = change.right.content_hash


def _note(found: Changes, change: Change, note: tuple[str, str]) -> None:
    dataset, text = note
    partition = named(text)
    if partition is None:
        found.strange[change.path] = "is the note of no partition: <instrument>/<day>.json is one"
    elif dataset not in found.touched:
        found.strange[change.path] = f"no contract here is for {dataset!r}: give the gate its file"
    elif change.right is None:
        found.taken[dataset].add(partition)
    else:
        found.touched[dataset].setdefault(partition, "")


def added(change: Change) -> ObjectInfo | None:
    """Return the file that a change adds where nothing was; None when it does anything else."""
    return change.right if change.left is None else None
