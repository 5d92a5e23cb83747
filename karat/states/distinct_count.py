"""How many different values there are, told by the smallest of their hashes."""

from __future__ import annotations

from typing import NamedTuple

from karat.errors import InputError
from karat.states.minimum_values import Smallest

HASHES = 1 << 64


class Between(NamedTuple):
    """A whole number that is at least `low` and at most `high`."""

    low: int
    high: int


def likely_count(smallest: Smallest, size: int, rows: int, risk: float = 1e-6) -> Between:
    """Return what the number of different values among `rows` rows lies between.

    `smallest` are the `size` smallest of their hashes, or all: then both ends are that number.
    Else the largest of these k lies at a share u of all hashes, and at least k of n values do
    as well when Binomial(n, u) >= k. Kept are the n that make what was seen no rarer than
    `risk` / 2 to either side, as if hashes were drawn by chance (someone who chooses the values
    can defeat that), from k to `rows`. Raises `InputError` for a risk not between 0 and 1.
    """
    if not 0 < risk < 1:
        raise InputError(f"a risk of {risk}: between 0 and 1 is needed")
    if (kept := len(smallest)) < size:
        return Between(kept, kept)
    share = (smallest[-1] + HASHES // 2 + 1) / HASHES
    low, high = (_least(share, kept, chance, rows) for chance in (risk / 2, 1 - risk / 2))
    return Between(low, high)


def _least(share: float, kept: int, chance: float, most: int) -> int:
    """Return the least n up to `most` of which `kept` lie below `share` with such a chance."""
    from scipy.special import betainc

    low, high = kept, most
    while low < high:
        middle = (low + high) // 2
        likely = betainc(kept, middle - kept + 1, share) >= chance
        low, high = (low, middle) if likely else (middle + 1, high)
    return low
