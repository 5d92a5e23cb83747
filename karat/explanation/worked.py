"""A number worked out by hand: the steps, what came out, and the rows behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isclose
from typing import Any

import pyarrow as pa

from karat.verdicts import Finding

ROWS_SHOWN = 10
NEARLY = 1e-9
"""Relative: half-widths are rounded up in the verdict, and square roots of floats here."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One number by hand and as the verdict has it; `equal` to the last bit, or `near`."""

    name: str
    by_hand: float | str
    stored: float | str
    agrees: bool


@dataclass
class Worked:
    """How a finding was worked out; `numbers` are named as in the finding, `rows` are raw rows."""

    finding: Finding
    steps: list[str] = field(default_factory=list)
    numbers: dict[str, float | str] = field(default_factory=dict)
    nearly: set[str] = field(default_factory=set)
    rows: pa.Table | None = None

    def say(self, *steps: str) -> None:
        """Add steps."""
        self.steps.extend(steps)

    def found(self, **numbers: float | str) -> None:
        """Add numbers by the names that the finding gives them."""
        self.numbers |= numbers

    def show(self, table: pa.Table, at: Iterable[int]) -> None:
        """Keep rows of a table as those behind the finding, with their places."""
        places = list(dict.fromkeys(at))[:ROWS_SHOWN]
        rows = table.take(pa.array(places, pa.int64()))
        self.rows = rows.add_column(0, "row", pa.array(places, pa.int64()))

    @property
    def compared(self) -> list[Compared]:
        """Return the numbers that the verdict has too."""
        stored = self.finding.numbers
        return [
            Compared(name, mine, stored[name], self._agree(name, mine, stored))
            for name, mine in self.numbers.items()
            if name in stored
        ]

    @property
    def agrees(self) -> bool:
        """Return whether every number is the verdict's; false where there was none to compare."""
        return bool(self.compared) and all(one.agrees for one in self.compared)

    def _agree(self, name: str, mine: float | str, stored: Mapping[str, Any]) -> bool:
        if name in self.nearly and not isinstance(mine, str):
            return isclose(mine, float(stored[name]), rel_tol=NEARLY)
        return bool(mine == stored[name])

    def plain(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {
            "finding": self.finding.name,
            "family": self.finding.family,
            "outcome": str(self.finding.outcome),
            "reason": self.finding.reason,
            "steps": self.steps,
            "compared": [
                {"name": c.name, "by_hand": c.by_hand, "stored": c.stored, "agrees": c.agrees}
                for c in self.compared
            ],
            "agrees": self.agrees,
            "rows": [] if self.rows is None else self.rows.to_pylist(),
        }


def listed(values: Sequence[object], most: int = 5) -> str:
    """Return some values in words.

    >>> listed([1, 2, 3], most=2)
    '1, 2 and 1 more'
    """
    said = ", ".join(map(str, values[:most]))
    return f"{said} and {len(values) - most} more" if len(values) > most else said
