"""A partition in a lake, validated again: nothing changed, so its verdict is found by its files.

Lake and store are on disk. Asking again is all that tells whether something changed: the newest
commit, the digests it gives the files, the ledger's own history, and from them the name under which
the verdict is remembered. Where states themselves are asked for, they are found by name and
decoded.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.contract_day import Day
from benchmarks.judged_days import INSTRUMENT, shipped
from karat import open_lake
from karat.compute import Reading, partition_content, states_of
from karat.flow import Validation, adopt_golden, validate
from karat.lake import Lake
from karat.lake.append import append
from karat.lake.layout import MAIN, Partition, dataset_path
from karat.signing import KeyFiles
from karat.store import DiskStore

AGAIN = Partition(INSTRUMENT, "2024-01-01")


class Again:
    """Puts `day` into a lake and judges it once; what is asked afterwards reads nothing of it."""

    def __init__(self, day: Day, folder: Path) -> None:
        self._day, self._folder = day, folder
        self._contract = shipped().model_copy(update={"paired": None})  # no captures beside it
        self._path = dataset_path(self._contract.dataset, AGAIN.instrument, AGAIN.date)
        self.lake = self._opened()
        self.store = DiskStore(folder / "store")
        append(self.lake, MAIN, {self._path: day.path}, message="Put a day")
        adopt_golden(self.lake, day.golden, who="the bench", reason="days before this one")
        self.first = self._validated(self.lake, self.store)
        self._found()

    def verdict(self) -> Validation:
        """Validate it again with lake and store kept open; RuntimeError for another answer."""
        return self._same(self._validated(self.lake, self.store))

    def anew(self) -> Validation:
        """Validate it again with both opened anew, as another process would."""
        return self._same(self._validated(self._opened(), DiskStore(self._folder / "store")))

    def states(self) -> list[Any]:
        """Return the state of each measure; RuntimeError where something was read for it."""
        states, read = self._found()
        if read:
            raise RuntimeError(f"{read} bytes were read of a file whose states are known")
        return states

    def _opened(self) -> Lake:
        return open_lake(f"file://{self._folder / 'lake'}", files=KeyFiles.below(self._folder))

    def _validated(self, lake: Lake, store: DiskStore) -> Validation:
        return validate(lake, self._contract, partitions=[AGAIN], store=store)

    def _same(self, found: Validation) -> Validation:
        told = [(one.outcome, one.root, one.merged) for one in (found, self.first)]
        if told[0] != told[1] or found.bytes_read or not found.cached:
            raise RuntimeError(f"validated again it is {told[0]}, and {told[1]} before")
        return found

    def _found(self) -> tuple[list[Any], int]:
        reading = Reading(self.lake, self.lake.head(MAIN), self._path)
        content = partition_content(reading, self.store, self._day.columns)
        states = states_of(self._day.asked, content, reading, self.store)
        return states, reading.bytes_read
