"""Parameters that are counts: whole numbers of 64 bits, and no others."""

from __future__ import annotations

from operator import index
from typing import SupportsIndex

from karat.errors import InputError

LARGEST = (1 << 63) - 1


def check_whole(value: SupportsIndex, what: str) -> int:
    """Return a parameter as the whole number it is.

    Raises `InputError`, which calls it `what`, for 2.5, "4", True, or more than 64 bits hold: what
    is nearly a number must not count anything.
    """
    try:
        number = index(value)
    except TypeError:
        number = LARGEST + 1
    if isinstance(value, bool) or abs(number) > LARGEST:
        raise InputError(f"{what} is {value!r}: a whole number such as 4 is needed")
    return number
