"""Where a partition stands: its instrument, and its day or hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A partition's `instrument` and `date`, as written; in order of both."""

    instrument: str
    date: str

    @classmethod
    def of(cls, partition: str) -> Self:
        """Return the place of ``instrument/date`` or ``date|instrument``.

        A name without a border is all date, of no instrument.
        """
        date, bar, instrument = partition.partition("|")
        if not bar:
            instrument, _, date = partition.rpartition("/")
        return cls(instrument, date)

    @property
    def days(self) -> float | None:
        """Days since 1970 in UTC, or None where the date is not written as ISO 8601."""
        try:
            moment = datetime.fromisoformat(self.date)
        except ValueError:
            return None
        utc = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return utc.timestamp() / 86_400
