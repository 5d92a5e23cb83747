"""A user's own book events, judged without any lake: one is made in memory, for this call."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from karat.cli.rebuild_file import reference

if TYPE_CHECKING:
    from karat.contracts import Contract
    from karat.flow import Validation
    from karat.flow.ingesting import Role
    from karat.lake import Lake
    from karat.lake.layout import Partition
    from karat.telemetry import Progress

BRANCH = "own"


class Files(NamedTuple):
    """What is judged, what it is held against, and what ticks and lots are."""

    data: Path
    golden: Path | None
    golden_trades: Path | None
    instruments: Path | None


def run(
    files: Files, instrument: str, date: str, contract: Contract, progress: Progress
) -> Validation:
    """Return the verdict on one file; InputError when a file cannot be read or lacks a column."""
    from karat.cli.opening import open_lake
    from karat.flow import Capture, ingest, validate
    from karat.lake.layout import Partition
    from karat.messages.capture_file import parquet_file

    partition, lake = Partition(instrument, date), open_lake("memory:")
    parquet_file(files.data, tuple(contract.columns), str(files.data)).close()
    given: dict[Role, Path | None] = {
        "golden": files.golden,
        "golden_trades": files.golden_trades,
    }
    captures = [Capture(path, partition, role) for role, path in given.items() if path]
    if captures:
        ingest(lake, captures, instruments=reference(files.instruments))
    _put(lake, contract, partition, files.data)
    return validate(lake, contract, BRANCH, [partition], progress=progress)


def _put(lake: Lake, contract: Contract, partition: Partition, data: Path) -> None:
    from karat.lake.layout import MAIN, dataset_path

    with lake.session(lake.head(MAIN), branch=BRANCH) as session:
        session.put(dataset_path(contract.dataset, partition.instrument, partition.date), data)
        session.commit(f"Judge {data.name}")
