"""A validator that works until it is ended, and gives way: what `bench_beside` trains beside."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from karat.compute import file_content
from karat.compute.courtesy import give_way
from karat.states import ReferenceCounts

ROWS, COLUMNS = 1_000_000, 8


def made(folder: Path) -> Path:
    """Write a day of columns of whole numbers, and return the file."""
    random = np.random.default_rng(1)
    columns = {f"x{n}": random.integers(0, 1 << 20, ROWS).cumsum() for n in range(COLUMNS)}
    pq.write_table(pa.table(columns), folder / "day.parquet", compression="zstd")
    return folder / "day.parquet"


def validate_for_ever(file: Path, *, courteous: bool) -> None:
    """Digest every column of a file and count its values in golden cells, again and again."""
    columns = {name: one.to_numpy() for name, one in _columns(file)}
    counts = {name: ReferenceCounts.from_golden(one, cells=4096) for name, one in columns.items()}
    if courteous:  # only now: who gives way on a full machine would never be ready
        give_way()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        file_content(file, what=file.name)
        for name, column in _columns(file):
            counts[name].observe(column.to_numpy())


def _columns(file: Path) -> list[tuple[str, pa.ChunkedArray]]:
    table = pq.read_table(file)
    return [(name, table[name]) for name in table.column_names]


if __name__ == "__main__":
    validate_for_ever(Path(sys.argv[1]), courteous=sys.argv[2] == "gives way")
