"""The one clock, and progress told to whoever listens.

The engine never prints: a long stage calls a `Progress` with each step it has done, and the
command line or Dagster shows it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

Clock = Callable[[], int]


def now_s() -> int:
    """Return whole seconds since 1970 UTC; the only wall clock, passed on as a `Clock`."""
    return int(time.time())


def elapsed_s() -> float:
    """Return seconds since some moment, for what is between two calls; never part of a result."""
    return time.perf_counter()


INSIDE = "rows"
"""The stage of the rows within one file: its many steps are for a bar, not for a log."""


class Progress(Protocol):
    """Hears of work: `done` of `total` steps (`total` 0: not known) of `stage`, now at `what`.

    `rows` have been worked through in the stage by now, 0 where rows are not what is counted.
    """

    def __call__(self, stage: str, done: int, total: int, what: str, *, rows: int = 0) -> None:
        """Take note."""


def silent(stage: str, done: int, total: int, what: str, *, rows: int = 0) -> None:
    """Hear and say nothing."""
