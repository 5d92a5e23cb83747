"""What the design asks of a number, and how far ours is from it."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True, slots=True)
class Goal:
    """Our number in `unit` beside what it must be, and the moonshot beyond that, if there is one.

    A number is to be at most what is asked; with `least`, at least. A zero that is asked for is
    reached by zero alone.
    """

    value: float
    must: float
    moonshot: float | None = None
    unit: str = ""
    least: bool = False

    @property
    def met(self) -> bool:
        """Whether it is as good as it must be."""
        return self._within(self.must)

    @property
    def shot(self) -> bool:
        """Whether it is as good as the moonshot; False where there is none."""
        return self.moonshot is not None and self._within(self.moonshot)

    @property
    def times(self) -> float:
        """How many times better than it must be, below 1 where it misses; 1 for 0 of 0."""
        return self._times(self.value)

    @property
    def moonshot_times(self) -> float | None:
        """How many times better than the must the moonshot is; None where there is none."""
        return None if self.moonshot is None else self._times(self.moonshot)

    def __str__(self) -> str:
        """Return it in words, such as ``met (must <= 50 ms, moonshot <= 5 ms)``."""
        sign, unit = ">=" if self.least else "<=", f" {self.unit}" if self.unit else ""
        asked = [f"must {sign} {self.must:g}{unit}"]
        if self.moonshot is not None:
            asked.append(f"moonshot {sign} {self.moonshot:g}{unit}")
        word = "moonshot met" if self.shot else "met" if self.met else "NOT MET"
        return f"{word} ({', '.join(asked)})"

    def plain(self) -> dict[str, object]:
        """Return it as plain values; `times` is None where it has no bound."""
        asked = {"value": self.value, "must": self.must, "moonshot": self.moonshot}
        times = None if self.times == inf else self.times
        return asked | {"unit": self.unit, "least": self.least, "met": self.met, "times": times}

    def _within(self, bound: float) -> bool:
        return self.value >= bound if self.least else self.value <= bound

    def _times(self, value: float) -> float:
        above, below = (value, self.must) if self.least else (self.must, value)
        if above == below:
            return 1.0
        return above / below if below > 0 else inf
