"""When partitions should be there: on which days, and how long after a day is over."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from karat.contracts.values import Part
from karat.errors import InputError

if TYPE_CHECKING:
    from karat.contracts.model import Contract

SATURDAY = 5
DAY = timedelta(days=1)


class CalendarRule(Part):
    """On which UTC days there is data: every day, or Monday to Friday; never on `holidays`."""

    days: Literal["every_day", "weekdays"] = "every_day"
    holidays: tuple[date, ...] = ()

    def has(self, day: date) -> bool:
        """Return whether there should be data on `day`."""
        works = self.days == "every_day" or day.weekday() < SATURDAY
        return works and day not in self.holidays


class FreshnessRule(Part):
    """A partition should be there so many hours after its UTC day is over."""

    hours: Annotated[int, Field(ge=0, le=24 * 366)]


def is_due(contract: Contract, day: date, now: datetime) -> bool:
    """Return whether the partitions of `day` should be there at the moment `now`.

    False before the contract's first day, off its calendar, and in a contract without
    `freshness`, which promises nothing. Raises InputError for a moment without a time zone.
    """
    if now.tzinfo is None:
        raise InputError(f"the moment {now} has no time zone: give it in UTC")
    if contract.freshness is None or day < contract.first_day or not contract.calendar.has(day):
        return False
    over = datetime.combine(day, time(), UTC) + DAY
    return now >= over + timedelta(hours=contract.freshness.hours)


def due(contract: Contract, now: datetime) -> list[date]:
    """Return all days whose partitions should be there at the moment `now`, in order.

    Errors and the empty case as in `is_due`.
    """
    last = now.astimezone(UTC).date() if now.tzinfo else contract.first_day
    count = max((last - contract.first_day).days + 1, 1)
    days = (contract.first_day + n * DAY for n in range(count))
    return [day for day in days if is_due(contract, day, now)]
