"""A raw capture of so many bytes of JSON text, and what it takes to rebuild and validate it.

Pieces of half a GB are simulated, each carrying on the book of the one before, and written one
behind the other as one capture, with the exchange's own quotes and trades as golden captures. Its
clock runs over as many dates as there are pieces: only its size and how dense it is matter here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from karat import load_contract, open_lake
from karat.cli.settings import Settings
from karat.flow import captures_in, ingest, rebuild_partitions, validate
from karat.signing import KeyFiles
from karat.simulation import Day, simulate
from karat.store import DiskStore
from karat.telemetry import elapsed_s

INSTRUMENT = "sim-usdm-stream"
FIRST = dt.date(2024, 1, 2)
PIECE = 500_000_000
MESSAGE_BYTES = 210
"""About the JSON text of a message that is asked for."""
KINDS = ("raw", "golden_bbo", "trades")


@dataclass(frozen=True, slots=True)
class Streamed:
    """What a capture took: seconds, and the highest memory of the process in MB."""

    text_bytes: int
    rows: int
    outcome: str
    rebuild_s: float
    validate_s: float
    base_mb: float
    rebuild_mb: float
    peak_mb: float

    @property
    def seconds(self) -> float:
        """Return the seconds of both steps."""
        return self.rebuild_s + self.validate_s


def write_capture(folder: Path, size: int, piece: int = PIECE) -> int:
    """Write a capture with about `size` bytes of JSON text in pieces; return how many it has."""
    folder.mkdir(parents=True)
    stem = f"{INSTRUMENT.removeprefix('sim-').replace('-', '_')}_{FIRST:%Y%m%d}"
    text = 0
    with ExitStack() as stack:
        writers: dict[str, pq.ParquetWriter] = {}
        for day in _pieces(size, min(piece, size)):
            tables = dict(zip(KINDS, (day.raw, day.golden, day.golden_trades), strict=True))
            for kind, table in tables.items():
                if kind not in writers:
                    path = folder / f"{stem}_{kind}.parquet"
                    made = pq.ParquetWriter(path, table.schema, compression="zstd")
                    writers[kind] = stack.enter_context(made)
                writers[kind].write_table(table.cast(writers[kind].schema), row_group_size=1 << 17)
            text += int(pc.sum(pc.binary_length(day.raw["payload"])).as_py())
    return text


def _pieces(size: int, piece: int) -> Iterator[Day]:
    dates = [FIRST + dt.timedelta(days=n) for n in range(max(round(size / piece), 1))]
    messages = piece // MESSAGE_BYTES
    return simulate(
        INSTRUMENT, dates, seed=3, messages_per_day=messages, without_snapshot=dates[1:]
    )


def bring_in(home: Path, captures: Path) -> None:
    """Put the capture into a new lake at `home`."""
    lake = open_lake(home / "lake", files=KeyFiles.below(home))
    ingest(lake, captures_in(captures.iterdir()))


def stream(home: Path, text_bytes: int) -> Streamed:
    """Rebuild and validate what lies in the lake at `home`, in this process."""
    lake = open_lake(home / "lake", files=KeyFiles.below(home))
    contract = load_contract(Settings.from_environment({}).contract)
    store, base, begun = DiskStore(home / "store"), peak_mb(), elapsed_s()
    batch = rebuild_partitions(lake, contract, store=store)
    if batch.branch is None or batch.failed:
        raise RuntimeError(f"the capture was not rebuilt: {batch.failed}")
    rebuilt, rebuild_mb = elapsed_s(), peak_mb()
    judged = validate(lake, contract, batch.branch, store=store)
    ended = elapsed_s()
    (verdict,) = judged.verdicts.values()
    path = f"book_events/{INSTRUMENT}/{FIRST}.parquet"
    rows = pq.read_metadata(lake.local_path(batch.branch, path, verify=False)).num_rows
    took = rebuilt - begun, ended - rebuilt
    return Streamed(text_bytes, rows, str(verdict.outcome), *took, base, rebuild_mb, peak_mb())


def peak_mb() -> float:
    """Return the high-water mark of this process alone, in MB; 0 where there is no /proc."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    (line,) = (n for n in status.read_text().splitlines() if n.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / 1e6
