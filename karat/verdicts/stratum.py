"""What a partition may be compared with: days of its own weekday, where a contract says so."""

from __future__ import annotations

from datetime import date

from karat.contracts import Contract
from karat.errors import InputError

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def stratum_of(contract: Contract, day: str) -> str:
    """Return the stratum of a day, ``yyyy-mm-dd``; "" where all days are alike.

    Raises InputError for strata by hour: a day is no hour.
    """
    by = contract.unpaired.strata if contract.unpaired else "none"
    if by == "hour":
        raise InputError("strata by hour are for samples of an hour each: a partition is a day")
    return WEEKDAYS[date.fromisoformat(day).weekday()] if by == "weekday" else ""
