"""A raw capture rebuilt, beside orjson alone: no book, no table, only the text made into objects.

Ours reads Parquet, parses, folds and writes Parquet; parsing, folding and writing go on in a
thread each, so that two cores are used. orjson is given the payloads as Python strings already in
memory, in one thread (it holds the interpreter's lock, so more threads do not help it).
"""

from __future__ import annotations

import os
import resource
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.goals import Goal
from benchmarks.timing import Row, rate, timed
from karat.messages import (
    Instrument,
    Kind,
    Reader,
    Rebuilt,
    instrument_on,
    instrument_rows,
    rebuild,
    shipped_table,
)
from karat.messages.binance import COINM, USDM
from karat.messages.fold import Fold

STREAMS = {"depth", "trade", "rest_snapshot"}
REAL = (
    ("binance-usdm-btcusdt", USDM, "usdm_btcusdt_20240808"),
    ("binance-coinm-btcusd_perp", COINM, "cm_btcusd_perp_20240808"),
)
E8 = 100_000_000


@dataclass(frozen=True, slots=True)
class Capture:
    """A raw capture to be rebuilt."""

    path: Path
    instrument: Instrument
    reader: Reader


def run() -> list[Row]:
    """Return the rows of the rebuild."""
    with tempfile.TemporaryDirectory() as folder:
        captures = list(_captures(Path(folder)))
        out = Path(folder) / "out"
        rows = [row for capture in captures for row in _measured(capture, out)]
        with ProcessPoolExecutor(1, get_context("spawn")) as fresh:
            base, peak = fresh.submit(_peaks, captures[0], out).result()
    what = f"{captures[0].instrument.name}: peak memory of a process that rebuilds; before it began"
    return [*rows, Row(what, f"{peak:.0f} MiB; {base:.0f} MiB")]


def _peaks(capture: Capture, out: Path) -> tuple[float, float]:
    """Return the peak memory of this process in MiB, with all imported, and after a rebuild."""
    import_module("karat.messages.fold_kernel")
    base = _peak()
    _rebuild(capture, out)
    return base, _peak()


def _peak() -> float:
    """Return the high-water mark of this process alone; `getrusage` counts its parent's too."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (n for n in status.read_text().splitlines() if n.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _captures(folder: Path) -> Iterator[Capture]:
    """Yield the real captures, or a simulated day where there are none."""
    real = Path(os.environ.get("KARAT_CAPTURES", "../shared/data")) / "binance"
    for name, reader, stem in REAL:
        path = real / f"{stem}_raw.parquet"
        if path.exists():
            yield Capture(path, _instrument(name), reader)
    if not real.is_dir():
        yield _simulated(folder / "raw.parquet")


def _simulated(path: Path) -> Capture:
    import datetime as dt

    from karat.simulation import simulate

    name = "sim-usdm-bench"
    dates = [dt.date(2024, 1, 2)]
    (day,) = simulate(name, dates, seed=1, messages_per_day=100_000, without_snapshot=())
    pq.write_table(day.raw, path, compression="zstd")
    return Capture(path, _instrument(name), USDM)


def _instrument(name: str) -> Instrument:
    return instrument_on(instrument_rows(shipped_table(), name), name, "2024-08-08")


def _measured(capture: Capture, out: Path) -> list[Row]:
    raw = pq.read_table(capture.path, columns=["stream", "payload"]).to_pylist()
    every = [row["payload"] for row in raw]
    parsed = [row["payload"] for row in raw if row["stream"] in STREAMS]
    levels = _agree(capture, out, parsed)
    ours, rival_all, rival_parsed = timed(
        partial(_rebuild, capture, out), partial(_loads, every), partial(_loads, parsed)
    )
    (batch,) = pq.read_table(capture.path).combine_chunks().to_batches()
    messages = capture.reader.messages(batch, capture.instrument, 1, capture.path.name)
    (fold,) = timed(lambda: Fold().apply(messages))
    text = Goal(len(every) / ours.wall_s / 1e3, 350, 1000, "k messages/s", least=True)
    folded = Goal(levels / fold.wall_s / 1e6, 3, 15, "M/s", least=True)
    pairs = (
        ("all rows of the capture, orjson all of them", len(every), rival_all.wall_s, text),
        (
            "depth, trade and snapshot rows, orjson only those",
            len(parsed),
            rival_parsed.wall_s,
            None,
        ),
        ("level changes, orjson the rows that hold them", levels, rival_parsed.wall_s, None),
    )
    name = capture.instrument.name
    lines = [
        Row(f"{name}: {what}", rate(n, ours.wall_s), rate(n, rival), rival / ours.wall_s, goal)
        for what, n, rival, goal in pairs
    ]
    busy, million = ours.cpu_s / ours.wall_s, ours.cpu_s / len(every) * 1e6
    return [
        *lines,
        Row(
            f"{name}: fold of parsed rows, one core, level changes",
            rate(levels, fold.wall_s),
            goal=folded,
        ),
        Row(f"{name}: cores busy; CPU-seconds per million rows", f"{busy:.2f}; {million:.2f} s"),
    ]


def _rebuild(capture: Capture, out: Path) -> Rebuilt:
    return rebuild(
        *(capture.path, out),
        reader=capture.reader,
        instrument=capture.instrument,
        opening=None,
        source=capture.path.name,
    )


def _loads(payloads: list[str]) -> None:
    for payload in payloads:
        orjson.loads(payload)


def _agree(capture: Capture, out: Path, payloads: list[str]) -> int:
    """Return the number of level changes; RuntimeError unless orjson and Decimal find the same."""
    levels, *_ = theirs = _plain(payloads)
    table = capture.reader.messages(*_whole(capture), 1, capture.path.name)
    ticks = sum(table.price_ticks.tolist()) * capture.instrument.tick_e8
    lots = sum(table.size_lots.tolist()) * capture.instrument.lot_e8
    if (ours := (len(table.side), ticks, lots)) != theirs:
        raise RuntimeError(f"{capture.path.name}: levels, prices, sizes {ours}, orjson {theirs}")
    built = _rebuild(capture, out)
    opening = pq.read_table(out, columns=["kind"])["kind"].to_pylist().count(Kind.SNAPSHOT)
    if built.counts["levels"] + built.counts["trades"] + opening != levels:
        raise RuntimeError(f"{capture.path.name}: {built.counts} in the book, orjson {levels}")
    return built.counts["levels"]


def _whole(capture: Capture) -> tuple[pa.RecordBatch, Instrument]:
    (batch,) = pq.read_table(capture.path).combine_chunks().to_batches()
    return batch, capture.instrument


def _plain(payloads: list[str]) -> tuple[int, int, int]:
    """Return the number of levels and trades, and the sums of prices and sizes in 1e-8."""
    levels = [level for payload in payloads for level in _levels(orjson.loads(payload))]
    prices, sizes = zip(*levels, strict=True) if levels else ((), ())
    return len(levels), _sum(prices), _sum(sizes)


def _sum(texts: Sequence[str]) -> int:
    return sum(int(Decimal(text) * E8) for text in texts)


def _levels(message: dict[str, Any]) -> list[tuple[str, str]]:
    data = message.get("data", message)
    if "q" in data:
        return [(data["p"], data["q"])]
    names = ("bids", "asks") if "bids" in data else ("b", "a")
    return [(price, size) for name in names for price, size in data[name]]
