"""One partition rebuilt: a raw capture and an opening book become a file of book events."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from karat.digest import digest
from karat.errors import InputError
from karat.messages.ahead import ahead, each_ahead
from karat.messages.borders import CUT, Cut
from karat.messages.capture_file import batches, parquet_file
from karat.messages.carry import NO_BOOK, RESET, Carry
from karat.messages.file_name import utf8_name
from karat.messages.fold import Fold
from karat.messages.following import Following, Session, beside, session_of
from karat.messages.instrument import Instrument
from karat.messages.message import Messages, concatenate
from karat.messages.reader import Reader
from karat.messages.schema import BOOK_EVENTS, REBUILD_VERSION, Kind
from karat.messages.whole_chunks import whole_chunks
from karat.telemetry import INSIDE, Progress, silent

OPENING_ROWS = 10_000
"""A snapshot among the first so many rows opens the partition; a carry is then not used."""

ROW_GROUP = 1 << 20
MOST = 4
"""Stretches that are parsed at a time at most: the fold of them is one after the other."""
LARGE = 1 << 18
"""Captures of so many messages are written chunk by chunk: they may fall into many."""
TIME = "receive_time_ns"
NONE = np.empty(0, np.int64)
NOTHING_RESTS = Carry(0, NONE, NONE, NONE, NONE)
"""The book of a venue whose captures begin with no snapshot, before anything is known of it."""

CODES = ["kind", "side", "flags"]
"""The columns that a dictionary makes smaller; of the others it makes files larger and slower."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild gave: the closing book, counts, and `opening`.

    `opening` is a carry's digest, `reset` after a snapshot, `none` where there was no book.
    """

    opening: str
    closing: Carry
    rows: int
    counts: dict[str, int]
    places: list[dict[str, Any]]


def input_digest(raw: str, opening: str, instrument: Instrument) -> str:
    """Return the name of a build by its inputs: raw bytes, opening, instrument, rebuild version."""
    return build_digest(raw, opening, instrument.digest, REBUILD_VERSION)


def build_digest(raw: str, opening: str, instrument: str, version: int) -> str:
    """Return the name of a build by the digests of its inputs."""
    return digest("build/1", raw, opening, instrument, version)


def opens_with_snapshot(raw: Path, reader: Reader, source: str) -> bool:
    """Return whether a snapshot stands among the first 10,000 rows of a raw capture."""
    return 0 <= _first_snapshot(raw, reader, source) < OPENING_ROWS


def rebuild(
    raw: Path,
    out: Path,
    *,
    reader: Reader,
    instrument: Instrument,
    opening: Carry | None,
    source: str,
    progress: Progress = silent,
    cut: Cut | None = None,
) -> Rebuilt:
    """Rebuild `raw` into the Parquet file `out`, which appears when it is whole.

    Memory is that of a few batches: some are parsed in threads while the one before them is folded
    in another and the one before that is written, so that all cores are kept busy. Row groups end
    where chunks of `cut` do; without it, of large captures only, where chunks as usual do.

    A snapshot among the first 10,000 rows opens the book, else `opening` does, else the first
    snapshot anywhere, else nothing, where the venue tells of no snapshots. Raises InputError
    naming `source` and the row for anything wrong in the capture, and when there is no book.
    """
    first = _first_snapshot(raw, reader, source)
    further, starts_empty = beside(reader)
    if first < 0 and opening is None and not starts_empty:
        raise InputError(
            f"{source}: no snapshot, and no book to carry over from the partition before: "
            "ingest and rebuild the day before, or a capture that begins with a snapshot"
        )
    early = 0 <= first < OPENING_ROWS
    carried = None if early else opening
    fold = Fold(NOTHING_RESTS if first < 0 and opening is None else carried, further)
    session = session_of(reader, instrument, carried, source)
    tables = ahead(_events(ahead(_messages(raw, reader, session, source, progress)), fold, source))
    with closing(tables):
        cut = cut or (CUT if _messages_in(raw, reader, source) >= LARGE else None)
        pieces = whole_chunks(tables, TIME, cut) if cut else tables
        rows = _write(out, pieces, pa.schema([*BOOK_EVENTS, *further]))
    places = [asdict(place) for place in fold.places()]
    name = RESET if early else NO_BOOK if carried is None else carried.digest
    return Rebuilt(name, _closing(fold, session), rows, fold.counts(), places)


def _closing(fold: Fold, session: Session) -> Carry:
    """Return the book as it stands, by its orders where they are known."""
    book, orders = fold.closing(), session.resting()
    return book if orders is None else Carry.of_orders(book.sequence, orders)


def _write(out: Path, tables: Iterator[pa.Table], schema: pa.Schema) -> int:
    """Write `tables` beside `out`, put the whole file in its place, and return its rows."""
    part = out.with_name(f"{out.name}.part")
    rows = 0
    try:
        with pq.ParquetWriter(
            utf8_name(part), schema, compression="zstd", compression_level=3, use_dictionary=CODES
        ) as writer:
            for table in tables:
                writer.write_table(table, row_group_size=ROW_GROUP)
                rows += table.num_rows
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return rows


def _events(stream: Iterator[Messages], fold: Fold, source: str) -> Generator[pa.Table, None, None]:
    """Fold a stream; what comes before the first snapshot waits for it, if there is no book."""
    held: list[Messages] = []
    opened = fold.synced and fold.opening is not NOTHING_RESTS
    for messages in stream:
        if opened:
            times = int(messages.event_time_ns[0]), int(messages.receive_time_ns[0])
            yield fold.opening_row(*times)
            opened = False
        held.append(messages)
        if fold.synced or np.any(messages.kind == Kind.SNAPSHOT):
            yield fold.apply(concatenate(held))
            held.clear()
    if not fold.synced:
        raise InputError(
            f"{source}: its reader tells of a snapshot, and none of its messages is one: "
            "give a capture of this instrument, or mend the reader"
        )


def _messages(
    raw: Path, reader: Reader, session: Session, source: str, progress: Progress
) -> Generator[Messages, None, None]:
    with parquet_file(raw, reader.raw_columns, source) as file:
        total = file.metadata.num_rows
        stretches = _numbered(batches(file, reader.raw_columns, source))
        parsed = each_ahead(partial(_parsed, session), stretches, _beside(reader))
        with closing(parsed):
            for last, messages in parsed:
                progress(INSIDE, last, total, source, rows=last)
                if messages.length:
                    yield messages


def _numbered(stretches: Iterable[pa.RecordBatch]) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Yield each stretch of a capture with the number of its first row, from 1."""
    first_row = 1
    for stretch in stretches:
        yield first_row, stretch
        first_row += stretch.num_rows


