"""Days as they are judged, in memory: rebuilt events beside the golden capture of the same day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from karat.digest import digest
from karat.errors import InputError
from karat.messages.carry import Carry
from karat.messages.fold import Fold
from karat.messages.instrument import instrument_on, instrument_rows, shipped_table
from karat.messages.reader import Reader, reader_of
from karat.simulation.days import Day, simulate
from karat.simulation.regime import MARKET, Regime

CAPTURE_LOSS = 5e-4
"""The share of messages that a capture loses at random: statistics note 7, paired mode."""

FIRST_DAY = dt.date(2024, 1, 1)


@dataclass(frozen=True, slots=True)
class TrialDay:
    """One day: `events` as rebuilt, and the quotes and trades that a golden capture recorded.

    `events` has the columns of `BOOK_EVENTS`; the golden tables have those of a real capture.
    """

    instrument: str
    date: dt.date
    events: pa.Table
    golden: pa.Table
    golden_trades: pa.Table


def simulated_days(
    instrument: str,
    days: int,
    *,
    seed: int,
    messages_per_day: int = 20_000,
    capture_loss: float = CAPTURE_LOSS,
    first: dt.date = FIRST_DAY,
    regime: Regime = MARKET,
) -> Iterator[TrialDay]:
    """Yield `days` days of `instrument` that follow each other; none for 0.

    Each is simulated, rebuilt from its raw messages as `karat.messages` would (every sixth
    without a snapshot, from the book carried over), and recorded by a golden capture that misses
    a share `capture_loss` of its quotes and of its trades. All follows from the arguments.
    InputError as in `simulate`, and for a loss outside 0 to 1.
    """
    if not 0.0 <= capture_loss < 1.0:
        raise InputError(f"capture_loss {capture_loss} is no share: use 0 or more, below 1")
    dates = [first + dt.timedelta(days=n) for n in range(days)]
    made = simulate(instrument, dates, seed=seed, messages_per_day=messages_per_day, regime=regime)
    return _rebuilt(instrument, made, seed, capture_loss)


def _rebuilt(instrument: str, days: Iterable[Day], seed: int, loss: float) -> Iterator[TrialDay]:
    reader, carry = reader_of(instrument), None
    for day in days:
        events, carry = rebuilt(day, reader, carry)
        name = f"{instrument} {day.date}"
        quotes, trades = (
            _captured(table, loss, digest("capture/1", name, seed, kind))
            for table, kind in ((day.golden, "quotes"), (day.golden_trades, "trades"))
        )
        yield TrialDay(instrument, day.date, events, quotes, trades)


def rebuilt(day: Day, reader: Reader, opening: Carry | None) -> tuple[pa.Table, Carry]:
    """Return the book events of a simulated day, and the book it closes with.

    The rows are those `karat.messages.rebuild` writes: a snapshot opens the book, else `opening`
    does. InputError when there is neither.
    """
    table = instrument_rows(shipped_table(), day.instrument)
    known = instrument_on(table, day.instrument, day.date.isoformat())
    shown = pc.any(pc.equal(day.raw["stream"], "rest_snapshot")).as_py()
    if not shown and opening is None:
        raise InputError(f"{day.instrument} {day.date}: no snapshot and no book to carry over")
    fold = Fold(None if shown else opening)
    (batch,) = day.raw.combine_chunks().to_batches()
    messages = reader.messages(batch, known, 1, f"{day.instrument} {day.date}")
    begun = []
    if fold.synced:
        times = int(messages.event_time_ns[0]), int(messages.receive_time_ns[0])
        begun.append(fold.opening_row(*times))
    events = pa.concat_tables([*begun, fold.apply(messages)]).combine_chunks()
    return events, fold.closing()


def _captured(table: pa.Table, loss: float, name: str) -> pa.Table:
    """Return `table` without the rows that a capture misses: each with the same small chance."""
    random = np.random.Generator(np.random.PCG64(int(name[:16], 16)))
    return table.filter(pa.array(random.random(table.num_rows) >= loss))
