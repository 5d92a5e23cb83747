"""Capture files into `raw/`, `golden/` and `golden_trades/`: byte for byte, one commit a partition.

A partition is taken whole or not at all, and one that is there already is passed over, so an
interrupted ingest is finished by running it again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from pathlib import Path
from typing import Literal

from karat.contracts import VENUES, SourceRule
from karat.digest import bytes_digest, file_digest
from karat.errors import InputError, ObjectNotFound
from karat.lake import Lake
from karat.lake.append import append
from karat.lake.layout import (
    MAIN,
    Partition,
    dataset_path,
    golden_path,
    golden_trades_path,
    reference_path,
)
from karat.messages import (
    instrument_on,
    instrument_rows,
    reader_of,
    shipped_table,
    trade_reader,
)
from karat.messages.capture_day import received_elsewhere
from karat.messages.capture_file import parquet_file
from karat.telemetry import Progress, silent

Role = Literal["raw", "golden", "golden_trades"]
Status = Literal["new", "restated", "same"]
SUFFIXES: Mapping[str, Role] = {
    "raw": "raw",
    "golden_bbo": "golden",
    "trades": "golden_trades",
}
ROLES: tuple[Role, ...] = ("raw", "golden", "golden_trades")
PLACES: Mapping[Role, Callable[[str, str], str]] = {
    "golden": golden_path,
    "golden_trades": golden_trades_path,
}
MARKETS = {"cm": "coinm"}
_NAME = re.compile(
    rf"(?P<market>[a-z]+)_(?P<symbol>.+)_(?P<date>\d{{8}})_(?P<what>{'|'.join(SUFFIXES)})"
)


@dataclass(frozen=True, slots=True)
class Capture:
    """A file and what it is a capture of."""

    path: Path
    partition: Partition
    role: Role


@dataclass(frozen=True, slots=True)
class Ingested:
    """A capture in the lake: its SHA-256, and whether it was there before.

    `doubt` says when it was received, where that speaks for another day; else it is empty.
    """

    capture: Capture
    digest: str
    status: Status
    doubt: str = ""


def captures_in(paths: Iterable[Path]) -> list[Capture]:
    """Return the captures among files and folders, by partition, raw before golden.

    A file is named ``<market>_<symbol>_<yyyymmdd>_raw.parquet``, ``…_golden_bbo.parquet`` (quotes)
    or ``…_trades.parquet`` (golden trades); the venue is in its Parquet metadata, else the name
    of its folder. Raises InputError for a path that is not there, a file of another name, or a
    folder without any capture.
    """
    found: list[Capture] = []
    for path in paths:
        if not path.exists():
            raise InputError(f"{path}: there is no such file or folder")
        inside = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
        named = [capture for file in inside if (capture := _named(file))]
        if not named:
            raise InputError(
                f"{path}: no capture here: name files <market>_<symbol>_<yyyymmdd>_raw.parquet, "
                "…_golden_bbo.parquet and …_trades.parquet, or say --instrument, --date and --role"
            )
        found += named
    return sorted(found, key=_place)


def ingest(
    lake: Lake,
    captures: Sequence[Capture],
    *,
    instruments: str | None = None,
    source: SourceRule = VENUES,
    progress: Progress = silent,
) -> list[Ingested]:
    """Bring captures into the lake's main branch, and the instruments' reference data with them.

    `instruments` is a CSV table of reference data, the shipped one by default. Raw captures go
    where `source` says; for a dataset with a function of its own they are Parquet files of any
    columns, and no reference data is needed. Raises InputError
    before a partition is touched when its file is not Parquet, lacks a column, is of an unknown
    venue, is given twice, or has no reference data for its day. One received on another day than
    it is named for is taken all the same, and its `doubt` says so.
    """
    done: list[Ingested] = []
    ordered = sorted(captures, key=_place)
    doubts = {capture: _check(capture, source) for capture in ordered}
    _refuse_twice(ordered)
    for partition, group in groupby(ordered, key=lambda c: c.partition):
        results = _ingest(lake, partition, list(group), instruments or shipped_table(), source)
        done += [replace(result, doubt=doubts[result.capture]) for result in results]
        progress("ingest", len(done), len(ordered), str(partition))
    return done


def _ingest(
    lake: Lake, partition: Partition, group: list[Capture], table: str, source: SourceRule
) -> list[Ingested]:
    head = lake.head(MAIN)
    results, files = [], {}
    for capture in group:
        path = _path(capture, source)
        digest, there = file_digest(capture.path), _digest_at(lake, head, path)
        status: Status = "same" if there == digest else "restated" if there else "new"
        if status != "same":
            files[path] = capture.path
        results.append(Ingested(capture, digest, status))
    changes: dict[str, bytes | Path] = dict(files)
    if not all(_own(capture, source) for capture in group):
        changes |= _reference(lake, head, partition, table)
    if changes:
        append(lake, MAIN, changes, message=f"Ingest {partition}")
    return results


def _reference(lake: Lake, head: str, partition: Partition, table: str) -> dict[str, bytes]:
    """Return the reference data of a partition's instrument, where the lake has other or none."""
    rows = instrument_rows(table, partition.instrument)
    instrument_on(rows, partition.instrument, partition.date)
    path = reference_path(partition.instrument)
    return (
        {} if _digest_at(lake, head, path) == bytes_digest(rows.encode()) else {path: rows.encode()}
    )


