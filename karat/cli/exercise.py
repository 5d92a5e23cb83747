"""One simulated day spoiled on purpose, and where: an exercise with its answer sealed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from karat.errors import InputError

if TYPE_CHECKING:
    from karat.simulation import Day


class Fault(StrEnum):
    """What can be wrong with a capture."""

    LOST_DELTAS = "lost_deltas"
    SIDE_FLIP = "side_flip"
    STALE_BOOK = "stale_book"


@dataclass(frozen=True)
class Exercise:
    """A fault in a share `severity` of the messages of one day; its place goes to `sealed`."""

    fault: Fault
    day: dt.date
    severity: float
    sealed: Path
    seed: int

    def applied(self, days: Iterable[Day]) -> Iterator[Day]:
        """Yield `days` with the one day spoiled; InputError as the faults of karat.simulation."""
        from karat import simulation

        for day in days:
            if day.date == self.day:
                spoiled = getattr(simulation, self.fault.value)(day.raw, self.severity, self.seed)
                simulation.seal(self.sealed, spoiled.place)
                yield replace(day, raw=spoiled.raw)
            else:
                yield day


def exercise(
    fault: Fault | None,
    day: dt.date | None,
    severity: float,
    sealed: Path | None,
    seed: int,
    *,
    folder: Path,
    dates: list[dt.date],
) -> Exercise | None:
    """Return what the options ask for, None for no fault; InputError when they do not fit."""
    if fault is None:
        if day or sealed:
            raise InputError("--fault-day and --sealed say where a fault goes: name one by --fault")
        return None
    if day not in dates:
        raise InputError(f"--fault-day: name one of the simulated days, {dates[0]} to {dates[-1]}")
    if sealed is None or sealed.absolute().is_relative_to(folder.absolute()):
        raise InputError(f"--sealed: name a file outside {folder}, so that nobody finds it there")
    return Exercise(fault, day, severity, sealed, seed)
