"""bitFlyer's executions as a plain table: one row an execution, by rising id, and hour by hour.

A collector asked for the latest executions every few seconds, so its files go backwards within a
poll and may tell of an execution twice. Nothing is made up for what the source left blank: a time
or a side that is not told stays so, and counts as a fact of the partition. Days and hours are
those of Japan, where the venue keeps its days and its maintenance at 04:00.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from karat.errors import InputError
from karat.messages.capture_file import capture_table, integers, texts
from karat.messages.message import Ints

SOURCE = ("id", "exec_ms", "loaded_ms", "side", "price_e8", "size_e8")
WHOLE = ("id", "loaded_ms", "price_e8", "size_e8")
JAPAN_MS = 9 * 3_600_000
HOUR_MS = 3_600_000
MOST = 1e9
EXECUTIONS = pa.schema(
    [
        pa.field("id", pa.int64(), nullable=False),
        pa.field("copies", pa.int64(), nullable=False),
        pa.field("loaded_ms", pa.int64(), nullable=False),
        pa.field("exec_ms", pa.int64()),
        pa.field("time_ms", pa.int64(), nullable=False),
        pa.field("side", pa.int8()),
        pa.field("price_e8", pa.int64(), nullable=False),
        pa.field("size_e8", pa.int64(), nullable=False),
        pa.field("return_e8", pa.int64()),
        pa.field("abs_return_e8", pa.int64()),
        pa.field("wait_ms", pa.int64()),
    ]
)
"""`copies` is how many rows told of the execution, `loaded_ms` when the first of them was loaded.
`time_ms` is `exec_ms`, and where that is blank the last one told before by id (the first after, at
the beginning). `side` is 1 for a buyer who took, -1 for a seller. Returns are the change of price
from the execution before, as a share of it, rounded to 1e-8; `wait_ms` is the time since the last
execution whose time is told, which is below 0 where ids and clock disagree. Null: not known."""


def bitflyer_day(path: Path) -> pa.Table:
    """Return the executions of one day's file, one row each, in the columns of `EXECUTIONS`.

    Raises InputError naming the file for a missing column or a null in one that has none, and
    the id for an execution that is told twice and differently, or has a price, size or side that
    cannot be.
    """
    source = str(path)
    raw = _checked(capture_table(path, SOURCE, source), source)
    ids = raw["id"].to_numpy()
    order = np.lexsort((raw["loaded_ms"].to_numpy(), ids))
    table = raw.take(pa.array(order))
    known, first, copies = np.unique(ids[order], return_index=True, return_counts=True)
    _refuse_differing(table, np.repeat(first, copies), source)
    table = table.take(pa.array(first))
    price = table["price_e8"].to_numpy()
    jump = price.astype(float) > MOST * np.append(price[:1], price[:-1])
    side = table["side"].combine_chunks()
    odd = pc.invert(pc.is_in(side, pa.array(["BUY", "SELL", None], pa.string())))
    for bad, why in (
        (price <= 0, "price is not positive"),
        (table["size_e8"].to_numpy() < 0, "size is negative"),
        (jump, "price jumps a billionfold"),
        (odd.to_numpy(zero_copy_only=False), "side is neither BUY nor SELL nor blank"),
    ):
        if bad.any():
            raise InputError(f"{source}: id {known[int(np.argmax(bad))]}: {why}: drop it")
    told = pc.is_valid(table["exec_ms"]).to_numpy(zero_copy_only=False)
    time = _filled(table["exec_ms"].fill_null(0).to_numpy(), told, table["loaded_ms"].to_numpy())
    returns = _returns(price)
    columns = {
        "id": known,
        "copies": copies,
        "loaded_ms": table["loaded_ms"],
        "exec_ms": table["exec_ms"],
        "time_ms": time,
        "side": pc.cast(pc.if_else(pc.equal(side, "BUY"), 1, -1), pa.int8()),
        "price_e8": price,
        "size_e8": table["size_e8"],
        "return_e8": returns,
        "abs_return_e8": pc.abs(returns),
        "wait_ms": _waits(time, told),
    }
    return pa.table({name: columns[name] for name in EXECUTIONS.names}, schema=EXECUTIONS)


def hours(table: pa.Table) -> Mapping[str, pa.Table]:
    """Return the rows of each hour of Japan, such as ``2018-01-21T04``, in the table's order.

    An execution belongs to the hour of its `time_ms`; days put together give whole hours also at
    midnight, where the day files overlap. Hours without executions are not there.
    """
    hour = (table["time_ms"].to_numpy() + JAPAN_MS) // HOUR_MS
    names = {int(h): str(np.datetime64(int(h), "h")) for h in np.unique(hour)}
    return {name: table.filter(pa.array(hour == h)) for h, name in names.items()}


def _checked(raw: pa.Table, source: str) -> pa.Table:
    """Return the columns as int64 and text; InputError where one is not, with the file's row."""
    columns = {name: raw[name].combine_chunks() for name in SOURCE}
    for name in WHOLE:
        columns[name] = integers(columns[name], name, source)
    integers(columns["exec_ms"].drop_null(), "exec_ms", source)
    texts(columns["side"].drop_null(), "side", source)
    kinds = {"exec_ms": pa.int64(), "side": pa.string()}
    return pa.table(columns | {name: columns[name].cast(kind) for name, kind in kinds.items()})


def _refuse_differing(table: pa.Table, first: Ints, source: str) -> None:
    """Raise InputError where a row is not as the `first` one of its id; the poll may differ."""
    for name in SOURCE:
        column = table[name].combine_chunks()
        told = column.take(pa.array(first))
        same = pc.fill_null(pc.equal(column, told), other := pc.is_null(column))
        alike = pc.and_(same, pc.equal(other, pc.is_null(told)))
        if name != "loaded_ms" and (at := pc.index(alike, value=False).as_py()) >= 0:
            row = table["id"][at]
            raise InputError(f"{source}: id {row} is told twice with another {name}: drop one")


def _filled(time: Ints, told: np.ndarray, loaded: Ints) -> Ints:
    """Return `time`, where it is not `told` that of the last row before that is."""
    if not told.any():
        return loaded
    last = np.maximum.accumulate(np.where(told, np.arange(len(time)), -1))
    filled: Ints = time[np.where(last < 0, int(np.argmax(told)), last)]
    return filled


def _returns(price: Ints) -> pa.Array:
    share = np.diff(price) / price[:-1]
    values = np.concatenate([[0], np.rint(share * 1e8).astype(np.int64)])[: len(price)]
    return pa.array(values, mask=np.arange(len(price)) == 0)


def _waits(time: Ints, told: np.ndarray) -> pa.Array:
    """Return the time since the row before; `time` of an untold row is that of the last told."""
    waits = np.diff(time, prepend=time[:1])
    unknown = ~told
    unknown[np.flatnonzero(told)[:1]] = True
    return pa.array(waits, mask=unknown)
