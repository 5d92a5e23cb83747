"""Exact decimals to whole ticks and lots; no float on the way."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from karat.errors import InputError
from karat.messages.instrument import DECIMALS, LARGEST_E8
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
        found = f"{source}: row {rows[at]}: {what} {decimal_text(int(values_e8[at]))}"
        if values_e8[at] < 0:
            raise InputError(f"{found} is below zero: correct the row")
        raise InputError(
            f"{found} is not a multiple of {decimal_text(step_e8)}: correct the row or the "
            "reference data"
        )
    return np.ascontiguousarray(units)


def decimal_text(value_e8: int) -> str:
    """Return units of 1e-8 as decimal text without trailing zeros.

    >>> decimal_text(6180020000000), decimal_text(-1)
    ('61800.2', '-0.00000001')
    """
    sign, digits = "-" * (value_e8 < 0), f"{abs(value_e8):0{DECIMALS + 1}d}"
    return f"{sign}{digits[:-DECIMALS]}.{digits[-DECIMALS:]}".rstrip("0").rstrip(".")


def steps_of(text: object, step_e8: int, what: str, where: str, *, rounded: bool = False) -> int:
    """Return one decimal, as its text, in multiples of `step_e8`; `where` is source and row.

    `rounded` first rounds to 1e-8, for feeds that print binary floats. Raises InputError for
    what is no decimal, is negative, does not fit 64 bits, or is no multiple.

    >>> steps_of("61800.20", 10**7, "price", "raw/x: row 1")
    618002
    """
    try:
        scaled = Decimal(str(text)).scaleb(DECIMALS)
        scaled = scaled.to_integral_value() if rounded else scaled
        units, rest = divmod(scaled, step_e8)
    except ArithmeticError as error:
        raise InputError(f"{where}: {what} {text!r} is not a decimal") from error
    if rest or scaled >= LARGEST_E8:
        raise InputError(
            f"{where}: {what} {text} is not a multiple of {decimal_text(step_e8)} that fits 64 "
            "bits: correct the row or the reference data"
        )
    if scaled < 0:
        raise InputError(f"{where}: {what} {text} is below zero: correct the row")
    return int(units)