def _path(capture: Capture, source: SourceRule) -> str:
    place = capture.partition.instrument, capture.partition.date
    return (
        dataset_path(source.folder, *place)
        if capture.role == "raw"
        else PLACES[capture.role](*place)
    )


def _own(capture: Capture, source: SourceRule) -> bool:
    """Return whether a capture is read by a dataset's own function."""
    return capture.role == "raw" and bool(source.made_by)


def _digest_at(lake: Lake, commit: str, path: str) -> str | None:
    try:
        return lake.stat(commit, path).content_hash
    except ObjectNotFound:
        return None


def _place(capture: Capture) -> tuple[Partition, int]:
    """Return what captures are sorted by."""
    return capture.partition, ROLES.index(capture.role)


def _check(capture: Capture, source: SourceRule) -> str:
    """Refuse what cannot be read; return when it was received, where that is beside its day."""
    own = _own(capture, source)
    columns = () if own else _columns(capture)
    with parquet_file(capture.path, columns, str(capture.path)) as file:
        return "" if own else received_elsewhere(file, capture.partition.date)


def _columns(capture: Capture) -> tuple[str, ...]:
    """Return the columns the capture must have, as the reader of its venue says."""
    reader = reader_of(capture.partition.instrument)
    if capture.role != "golden_trades":
        return reader.raw_columns if capture.role == "raw" else reader.golden_columns
    if (trades := trade_reader(reader)) is None:
        raise InputError(
            f"{capture.path}: the reader of {capture.partition.instrument} reads no golden trades: "
            "leave the file out, or give the reader `golden_trade_columns` and `trades`"
        )
    return trades.golden_trade_columns


def _refuse_twice(ordered: Sequence[Capture]) -> None:
    for before, after in pairwise(ordered):
        if (before.partition, before.role) == (after.partition, after.role):
            what = f"{after.role} capture of {after.partition}"
            raise InputError(f"{before.path} and {after.path} are both the {what}: give one")


def _named(path: Path) -> Capture | None:
    match = _NAME.fullmatch(path.stem)
    if match is None:
        return None
    market = MARKETS.get(match["market"], match["market"])
    instrument = f"{_venue(path)}-{market}-{match['symbol']}".lower()
    day = match["date"]
    try:
        partition = Partition(instrument, f"{day[:4]}-{day[4:6]}-{day[6:]}")
    except InputError as error:
        raise InputError(f"{path}: by its name of no partition: {error}") from error
    return Capture(path, partition, SUFFIXES[match["what"]])


def _venue(path: Path) -> str:
    with parquet_file(path, (), str(path)) as file:
        metadata = file.schema_arrow.metadata or {}
    venue: bytes = metadata.get(b"venue", path.resolve().parent.name.encode())
    return venue.decode()
