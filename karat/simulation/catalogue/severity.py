"""How much of a day a severity asks for, and the draws that follow from a seed."""

from __future__ import annotations

from math import isfinite

import numpy as np

from karat.digest import digest
from karat.errors import InputError
from karat.simulation.exchange import Int64s


def share_of(severity: float, messages: int) -> int:
    """Return how many of `messages` a share asks for: at least one, unless the share is 0.

    Raises InputError for a share below 0 or above 1.
    """
    if not 0.0 <= severity <= 1.0:
        raise InputError(f"severity {severity} is no share of the day: use 0 to 1")
    return min(messages, max(1, round(severity * messages))) if severity else 0


def whole(severity: float) -> int:
    """Return a severity that counts something; InputError unless it is 0, 1, 2, ..."""
    if not (isfinite(severity) and severity >= 0 and severity == int(severity)):
        raise InputError(f"severity {severity} is no count: use 0, 1, 2, ...")
    return int(severity)


def at_most(severity: float, messages: int) -> int:
    """Return a severity that counts messages; InputError when the day has fewer than that."""
    asked = whole(severity)
    if messages and asked > messages:
        raise InputError(f"severity {asked} is more than the {messages} messages of the day")
    return min(asked, messages)


def factor(severity: float) -> float:
    """Return a severity that scales something; 0 asks for no fault, as 1 does.

    Raises InputError for a negative or infinite one.
    """
    if not (isfinite(severity) and severity >= 0):
        raise InputError(f"severity {severity} is no factor: use 1 for no fault, or more than 0")
    return float(severity) if severity else 1.0


def draws(fault: str, seed: int) -> np.random.Generator:
    """Return the random numbers of one fault under one seed."""
    return np.random.Generator(np.random.PCG64(int(digest("catalogue/1", fault, seed)[:16], 16)))


def some(random: np.random.Generator, of: Int64s, count: int) -> Int64s:
    """Return `count` different entries of `of`, in their order."""
    chosen: Int64s = np.sort(random.choice(len(of), count, replace=False))
    return of[chosen]


def stretch(random: np.random.Generator, of: Int64s, count: int) -> Int64s:
    """Return `count` entries of `of`, one after the other."""
    begin = int(random.integers(0, len(of) - count + 1))
    return of[begin : begin + count]