def _parsed(session: Session, numbered: tuple[int, pa.RecordBatch]) -> tuple[int, Messages]:
    """Return the number of a stretch's last row, and its messages."""
    first_row, stretch = numbered
    return first_row + stretch.num_rows - 1, session.messages(stretch, first_row)


def _beside(reader: Reader) -> int:
    """Return how many stretches are parsed at a time; one, where a reader does not say it may.

    One more than there are cores: part of each is done by one thread of Arrow's alone.
    """
    cores = int(pa.cpu_count())
    alone = not getattr(reader, "rows_stand_alone", False) or isinstance(reader, Following)
    return 1 if alone or cores == 1 else min(cores + 1, MOST)


def _messages_in(raw: Path, reader: Reader, source: str) -> int:
    with parquet_file(raw, reader.raw_columns, source) as file:
        return int(file.metadata.num_rows)


def _first_snapshot(raw: Path, reader: Reader, source: str) -> int:
    """Return the 0-based row of the first snapshot, or -1."""
    seen = 0
    with parquet_file(raw, reader.raw_columns, source) as file:
        for batch in batches(file, reader.opening_columns, source):
            at = pc.index(reader.opens_book(batch, seen + 1, source), value=True).as_py()
            if at >= 0:
                return int(seen + at)
            seen += batch.num_rows
    return -1
