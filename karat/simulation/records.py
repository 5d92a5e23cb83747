"""The exchange's own record of a day, from its journal: what a golden capture holds.

Nothing here is read from, or shared with, the text that the raw capture holds.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from karat.simulation.exchange import QUOTE, TRADE, Int64s
from karat.simulation.market import Instrument
from karat.simulation.tape import Tape

E8 = 100_000_000
EXECUTIONS = pa.array(["MARKET"])


def quotes(known: Instrument, midnight_ns: int, tape: Tape) -> pa.Table:
    """Return the best quotes of a day, one row whenever one changed, as `golden_bbo` has them."""
    rows = tape.journal[tape.journal[:, 0] == QUOTE]
    tick, lot = _steps(known)
    times = _milliseconds(rows, midnight_ns)
    # the spot ticker carries no exchange time
    event = times if known.market == "usdm" else pa.nulls(len(rows), pa.int64())
    return _table(
        rows,
        midnight_ns,
        {
            "event_ms": event,
            "trans_ms": event,
            "update_id": pa.array(np.ascontiguousarray(rows[:, 3])),
            "bid_price_e8": pa.array(rows[:, 4] * tick),
            "bid_qty_e8": pa.array(rows[:, 5] * lot),
            "ask_price_e8": pa.array(rows[:, 6] * tick),
            "ask_qty_e8": pa.array(rows[:, 7] * lot),
        },
    )


def trades(known: Instrument, midnight_ns: int, tape: Tape) -> pa.Table:
    """Return the trades of a day, one row each in the order of their ids; no rows for none."""
    rows = tape.journal[tape.journal[:, 0] == TRADE]
    tick, lot = _steps(known)
    times = _milliseconds(rows, midnight_ns)
    # the spot trade stream names no kind of execution
    kinds = np.zeros(len(rows), np.int32)
    executions = pa.array(kinds, mask=np.full(len(rows), known.market != "usdm"))
    return _table(
        rows,
        midnight_ns,
        {
            "event_ms": times,
            "trade_ms": times,
            "trade_id": pa.array(np.ascontiguousarray(rows[:, 3])),
            "price_e8": pa.array(rows[:, 4] * tick),
            "qty_e8": pa.array(rows[:, 5] * lot),
            "buyer_is_maker": pa.array(rows[:, 6] == 1),
            "exec_type": pa.DictionaryArray.from_arrays(executions, EXECUTIONS),
        },
    )


def _steps(known: Instrument) -> tuple[int, int]:
    """Return a tick and a lot in units of 1e-8."""
    return E8 // known.units.ticks_per_unit, E8 // known.units.lots_per_unit


def _milliseconds(rows: Int64s, midnight_ns: int) -> pa.Array:
    return pa.array((rows[:, 1] + midnight_ns) // 1_000_000)


def _table(rows: Int64s, midnight_ns: int, columns: dict[str, pa.Array]) -> pa.Table:
    received = pa.array(rows[:, 2] + midnight_ns)
    lines = pa.array(np.arange(1, len(rows) + 1, dtype=np.int32))
    return pa.table({"line": lines, "recv_ts_ns": received, **columns})
