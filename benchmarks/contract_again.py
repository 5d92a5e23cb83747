"""A partition in a lake whose states a store holds, asked for again: found by name, none read.

Lake and store are on disk and kept open. Asking again is all that tells whether something changed:
the newest commit, the digest it gives the file, the digests of the columns of a file with these
bytes, and from them the name of each state, which the store proves whole.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.contract_day import Day
from karat import open_lake
from karat.compute import Reading, partition_content, states_of
from karat.lake.append import append
from karat.lake.layout import MAIN, raw_path
from karat.signing import KeyFiles
from karat.store import DiskStore


class Again:
    """Makes all states of `day` once; `states` finds them afterwards, in `store`."""

    def __init__(self, day: Day, folder: Path) -> None:
        self._day = day
        self._path = raw_path("sim-spot-again", "2024-01-01")
        self._lake = open_lake(f"file://{folder / 'lake'}", files=KeyFiles.below(folder))
        self.store = DiskStore(folder / "store")
        append(self._lake, MAIN, {self._path: day.path}, message="Put a day")
        self._found()

    def states(self) -> list[Any]:
        """Return the state of each measure; RuntimeError where something was read for it."""
        states, read = self._found()
        if read:
            raise RuntimeError(f"{read} bytes were read of a file whose states are known")
        return states

    def _found(self) -> tuple[list[Any], int]:
        reading = Reading(self._lake, self._lake.head(MAIN), self._path)
        content = partition_content(reading, self.store, self._day.columns)
        states = states_of(self._day.asked, content, reading, self.store)
        return states, reading.bytes_read
