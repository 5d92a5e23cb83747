"""Golden trades of Binance: the trade stream as an independent recorder keeps it, one row each."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from karat.errors import InputError
from karat.messages.capture_file import flags, integers
from karat.messages.fixed_point import whole_units
from karat.messages.golden_trades import Trades
from karat.messages.instrument import Instrument
from karat.messages.message import Ints
from karat.messages.schema import Side

TRADE_COLUMNS = ("trade_id", "price_e8", "qty_e8", "buyer_is_maker", "event_ms")
NS_PER_MS = 1_000_000
LAST_MS = ((1 << 63) - 1) // NS_PER_MS


def read_trades(golden: pa.Table, instrument: Instrument, source: str) -> Trades:
    """Return golden trades in ticks and lots, in the capture's order; none for no rows.

    Raises InputError with `source` and the row for a null, a value off its step, or a time that
    int64 cannot tell in ns.
    """
    columns = {name: golden[name].combine_chunks() for name in TRADE_COLUMNS}
    trade_id, price, size, time = (
        integers(columns[name], name, source).to_numpy()
        for name in ("trade_id", "price_e8", "qty_e8", "event_ms")
    )
    seller = flags(columns["buyer_is_maker"], "buyer_is_maker", source)
    rows = np.arange(1, len(golden) + 1)
    return Trades(
        np.ascontiguousarray(trade_id),
        whole_units(price, instrument.tick_e8, rows, "price_e8", source),
        whole_units(size, instrument.lot_e8, rows, "qty_e8", source),
        np.where(seller.to_numpy(zero_copy_only=False), np.int8(Side.ASK), np.int8(Side.BID)),
        _nanoseconds(time, source),
    )


def _nanoseconds(milliseconds: Ints, source: str) -> Ints:
    if (bad := (milliseconds < 0) | (milliseconds > LAST_MS)).any():
        at = int(np.argmax(bad))
        raise InputError(
            f"{source}: row {at + 1}: event_ms {milliseconds[at]} is no time in milliseconds "
            "since 1970: convert it"
        )
    return milliseconds * NS_PER_MS
