"""What can go wrong on the way: a server that is busy, slow, overtaken, or gone in mid-answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Literal

How = Literal["refused", "slow", "dropped", "lost", "cut", "act", "garbled", "altered", "hung_up"]


@dataclass
class Fault:
    """What befalls the next `times` calls of `operation` (a function's name; "" for any).

    ``refused`` answers `status`; ``slow`` waits `seconds` first; ``dropped`` ends the connection
    before anything is done, ``lost`` after it was done, ``cut`` in the middle of the answer's
    body, ``hung_up`` in the middle of the call's own; ``act`` has `act` done first, such as
    another's commit; ``garbled`` changes one byte, ``altered`` answers what `alter` makes of the
    JSON, or the whole reply it gives. With an `act`, any other fault has it done first too, and a
    ``lost`` call is followed by it.
    """

    operation: str
    how: How
    times: int = 1
    status: int = 429
    seconds: float = 0.0
    act: Callable[[], object] | None = None
    alter: Callable[[Any], Any] | None = None


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
            return self._taken(operation, ())

    def hangs_up(self, operation: str) -> bool:
        """Tell whether the connection ends before all of this call has come."""
        with self.lock:
            return self._taken(operation, ("hung_up",)) is not None

    def _taken(self, operation: str, only: tuple[How, ...]) -> Fault | None:
        for fault in self.waiting:
            wanted = fault.how in only if only else fault.how != "hung_up"
            if wanted and fault.operation in {"", operation}:
                fault.times -= 1
                if not fault.times:
                    self.waiting.remove(fault)
                return fault
        return None
