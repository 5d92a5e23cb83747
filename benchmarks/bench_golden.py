"""Golden days built from zstd-3 Parquet: 11.15 M rows of 8 columns, digests and calibration too.

The rival reads the same columns, lets numpy choose 4,096 quantiles of the reference days of each,
counts every day in them with numpy, and takes the same distances: no digests, no ties.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.goals import Goal
from benchmarks.timing import Row, timed
from karat.contracts import Contract
from karat.flow.file_sample import FileSample
from karat.golden import GoldenManifest, manifest_of

DAYS, REFERENCE, CELLS = 24, 4, 4096
ROWS = 11_150_000
COLUMNS = ("time", "bid", "ask", "spread", "bid_size", "ask_size", "trade_size", "depth")
MUST_S, MOONSHOT_S = 15, 3
CLOSE = 0.01
"""Quantiles of samples that are tied or interpolated cut elsewhere: distances agree to this."""


def run() -> list[Row]:
    """Return the rows of golden days; RuntimeError unless both find the same distances."""
    with tempfile.TemporaryDirectory() as folder:
        days = [_write(Path(folder), n, ROWS // DAYS) for n in range(DAYS)]
        _agree(_ours(days, 1), _rival(days))
        threads = len(os.sched_getaffinity(0))
        ours, rival, one = timed(
            lambda: _ours(days, threads), lambda: _rival(days), lambda: _ours(days, 1), runs=3
        )
        return [
            _row(
                f"golden built: 11.15 M rows x 8 columns, {threads} threads",
                ours.wall_s,
                rival.wall_s,
            ),
            _row("the same on one thread", one.wall_s, rival.wall_s),
        ]


def _row(what: str, ours: float, rival: float) -> Row:
    goal = Goal(ours, MUST_S, MOONSHOT_S, "s")
    return Row(what, f"{ours:.2f} s", f"{rival:.2f} s", rival / ours, goal)


def _write(folder: Path, seed: int, rows: int) -> Path:
    rng = np.random.default_rng(seed)
    bid, spread = rng.integers(-1, 2, rows).cumsum() + 1_000_000, rng.geometric(0.6, rows)
    values = (
        rng.integers(1, 10**7, rows).cumsum(),
        bid,
        bid + spread,
        spread,
        rng.geometric(1e-4, rows),
        rng.geometric(1e-4, rows),
        np.exp(rng.normal(8, 2, rows)).astype(np.int64),
        np.exp(rng.normal(14, 1, rows)).astype(np.int64),
    )
    path = folder / f"2024-01-{seed + 1:02}.parquet"
    table = pa.table(dict(zip(COLUMNS, values, strict=True)))
    pq.write_table(table, path, compression="zstd", compression_level=3)
    return path


def _contract() -> Contract:
    columns = {name: {"type": "int64", "unit": "units"} for name in COLUMNS}
    distances = [{"name": name, "column": name, "cells": CELLS} for name in COLUMNS]
    body = {"dataset": "bench", "first_day": "2024-01-01", "locator": "time", "columns": columns}
    body |= {"families": {"unpaired": "gate"}}
    return Contract.model_validate(
        body | {"unpaired": {"alpha": "0.05", "distances": distances}}
    )  # fmt: skip


def _ours(paths: list[Path], threads: int) -> GoldenManifest:
    days = [FileSample(path.stem, path) for path in paths]
    return manifest_of(_contract(), days[:REFERENCE], days[REFERENCE:], threads=threads)


def _rival(paths: list[Path]) -> dict[str, tuple[float, list[float]]]:
    """Return by column the scale and the distances of calibration days, by numpy."""
    found = {}
    for name in COLUMNS:
        known = [_column(path, name) for path in paths[:REFERENCE]]
        cuts = np.unique(np.quantile(np.concatenate(known), np.linspace(0, 1, CELLS)))
        counts = [_counted(cuts, values) for values in known]
        golden = sum(counts)
        left = [_far(golden - one, one) for one in counts]
        days = [_far(golden, _counted(cuts, _column(path, name))) for path in paths[REFERENCE:]]
        found[name] = median(left), days
    return found


def _column(path: Path, name: str) -> Any:
    return pq.read_table(path, columns=[name])[name].to_numpy()


def _counted(cuts: Any, values: Any) -> Any:
    return np.histogram(values, np.concatenate(([-np.inf], cuts, [np.inf])))[0]


def _far(golden: Any, counts: Any) -> float:
    return float(np.abs(golden.cumsum() / golden.sum() - counts.cumsum() / counts.sum()).max())


def _agree(ours: GoldenManifest, rival: dict[str, tuple[float, list[float]]]) -> None:
    for name, (scale, days) in rival.items():
        mine = [float(day.distances[name][0]) for day in ours.calibration]
        pairs = [(float(ours.strata[""][name].scale), scale), *zip(mine, days, strict=True)]
        if any(abs(a - b) > CLOSE for a, b in pairs):
            raise RuntimeError(f"{name}: ours and numpy's distances of golden days differ")
