"""States that one machine computed, put into the lake for all others."""

from __future__ import annotations

from dataclasses import dataclass

from karat.compute.lake_store import LakeStore
from karat.flow import rates
from karat.lake import Lake
from karat.store import DiskStore
from karat.store.care import count, keys_in
from karat.telemetry import Progress, silent

OWN = frozenset({rates.KEY})
"""What holds for one machine only."""


@dataclass(frozen=True, slots=True)
class Shared:
    """How many entries went into the lake, and their bytes; `known` were there already."""

    entries: int
    data_bytes: int
    known: int


def share(disk: DiskStore, lake: Lake, progress: Progress = silent) -> Shared:
    """Put all entries of `disk` that `lake` has not yet into it, signed, in packs of 64 MiB.

    Others find them there when their own store has not got them. `UntrustedError` without a key
    to sign with; what was committed before an error stays, and running it again goes on.
    """
    beyond, total = LakeStore(lake), count(disk)
    looked = known = size = sent = 0
    for keys in keys_in(disk):
        there = beyond.holds(keys)
        found = disk.get_many([key for key in keys if key not in there and key not in OWN])
        beyond.put_many(found)
        looked, known, sent = looked + len(keys), known + len(there), sent + len(found)
        size += sum(map(len, found.values()))
        progress("share", looked, total, f"{size:,} bytes")
    beyond.flush()
    return Shared(sent, size, known)
