"""Training read through a proved dataset's Parquet beside raw arrays that are mapped into memory.

A step is what a small network does with a batch: forward, and the gradient of its first layer.
Ours opens the tag (manifest, verdicts and signatures are looked at), hashes every partition before
its first row and decodes its Parquet; the raw arrays are one file of float32 that nothing proves.
Both are read in turn, and both must end with the same weights. What the proof alone takes is shown
by pyarrow, which decodes the same files and asks nobody. Decoding is what the training cache saves:
`bench_steps` measures that one.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.goals import Goal
from benchmarks.timing import Row, rate, timed
from karat import dataset, open_lake
from karat.contracts import Contract
from karat.flow import publish_together, rebuild_partitions, validate
from karat.lake import Lake
from karat.lake.append import append
from karat.lake.layout import MAIN, Partition, dataset_path
from karat.signing import KeyFiles
from karat.store import MemoryStore

DAYS, ROWS, COLUMNS = 4, 250_000, 16
BATCH, HIDDEN = 1 << 16, 32
NAMES = [f"x{number:02}" for number in range(COLUMNS)]
NAME, DATASET = "observations", "seen"
FIRST = dt.date(2024, 1, 1)
Floats = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True)
class Places:
    """A lake with a dataset that was cut from it, and the same observations as raw arrays."""

    lake: Lake
    tag: str
    days: list[Partition]
    raw: Path
    rows: int


def run(days: int = DAYS, rows: int = ROWS) -> list[Row]:
    """Return the rows; RuntimeError when training ends with other weights."""
    with tempfile.TemporaryDirectory() as folder:
        places = made(Path(folder), days, rows)
        weights = [trained(batches) for batches in (raw(places), proved(places), decoded(places))]
        if not all(np.array_equal(weights[0], other) for other in weights[1:]):
            raise RuntimeError("training on the dataset and on raw arrays ends differently")
        return list(_rows(places))


def _rows(places: Places) -> Iterator[Row]:
    ours, arrays, plain = (
        took.wall_s
        for took in timed(
            lambda: trained(proved(places)),
            lambda: trained(raw(places)),
            lambda: trained(decoded(places)),
        )
    )
    alone, unproved = (
        took.wall_s for took in timed(lambda: read(proved(places)), lambda: read(decoded(places)))
    )
    (opened,) = timed(lambda: dataset.open(places.lake, places.tag))
    count, more = places.rows, 100 * (ours / arrays - 1)
    told = [rate(count, seconds) for seconds in (ours, arrays, plain, alone, unproved)]
    what = f"{count:,} observations of {COLUMNS} float32"
    yield Row(f"{what}: training, Parquet decoded each time, more time than on raw mapped arrays",
              told[0], told[1], arrays / ours, Goal(more, 3, 1, unit="%"))  # fmt: skip
    yield Row("  the same, beside pyarrow that asks for no proof", told[0], told[2], plain / ours)
    yield Row(
        "  only read, beside pyarrow that asks for no proof", told[3], told[4], unproved / alone
    )
    yield Row(
        f"  opened: tag, manifest and {len(places.days)} verdicts", f"{1e3 * opened.wall_s:.1f} ms"
    )


def trained(batches: Iterator[Floats]) -> Floats:
    """Return the weights after a step on each batch of observations."""
    random = np.random.Generator(np.random.PCG64(3))
    weights = random.standard_normal((COLUMNS, HIDDEN), np.float32) / np.float32(COLUMNS)
    out = random.standard_normal(HIDDEN, np.float32)
    for seen in batches:
        hidden = np.tanh(seen @ weights)
        error = hidden @ out - seen[:, 0]
        back = np.outer(error, out) * (1 - hidden * hidden)
        weights = weights - np.float32(1e-3 / len(seen)) * (seen.T @ back)
    return weights


def read(batches: Iterator[Floats]) -> int:
    return sum(len(batch) for batch in batches)


def raw(places: Places) -> Iterator[Floats]:
    """Yield the batches of the raw arrays, partition after partition."""
    for part in np.memmap(places.raw, np.float32, "r").reshape(len(places.days), -1, COLUMNS):
        for at in range(0, len(part), BATCH):
            yield part[at : at + BATCH]


def proved(places: Places) -> Iterator[Floats]:
    """Yield the batches of the dataset, opened anew."""
    for batch in dataset.open(places.lake, places.tag).batches(NAMES, rows=BATCH):
        yield _matrix(batch)


def decoded(places: Places) -> Iterator[Floats]:
    """Yield the batches of the same files without a look at what speaks for them."""
    for day in places.days:
        path = dataset_path(DATASET, day.instrument, day.date)
        with pq.ParquetFile(places.lake.local_path(MAIN, path, verify=False)) as file:
            yield from map(_matrix, file.iter_batches(BATCH))


def _matrix(batch: pa.RecordBatch) -> Floats:
    return np.stack([batch[name].to_numpy().astype(np.float32) for name in NAMES], axis=1)


def made(home: Path, days: int, rows: int) -> Places:
    """Return days that were brought in, proved, published and cut, and their raw arrays."""
    lake, store, contract = _lake(home), MemoryStore(), _contract()
    dates = [str(FIRST + dt.timedelta(days=number)) for number in range(days)]
    every = [Partition("bench-spot-abc", date) for date in dates]
    with (home / "raw").open("wb") as arrays:
        for number, day in enumerate(every):
            _bring(lake, home, day, number, rows, arrays)
    batch = rebuild_partitions(lake, contract, every, store=store)
    if batch.branch is None:
        raise RuntimeError("nothing was rebuilt")
    validate(lake, contract, batch.branch, every, store=store)
    publish_together(lake, contract, {batch.branch: None}, store=store)
    version = dataset.cut(lake, contract, NAME, store=store).version
    return Places(lake, f"{NAME}@{version}", every, home / "raw", days * rows)


def _bring(
    lake: Lake, home: Path, day: Partition, number: int, rows: int, arrays: BinaryIO
) -> None:
    random = np.random.Generator(np.random.PCG64([7, number]))
    steps = random.integers(-3, 4, (rows, COLUMNS), np.int32)
    capture = home / "capture.parquet"
    pq.write_table(pa.table(dict(zip(NAMES, steps.T.copy(), strict=True))), capture)
    append(lake, MAIN, {f"exports/{day}.parquet": capture}, message=f"Bring {day}")
    arrays.write(steps.astype(np.float32).tobytes())


def _lake(home: Path) -> Lake:
    return open_lake(f"file://{home / 'lake'}", files=KeyFiles.below(home))


def _contract() -> Contract:
    column = {"type": "int32", "unit": "ticks"}
    return Contract.model_validate({
        "dataset": DATASET,
        "first_day": str(FIRST),
        "source": {"folder": "exports", "made_by": "as_received"},
        "columns": dict.fromkeys(NAMES, column),
        "families": {"invariants": "gate"},
        "invariants": [{"name": "small steps", "left": NAMES[0], "op": "<", "right": 4}],
        "locator": NAMES[0],
    })  # fmt: skip
