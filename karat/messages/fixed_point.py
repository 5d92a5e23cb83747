"""Exact decimals to whole ticks and lots; no float on the way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from karat.errors import InputError
from karat.messages.instrument import DECIMALS
from karat.messages.message import Ints


def e8(column: pa.Array) -> tuple[Ints, NDArray[np.bool_]]:
    """Return a decimal128(38, 8) column as int64 units of 1e-8, and which of them did not fit."""
    words = np.frombuffer(column.buffers()[1], dtype=np.int64)
    words = words[2 * column.offset : 2 * (column.offset + len(column))]
    low, high = words[::2], words[1::2]
    return low, high != (low >> 63)


def whole_units(values_e8: Ints, step_e8: int, rows: Any, what: str, source: str) -> Ints:
    """Return `values_e8` as multiples of `step_e8`.

    `rows` gives each value's capture row. Raises InputError naming the first row whose value is
    no multiple, or is negative.
    """
    units, rest = np.divmod(values_e8, step_e8)
    bad = (rest != 0) | (values_e8 < 0)
    if bad.any():
        at = int(np.argmax(bad))
        raise InputError(
            f"{source}: row {rows[at]}: {what} {decimal_text(int(values_e8[at]))} is not a "
            f"multiple of {decimal_text(step_e8)}: correct the row or the reference data"
        )
    return np.ascontiguousarray(units)


def decimal_text(value_e8: int) -> str:
    """Return units of 1e-8 as decimal text without trailing zeros.

    >>> decimal_text(6180020000000), decimal_text(-1)
    ('61800.2', '-0.00000001')
    """
    sign, digits = "-" * (value_e8 < 0), f"{abs(value_e8):0{DECIMALS + 1}d}"
    return f"{sign}{digits[:-DECIMALS]}.{digits[-DECIMALS:]}".rstrip("0").rstrip(".")
