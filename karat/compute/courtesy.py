"""Giving way: this process works when nobody else would, and seldom while all cores are busy.

The system's idle class (``SCHED_IDLE``) leaves a core to whoever wants it. That is not enough
beside training on all cores: its threads wait for each other, so the one that was put off for a
moment puts off all. Measured beside PyTorch on two of two cores: 390 to 450 % longer with a plain
neighbour, 17 % with an idle one, and 5.4 to 5.8 % with an idle one that works a fifth of the time.
So whenever some hundredths of a second were worked, one looks; where others leave less than half a
core, one sleeps.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from karat.errors import InputError, UnavailableError

PIECE_S = 0.01
"""Processor time that is worked between two looks."""
DUTY = 0.1
"""The share of the time that is worked while the machine is full."""
LOOK_S = 0.2
"""A shorter time than this tells nothing of how busy others are: the system counts hundredths."""
LONGEST_S = 2.0
FREE_CORES = 0.5
STAT = Path("/proc/stat")
IDLE, WAITING = 3, 4
"""Where ``/proc/stat`` has time without work, and time without work but for a disc."""

Seen = tuple[float, float, float]


def give_way() -> None:
    """Have this process give way from now on: for its main thread, which must be the one to ask.

    The thread sleeps between two steps of Python, so never in the middle of one pass over a column.
    Raises InputError in another thread, UnavailableError on a system other than Linux.
    """
    if threading.current_thread() is not threading.main_thread():
        raise InputError("only the main thread can give way: use processes, not threads")
    if not STAT.exists():
        raise UnavailableError(f"there is no {STAT}: giving way needs Linux")
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    courtesy = Courtesy()
    signal.signal(signal.SIGPROF, lambda *_: courtesy.sleep())
    signal.siginterrupt(signal.SIGPROF, False)  # noqa: FBT003 - it has no name
    signal.setitimer(signal.ITIMER_PROF, PIECE_S, PIECE_S)


def seen() -> Seen:
    """Return seconds on the clock, seconds all our cores were idle, and those we worked."""
    hertz, own = os.sysconf("SC_CLK_TCK"), os.sched_getaffinity(0)
    idle = 0
    for line in STAT.read_text().splitlines():
        name, *counts = line.split()
        if name.startswith("cpu") and name[3:].isdigit() and int(name[3:]) in own:
            idle += int(counts[IDLE]) + int(counts[WAITING])
    return time.monotonic(), idle / hertz, time.process_time()


@dataclass
class Courtesy:
    """How full the machine is, looked at now and then; `before` is what was seen last."""

    full: bool = False
    before: Seen = field(default_factory=seen)
    worked_s: float = field(default_factory=time.process_time)

    def sleep(self) -> None:
        """Sleep for as long as what was worked since the last time asks for, if others wait."""
        now = seen()
        if now[0] - self.before[0] >= LOOK_S:
            self.full, self.before = crowded(self.before, now, cores()), now
        if self.full:
            time.sleep(min((now[2] - self.worked_s) * (1 / DUTY - 1), LONGEST_S))
        self.worked_s = time.process_time()


def crowded(before: Seen, now: Seen, of: int) -> bool:
    """Return whether others left less than half a core of `of` between two `seen`."""
    passed, idle, own = (new - old for old, new in zip(before, now, strict=True))
    return of - (of * passed - idle - own) / passed < FREE_CORES


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))
