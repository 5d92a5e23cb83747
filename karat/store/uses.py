"""When entries were last used: about, and without a write for each look."""

from __future__ import annotations

import sqlite3
from contextlib import suppress

from karat.errors import UnavailableError
from karat.store.database import Database
from karat.telemetry import Clock

EXACT_S = 600
MOST_NOTES = 256


class Uses:
    """Notes looks at entries, and writes down those of entries not used for ten minutes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._noted: dict[int, int] = {}

    def now(self) -> int:
        """Return the time that a new entry carries."""
        return self._clock()

    def note(self, row: int, used: int) -> None:
        """Take note that an entry was looked at which was last used at `used`."""
        now = self._clock()
        if now - used >= EXACT_S:
            self._noted[row] = now
        if len(self._noted) >= MOST_NOTES:
            self.flush()

    def write(self, connection: sqlite3.Connection) -> None:
        """Write down what was noted, as a part of the present transaction."""
        noted, self._noted = self._noted, {}
        pairs = [(at, row) for row, at in noted.items()]
        connection.executemany("UPDATE entries SET used = ? WHERE row = ?", pairs)

    def flush(self) -> None:
        """Write down what was noted; forget it when that cannot be: it is no reason to stop."""
        if self._noted:
            with suppress(UnavailableError):
                self._database.write(self.write)
        self._noted.clear()
