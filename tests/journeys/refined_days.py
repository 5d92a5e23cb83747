"""Days under contracts with few golden cells, whose certified bounds are wide, and with all."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks.partitions import Many, days, lean_table
from karat.contracts import Contract
from karat.flow import Validation, validate
from karat.lake.layout import MAIN, Partition
from karat.store import DiskStore

COUNT, ROWS, FEW = 12, 300, 6
DAYS = days(COUNT)


def contract(cells: int | None = FEW, alpha: str = "0.05", **more: Any) -> Contract:
    """Return a contract of three distances in golden cells; `cells` None keeps every value."""
    names: dict[str, dict[str, Any]] = {
        "value": {},
        "steps": {"of": "movement"},
        "tails": {"kind": "kuiper"},
    }
    distances = [
        {"name": n, "column": "value", "cells": cells, **said} for n, said in names.items()
    ]
    body = {
        "dataset": "many",
        "first_day": "2024-01-01",
        "columns": {n: {"type": "int64", "unit": "ns"} for n in ("time_ns", "value")},
        "families": {"unpaired": "gate"},
        "locator": "time_ns",
        "unpaired": {"alpha": alpha, "distances": distances} | more,
    }
    return Contract.model_validate(body)


class Days(Many):
    """Days of one instrument with golden days before them, in a lake of its own."""

    def judge(self, asked: Contract, **how: Any) -> Validation:
        """Judge all days with the store on disk, or as is said."""
        return validate(self.lake(), asked, **({"store": DiskStore(self.home / "store")} | how))

    def hide(self, kept: Collection[Partition] = ()) -> None:
        """Remove the bytes of all days but `kept` from disk: they cannot be read from now on."""
        lake = self.lake()
        head = lake.head(MAIN)
        for day in DAYS:
            if day not in kept:
                lake.local_path(head, self.path(day)).unlink()


def day(number: int) -> pa.Table:
    """Return a day, some of which are a little off: distances lie on both sides of q."""
    table = lean_table(number, ROWS)
    moved = pa.compute.add(table["value"], 40 * (number % 7) ** 2)
    return table.set_column(1, "value", moved.cast("int64"))


def brought(home: Path, asked: Contract) -> Days:
    """Return days that nobody has judged yet, behind golden days for `asked`."""
    place = Days(home, asked)
    place.adopt([lean_table(10**6 + n, ROWS) for n in range(22)])
    place.put((one, day(n)) for n, one in enumerate(DAYS))
    return place
