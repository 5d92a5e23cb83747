"""The venue's JSON text, column by column: its own spelling, key order and decimals."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from karat.simulation.exchange import Int64s
from karat.simulation.market import Instrument
from karat.simulation.tape import Shot


def depth(instrument: Instrument, deltas: Int64s, ids: Int64s, bids: Int64s, asks: Int64s) -> Any:
    """Return one payload per row of `deltas` (columns of `Exchange.journal`, E and T in ms).

    `ids` holds each delta's previous last id; `bids` and `asks` all ticks and lots it names.
    """
    sides = (_lists(instrument, bids, deltas[:, 6]), _lists(instrument, asks, deltas[:, 7]))
    upper, futures = instrument.symbol.upper(), instrument.market == "usdm"
    speed = "0ms" if futures else "100ms"
    head = f'{{"stream":"{instrument.symbol}@depth@{speed}","data":{{"e":"depthUpdate","E":'
    changed = [',"T":', _whole(deltas[:, 3])] if futures else []
    before = [',"pu":', _whole(ids)] if futures else []
    first = [f',"s":"{upper}","U":', _whole(deltas[:, 4]), ',"u":', _whole(deltas[:, 5])]
    books = [',"b":[', sides[0], '],"a":[', sides[1], "]}}"]
    return _join(head, _whole(deltas[:, 1]), *changed, *first, *before, *books)


def trade(instrument: Instrument, trades: Int64s) -> Any:
    """Return one payload per row of `trades` (columns of `Exchange.journal`, times in ms)."""
    time, upper = _whole(trades[:, 1]), instrument.symbol.upper()
    head = f'{{"stream":"{instrument.symbol}@trade","data":{{"e":"trade","E":'
    units = instrument.units
    price = _fixed(trades[:, 4], units.ticks_per_unit, units.price_decimals, '","q":"')
    size = _fixed(trades[:, 5], units.lots_per_unit, units.size_decimals, '"')
    maker = pa.array(trades[:, 6]).cast(pa.bool_()).cast(pa.string())
    what = ['"t":', _whole(trades[:, 3]), ',"p":"', *price, *size]
    if instrument.market == "usdm":
        kind = [',"X":"MARKET","m":', maker, "}}"]
        return _join(head, time, ',"T":', time, f',"s":"{upper}",', *what, *kind)
    kind = [',"T":', time, ',"m":', maker, ',"M":true}}']
    return _join(head, time, f',"s":"{upper}",', *what, *kind)


def snapshot(instrument: Instrument, shot: Shot, base_ms: int) -> str:
    """Return the payload of a book snapshot taken on the day that begins at `base_ms`."""
    time_ms = base_ms + shot.time_ns // 1_000_000
    when = f',"E":{time_ms},"T":{time_ms}' if instrument.market == "usdm" else ""
    bids, asks = (
        _lists(instrument, side, np.array([len(side)]))[0].as_py()
        for side in (shot.bids, shot.asks)
    )
    return f'{{"lastUpdateId":{shot.update_id}{when},"bids":[{bids}],"asks":[{asks}]}}'


def _lists(instrument: Instrument, levels: Int64s, ends: Int64s) -> Any:
    """Return the text of each run of `levels` that ends before `ends`, without its brackets."""
    units = instrument.units
    price = _fixed(levels[:, 0], units.ticks_per_unit, units.price_decimals, '","')
    size = _fixed(levels[:, 1], units.lots_per_unit, units.size_decimals, '"]')
    offsets = np.concatenate([[0], ends]).astype(np.int32)
    text = _join('["', *price, *size)
    return pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets), text), ",")


def _fixed(values: Int64s, scale: int, decimals: int, after: str) -> list[Any]:
    """Return two columns that side by side read `values / scale`, then `after`."""
    whole, part = np.divmod(values, scale)
    return [_whole(whole), _tails(scale, decimals, after).take(pa.array(part))]


@lru_cache(maxsize=16)
def _tails(scale: int, decimals: int, after: str) -> Any:
    width = len(str(scale)) - 1
    pad = "0" * (decimals - width)
    return pa.array([f".{part:0{width}d}{pad}{after}" for part in range(scale)])


def _whole(values: Int64s) -> Any:
    return pa.array(np.ascontiguousarray(values)).cast(pa.string())


def _join(*parts: Any) -> Any:
    return pc.binary_join_element_wise(*(_scalar(part) for part in parts), "")


def _scalar(part: Any) -> Any:
    return pa.scalar(part) if isinstance(part, str) else part
