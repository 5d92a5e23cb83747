"""What a comparison found, and the word for it, which is never PASS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from karat.comparison.clock import ALPHA
from karat.comparison.invariants import Rule
from karat.comparison.key_census import KeyCensus
from karat.comparison.measuring import Column

Outcome = Literal["SAME", "FAIL", "INCONCLUSIVE"]


@dataclass(frozen=True)
class Comparison:
    """A candidate beside a golden.

    Parameters
    ----------
    candidate, golden
        What the sides are called.
    rows, alone
        Row counts, and columns that the other side lacks; the candidate's first.
    columns
        The columns compared, the farthest from golden first.
    uncompared, types
        Why a column is not compared; the types where they differ, by column.
    rules
        What golden holds in every row, and how many candidate rows break it.
    census
        Rows paired by key; None without a key.
    clock
        The column by which effective rows are known, if there is one.
    same
        Whether all rows and columns are equal, in their order or by key.
    missing
        What a PASS would need that is not here, in words.
    """

    candidate: str
    golden: str
    rows: tuple[int, int]
    alone: tuple[tuple[str, ...], tuple[str, ...]]
    columns: tuple[Column, ...]
    uncompared: Mapping[str, str]
    types: Mapping[str, tuple[str, str]]
    rules: tuple[Rule, ...]
    census: KeyCensus | None
    clock: str | None
    same: bool
    missing: tuple[str, ...]

    @property
    def broken(self) -> tuple[Rule, ...]:
        """The rules that candidate rows break, the most often broken first."""
        found = [rule for rule in self.rules if rule.rows]
        return tuple(sorted(found, key=lambda rule: (not rule.decides, -rule.rows)))

    @property
    def outcome(self) -> Outcome:
        """FAIL where golden contradicts, SAME where all is equal, INCONCLUSIVE otherwise.

        Golden contradicts by a rule that all its rows hold, or by rows of a key. A distance alone
        is no contradiction: nobody said yet how far is too far.
        """
        if any(rule.decides for rule in self.broken) or (self.census and not self.census.clean):
            return "FAIL"
        return "SAME" if self.same else "INCONCLUSIVE"

    def body(self) -> dict[str, Any]:
        """Return all of it as one JSON document; rationals become floats."""
        return {
            "outcome": self.outcome,
            "candidate": {"name": self.candidate, "rows": self.rows[0], "alone": self.alone[0]},
            "golden": {"name": self.golden, "rows": self.rows[1], "alone": self.alone[1]},
            "columns": {column.name: _column(column) for column in self.columns},
            "uncompared": dict(self.uncompared),
            "types": dict(self.types),
            "rules": [asdict(rule) for rule in self.rules],
            "census": asdict(self.census) if self.census else None,
            "clock": self.clock,
            "alpha": float(ALPHA),
            "missing": self.missing,
        }

    def __str__(self) -> str:
        """Return the answer as text, a table of columns in its middle."""
        from karat.comparison.telling import text

        return text(self)


def _column(column: Column) -> dict[str, Any]:
    apart, reach = column.distance, column.reach
    known = [reach.candidate, reach.golden, reach.half_width, reach.tolerance] if reach else []
    names = ("candidate_effective_rows", "golden_effective_rows", "half_width", "tolerance")
    return {
        "measured": column.measured,
        "distance": [apart.low, apart.high] if apart.count else None,
        "rows": apart.count,
        "split": column.split,
        "atom": asdict(column.atom) if column.atom else None,
        "nulls": column.nulls,
        "reach": {
            name: None if value is None else float(value)
            for name, value in zip(names, known, strict=False)
        }
        or None,
    }
