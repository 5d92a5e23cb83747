"""What two cores of this machine give: the same work in two processes that share nothing.

Two threads that wait for nothing cannot be faster than these. Where two processes are less than
twice as fast as one, they wait for memory, for caches, or for whoever else is on the machine.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from statistics import median

from benchmarks.contract_day import one_thread
from benchmarks.timing import Work
from karat.compute import Processes
from karat.compute.kept_memory import keep_freed

PATIENCE_S, GLANCE_S = 120.0, 5e-4
Rounds = list[tuple[float, float]]
"""Seconds of each round: what this process took alone (0 where it waited), and beside others."""


@dataclass(frozen=True)
class Apart:
    """Does `work` on one thread, in turn alone and beside `together` in all."""

    work: Work
    folder: Path
    together: int
    runs: int

    def __call__(self, item: int) -> Rounds:
        """Return the seconds of each round; process 0 is the one that is alone for a while.

        Raises TimeoutError where another process does not come.
        """
        keep_freed()
        with one_thread():
            self._took()
            return [self._round(item, number) for number in range(self.runs)]

    def _round(self, item: int, number: int) -> tuple[float, float]:
        self._meet(f"{number} before", item)
        alone = 0.0 if item else self._took()
        self._meet(f"{number} between", item)
        return alone, self._took()

    def _took(self) -> float:
        begin = time.perf_counter()
        self.work()
        return time.perf_counter() - begin

    def _meet(self, what: str, item: int) -> None:
        (self.folder / f"{what} {item}").touch()
        end = time.monotonic() + PATIENCE_S
        while len(list(self.folder.glob(f"{what} *"))) < self.together:
            if time.monotonic() > end:
                raise TimeoutError(f"not all of {self.together} processes got to {what}")
            time.sleep(GLANCE_S)


def ceiling(work: Work, runs: int = 5, together: int = 2) -> tuple[float, float, float]:
    """Return how many times as fast so many processes are as one, and the seconds that tell it.

    Those are the medians of one process alone, and of one beside the others. Each does all of
    `work`, so nothing is shared out, and none waits for another but for memory.
    """
    with tempfile.TemporaryDirectory() as folder:
        apart = Apart(work, Path(folder), together, runs)
        rounds = list(Processes(together).map(apart, range(together)))
    return compared(rounds)


def compared(rounds: Sequence[Rounds]) -> tuple[float, float, float]:
    """Return what `ceiling` does, of the rounds of each process, that of the first alone.

    >>> compared([[(2.0, 2.5), (2.0, 2.5)], [(0.0, 2.5), (0.0, 2.5)]])
    (1.6, 2.0, 2.5)
    """
    alone = median(one for one, _ in rounds[0])
    beside = [median(one for _, one in some) for some in rounds]
    both = median(chain.from_iterable((one for _, one in some) for some in rounds))
    return sum(alone / one for one in beside), alone, both
