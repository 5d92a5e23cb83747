"""What work costs, and how much of it may be spent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from karat.errors import InputError

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
SIZES = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([a-zA-Z]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Cost:
    """Compressed column bytes to read, estimated seconds, and bytes of memory at the most."""

    bytes: int = 0
    seconds: float = 0.0
    memory: int = 0

    def plus(self, other: Cost) -> Cost:
        """Return the cost of both, one after the other: memory is not held twice."""
        memory = max(self.memory, other.memory)
        return Cost(self.bytes + other.bytes, self.seconds + other.seconds, memory)


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that may be spent; None for as much as it takes."""

    seconds: float | None = None
    bytes: int | None = None

    def fits(self, cost: Cost) -> bool:
        """Return whether a cost lies within."""
        in_time = self.seconds is None or cost.seconds <= self.seconds
        return in_time and (self.bytes is None or cost.bytes <= self.bytes)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the budget that a text says; InputError for one that says none.

        >>> Budget.parse("30s"), Budget.parse("2m, 500MB")
        (Budget(seconds=30.0, bytes=None), Budget(seconds=120.0, bytes=500000000))
        """
        seconds, size = None, None
        for part in text.split(","):
            found = _AMOUNT.fullmatch(part.strip())
            if found and found[2] in UNITS:
                seconds = float(found[1]) * UNITS[found[2]]
            elif found and found[2] in SIZES:
                size = round(float(found[1]) * SIZES[found[2]])
            else:
                raise InputError(f"budget {text!r}: write seconds or bytes, as in 30s, 2m, 500MB")
        return cls(seconds, size)

    def __str__(self) -> str:
        """Return the budget in words."""
        said = [f"{self.seconds:g} s"] if self.seconds is not None else []
        said += [f"{self.bytes:,} bytes"] if self.bytes is not None else []
        return " and ".join(said) or "no bounds"
