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

SEVERITY = 0.01


class Fault(StrEnum):
    """What can be wrong with a capture."""

    LOST_DELTAS = "lost_deltas"
    SIDE_FLIP = "side_flip"
    STALE_BOOK = "stale_book"


@dataclass(frozen=True)
class Exercise:
    """A fault in a share `severity` of the messages of one day; its place goes to `sealed`.

    The days it is applied to are those of one instrument: a sealed file has one place.
    """

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
                partition = f"{day.instrument}/{day.date}"
                simulation.seal(self.sealed, replace(spoiled.place, partition=partition))
                yield replace(day, raw=spoiled.raw)
            else:
                yield day


def exercise(
    fault: Fault | None,
    day: dt.date | None,
    severity: float | None,
    sealed: Path | None,
    seed: int,
    *,
    folder: Path,
    instruments: list[str],
    dates: list[dt.date],
) -> Exercise | None:
    """Return what the options ask for, None for no fault; InputError when they do not fit."""
    if fault is None:
        if day or sealed or severity is not None:
            raise InputError(
                "--fault-day, --severity and --sealed are of a fault: name one by --fault"
            )
        return None
    if len(instruments) > 1:
        raise InputError(
            "--fault spoils one day of one instrument: simulate the others by a call of their own"
        )
    if day not in dates:
        raise InputError(f"--fault-day: name one of the simulated days, {dates[0]} to {dates[-1]}")
    if sealed is None or sealed.resolve().is_relative_to(folder.resolve()):
        raise InputError(f"--sealed: name a file outside {folder}, so that nobody finds it there")
    return Exercise(fault, day, SEVERITY if severity is None else severity, sealed, seed)
