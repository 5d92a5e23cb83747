"""A lake of many partitions, validated from outside: only its public functions, files and folders.

Each visit opens lake and store anew, as another process would.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from karat import open_lake
from karat.contracts import Contract, parse_contract
from karat.flow import Validation, adopt_golden, validate
from karat.golden import GoldenManifest, manifest_of
from karat.lake import Lake
from karat.lake.append import append
from karat.lake.layout import MAIN, Partition, dataset_path
from karat.signing import KeyFiles
from karat.store import DiskStore
from karat.verdicts.table_sample import TableSample

FIRST = dt.date(2024, 1, 1)
BATCH = 50
REFERENCE, CALIBRATION = 3, 19

LEAN = """
dataset: many
first_day: 2024-01-01
columns:
  time_ns: {{type: int64, unit: ns}}
  value: {{type: int64, unit: units}}
families: {{invariants: gate, unpaired: gate}}
locator: time_ns
invariants:
  - {{name: values are not negative, left: value, op: ">=", right: 0, allowance: {allowance}}}
unpaired:
  alpha: "0.05"
  distances:
    - {{name: value, column: value, cells: 4096, tolerance: "{tolerance}"}}
  blocks: {{time: time_ns, width_ns: {width}}}
"""


def lean(tolerance: str = "0.2", allowance: int = 0, width_ns: int = 10**9) -> Contract:
    """Return a contract of two columns: one invariant, one distance with a tolerance."""
    return parse_contract(
        LEAN.format(tolerance=tolerance, allowance=allowance, width=width_ns), "lean"
    )


def lean_table(number: int, rows: int) -> pa.Table:
    """Return the rows of day `number`: times a millisecond apart, waiting times without ties."""
    random = np.random.Generator(np.random.PCG64([77, number]))
    values = random.lognormal(8, 1.5, rows).astype(np.int64)
    return pa.table({"time_ns": np.arange(rows) * 10**6, "value": values})


def days(count: int, instrument: str = "v-m-many") -> list[Partition]:
    """Return so many days that follow each other."""
    return [Partition(instrument, str(FIRST + dt.timedelta(days=n))) for n in range(count)]


@dataclass(frozen=True, slots=True)
class Many:
    """A folder with a lake, its keys and a store, and the contract that its dataset is held to."""

    home: Path
    contract: Contract

    def lake(self) -> Lake:
        """Open the lake."""
        return open_lake(f"file://{self.home / 'lake'}", files=KeyFiles.below(self.home))

    def put(self, tables: Iterable[tuple[Partition, pa.Table]]) -> int:
        """Put partitions on main, 50 a commit, as zstd-3 Parquet; return the bytes of all."""
        lake, batch, size = self.lake(), dict[str, bytes | Path](), 0
        for partition, table in tables:
            data = BytesIO()
            pq.write_table(table, data, compression="zstd", compression_level=3)
            batch[self.path(partition)] = data.getvalue()
            size += data.tell()
            if len(batch) == BATCH:
                append(lake, MAIN, batch, message="Write partitions")
                batch = {}
        if batch:
            append(lake, MAIN, batch, message="Write partitions")
        return size

    def adopt(self, tables: Sequence[pa.Table]) -> GoldenManifest:
        """Make these tables the golden days: the first three to refer to, the others calibrate."""
        samples = [TableSample(f"golden {n:03}", table) for n, table in enumerate(tables)]
        manifest = manifest_of(self.contract, samples[:REFERENCE], samples[REFERENCE:])
        adopt_golden(self.lake(), manifest, who="the bench", reason="days before the first one")
        return manifest

    def validate(self, contract: Contract | None = None) -> Validation:
        """Judge all partitions of main, with the store on disk."""
        store = DiskStore(self.home / "store")
        return validate(self.lake(), contract or self.contract, store=store)

    def remove_files(self, kept: Iterable[Partition] = ()) -> int:
        """Remove the bytes of all partitions but `kept` from disk; return how many files went."""
        lake, gone = self.lake(), 0
        head, keep = lake.head(MAIN), {self.path(partition) for partition in kept}
        for entry in lake.list(head, f"{self.contract.dataset}/"):
            if entry.path not in keep:
                path = lake.local_path(head, entry.path)
                path.unlink()
                gone += 1
        return gone

    def path(self, partition: Partition) -> str:
        """Return where a partition is in the lake."""
        return dataset_path(self.contract.dataset, partition.instrument, partition.date)
