"""What can go wrong on the way: a server that is busy, slow, overtaken, or gone in mid-answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Literal

How = Literal["refused", "slow", "dropped", "lost", "cut", "act", "garbled"]


@dataclass
class Fault:
    """What befalls the next `times` calls of `operation` (a function's name; "" for any).

    ``refused`` answers `status`; ``slow`` waits `seconds` first; ``dropped`` ends the connection
    before anything is done, ``lost`` after it was done, ``cut`` in the middle of the answer's
    body; ``act`` has `act` done first, such as another's commit; ``garbled`` changes one byte. With
    an `act`, any other fault has it done first too, and a ``lost`` call is followed by it.
    """

    operation: str
    how: How
    times: int = 1
    status: int = 429
    seconds: float = 0.0
    act: Callable[[], object] | None = None


@dataclass
class Faults:
    """Those that are still to come, and how many calls each operation had."""

    waiting: list[Fault] = field(default_factory=list)
    calls: dict[str, int] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def add(self, fault: Fault) -> None:
        """Have it befall the next calls."""
        with self.lock:
            self.waiting.append(fault)

    def next(self, operation: str) -> Fault | None:
        """Return what befalls this call, or None."""
        with self.lock:
            self.calls[operation] = self.calls.get(operation, 0) + 1
            for fault in self.waiting:
                if fault.operation in {"", operation}:
                    fault.times -= 1
                    if not fault.times:
                        self.waiting.remove(fault)
                    return fault
        return None
