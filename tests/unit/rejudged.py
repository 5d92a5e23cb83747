"""A small lake of days that were judged, and contracts that differ from the first in thresholds."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from benchmarks.partitions import Many, days, lean, lean_table
from karat.contracts import Contract
from karat.flow import Validation, validate
from karat.lake import Lake
from karat.lake.layout import LEDGER, MAIN
from karat.store import DiskStore
from karat.verdicts import Ledger

COUNT, ROWS = 12, 400
DAYS = days(COUNT)
BASE = lean("0.3", width_ns=ROWS * 10**4)


class Days(Many):
    """Days of one instrument with golden days before them, in a lake of its own."""

    @cached_property
    def open(self) -> Lake:
        """Return the lake, opened once."""
        return self.lake()

    def judge(self, contract: Contract, **how: Any) -> Validation:
        """Judge all days with the store on disk, or as is said."""
        return validate(self.open, contract, **({"store": DiskStore(self.home / "store")} | how))

    def ledger(self, prefix: str = "") -> list[str]:
        """Return the paths in the ledger below a prefix."""
        return [found.path for found in self.lake().list(LEDGER, prefix)]

    def gone(self) -> None:
        """Remove the bytes of all days from disk: from now on nothing can be read."""
        head = self.open.head(MAIN)
        for day in DAYS:
            self.open.local_path(head, self.path(day)).unlink()

    @property
    def now(self) -> Ledger:
        """Return the ledger as it is now."""
        return Ledger(self.open)


def judged_days(home: Path) -> Days:
    """Return days that were judged under `BASE`."""
    place = Days(home, BASE)
    place.adopt([lean_table(10**6 + n, ROWS) for n in range(22)])
    place.put((day, lean_table(n, ROWS)) for n, day in enumerate(DAYS))
    place.judge(BASE)
    return place


def changed(**said: Any) -> Contract:
    """Return the contract with other thresholds of its distance, or of the family."""
    rule = BASE.unpaired
    assert rule is not None
    (distance,) = rule.distances
    of_all: dict[str, Any] = {k: said.pop(k) for k in ("alpha", "worst_chunk") if k in said}
    allowance = said.pop("allowance", 0)
    distances = [distance.model_copy(update=said).model_dump(mode="json")]
    body = BASE.model_dump(mode="json", by_alias=True)
    body["unpaired"] |= {**of_all, "distances": distances}
    body["invariants"][0]["allowance"] = allowance
    return Contract.model_validate(body)
