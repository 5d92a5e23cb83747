"""Price levels out of parsed messages: whole ticks, whole lots, and how many each message has."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from karat.errors import InputError
from karat.messages.fixed_point import e8, whole_units
from karat.messages.instrument import Instrument
from karat.messages.message import Bytes, Ints

PAIR = 2


class Levels(NamedTuple):
    """The levels of `len(per_message)` messages, one after the other."""

    per_message: Ints
    side: Bytes
    price_ticks: Ints
    size_lots: Ints


def listed_levels(
    lists: pa.ListArray, side: int, instrument: Instrument, rows: Ints, source: str
) -> Levels:
    """Return the levels of a column of lists of [price, size] pairs, all of one side.

    Raises InputError with the message's row for an entry that is not a pair or has a null.
    """
    count = pc.list_value_length(lists).to_numpy().astype(np.int64)
    level_rows = np.repeat(rows, count)
    pairs = lists.flatten()
    lengths = pc.fill_null(pc.list_value_length(pairs), 0).to_numpy(zero_copy_only=False)
    _refuse(lengths != PAIR, level_rows, "a level is not a [price, size] pair", source)
    values = pairs.flatten()
    if values.null_count:
        nulls = values.is_null().to_numpy(zero_copy_only=False)
        _refuse(nulls, np.repeat(level_rows, PAIR), "a level has a null", source)
    numbers, unfit = e8(values)
    _refuse(unfit, np.repeat(level_rows, PAIR), "a price or size does not fit 64 bits", source)
    return Levels(
        count,
        np.full(len(pairs), side, np.int8),
        whole_units(numbers[::PAIR], instrument.tick_e8, level_rows, "price", source),
        whole_units(numbers[1::PAIR], instrument.lot_e8, level_rows, "size", source),
    )


def single_levels(
    prices: pa.Array, sizes: pa.Array, side: Bytes, instrument: Instrument, rows: Ints, source: str
) -> Levels:
    """Return one level a message from columns of prices and sizes; errors as `listed_levels`."""
    columns = []
    for values, step, what in (
        (prices, instrument.tick_e8, "price"),
        (sizes, instrument.lot_e8, "size"),
    ):
        numbers, unfit = e8(values)
        _refuse(unfit, rows, f"the {what} does not fit 64 bits", source)
        columns.append(whole_units(numbers, step, rows, what, source))
    return Levels(np.ones(len(rows), np.int64), side, *columns)


def _refuse(bad: np.ndarray, rows: Ints, why: str, source: str) -> None:
    if bad.any():
        raise InputError(f"{source}: row {rows[int(np.argmax(bad))]}: {why}")
