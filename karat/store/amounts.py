"""Bytes as people write them."""

from __future__ import annotations

import re

from karat.errors import InputError

_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}
_UNITS |= {f"{letter}ib": 1 << 10 * (at + 1) for at, letter in enumerate("kmgt")}
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)", re.ASCII | re.IGNORECASE)


def byte_count(text: str) -> int:
    """Return the bytes a text says; InputError for one that says none.

    >>> byte_count("0"), byte_count("1.5 GB"), byte_count("10GiB")
    (0, 1500000000, 10737418240)
    """
    found = _AMOUNT.fullmatch(text.strip())
    if found is None or found[2].lower() not in _UNITS:
        raise InputError(f"size {text!r}: write bytes, as in 500MB, 10GB or 4GiB")
    return round(float(found[1]) * _UNITS[found[2].lower()])
