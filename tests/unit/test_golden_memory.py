"""Golden days are built in bounded memory: ten times as many to calibrate take no more of it."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).parents[2]
ROWS, COLUMNS = 40_000, 4
BUILD = """
import json, sys, tracemalloc
from pathlib import Path
import numba  # loaded by the rows there are, sooner or later: its own memory is not a day's
import pyarrow as pa
from karat.contracts import Contract
from karat.flow.file_sample import FileSample
from karat.golden import manifest_of

folder, count, contract = Path(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])
days = [FileSample(f"d/{n:02}", folder / f"{n}.parquet") for n in range(count)]
if sys.argv[4] == "backwards":
    days.reverse()
reference = [day for day in days if int(day.name[2:]) < 2]
walk = Contract.model_validate(contract)
manifest_of(walk, days[:1], days[1:2], threads=2)
tracemalloc.start()
made = manifest_of(walk, reference, [day for day in days if day not in reference], threads=2)
peak = tracemalloc.get_traced_memory()[1] + pa.default_memory_pool().max_memory()
print(json.dumps([peak, made.digest]))
"""
NAMES = [f"c{n}" for n in range(COLUMNS)]
CONTRACT = {
    "dataset": "walk",
    "first_day": "2024-01-01",
    "locator": "c0",
    "columns": {name: {"type": "int64", "unit": "x"} for name in NAMES},
    "families": {"unpaired": "gate"},
    "unpaired": {"alpha": "0.05", "distances": [
        {"name": name, "column": name, "cells": 256} for name in NAMES
    ]},
}  # fmt: skip


def built(folder: Path, count: int, order: str = "forwards") -> tuple[int, str]:
    """Return the peak of a build in a process of its own, in bytes, and the digest it gave."""
    command = [sys.executable, "-c", BUILD, str(folder), str(count), json.dumps(CONTRACT), order]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    peak, digest = json.loads(done.stdout)
    return peak, digest


def test_more_days_take_no_more_memory_and_their_order_no_other_digest(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    for n in range(40):
        table = pa.table({name: rng.integers(0, 10**9, ROWS) for name in NAMES})
        pq.write_table(table, tmp_path / f"{n}.parquet")
    (few, _), (many, digest) = built(tmp_path, 4), built(tmp_path, 40)
    day = ROWS * COLUMNS * 8
    assert few > day / COLUMNS, "a column at least is held: something was measured"
    assert many < 1.5 * few, "a day leaves its distances, and no more"
    assert many < 40 * day, "less than the days themselves"
    assert built(tmp_path, 40, "backwards")[1] == digest
