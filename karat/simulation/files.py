"""Days as the files of a capture."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from karat.messages.file_name import utf8_name
from karat.simulation import whole
from karat.simulation.days import Day
from karat.telemetry import Progress, silent


def write(folder: Path, days: Iterable[Day], progress: Progress = silent) -> list[Path]:
    """Write three Parquet files per day below `folder` and return their paths; none for no days.

    `<market>_<symbol>_<yyyymmdd>_raw.parquet`, `..._golden_bbo.parquet` and
    `..._trades.parquet`; each appears whole or not at all. `LakeUnusable` where the folder
    cannot be written.
    """
    paths: list[Path] = []
    for done, day in enumerate(days, start=1):
        stem = f"{day.instrument.removeprefix('sim-').replace('-', '_')}_{day.date:%Y%m%d}"
        paths.append(_write_whole(folder / f"{stem}_raw.parquet", day.raw))
        paths.append(_write_whole(folder / f"{stem}_golden_bbo.parquet", day.golden))
        paths.append(_write_whole(folder / f"{stem}_trades.parquet", day.golden_trades))
        progress("simulate", done, 0, stem)
    return paths


def _write_whole(path: Path, table: pa.Table) -> Path:
    return whole.put(
        path,
        lambda at: pq.write_table(table, utf8_name(at), compression="zstd", compression_level=3),
    )
