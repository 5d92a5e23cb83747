"""How long a day must be before its distances can be shown to lie within their tolerances.

Statistics note 4.2 and the design README: a day is full-size when h_j <= delta_j / 2 for every
gated column. How many rows that takes follows from what golden rows were worth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from statistics import median

from karat.contracts import Contract
from karat.golden.half_widths import half_width
from karat.golden.manifest import GoldenManifest
from karat.golden.yardsticks import Yardstick

MOST = 1 << 62


@dataclass(frozen=True, slots=True)
class Sufficient:
    """What one tolerance takes; None where no day is long enough, or nothing is known.

    `worth` is how many effective rows a chosen golden row is, `chosen` how many of a golden
    day's rows are chosen; `effective`, `measured` and `rows` are the fewest effective rows, chosen
    rows and rows of a day at which the half-width is at most half the tolerance.
    """

    tolerance: Fraction
    worth: Fraction | None
    chosen: Fraction | None
    effective: int | None
    measured: int | None
    rows: int | None


def sufficient(
    contract: Contract, golden: GoldenManifest, stratum: str = ""
) -> dict[str, Sufficient]:
    """Return what each distance with a tolerance takes, in the contract's order."""
    if contract.unpaired is None:
        return {}
    alpha = Fraction(contract.unpaired.alpha)
    days = [day.rows for day in golden.reference if day.stratum == stratum]
    held = golden.usable(contract, stratum)
    return {
        name: _of(one, alpha, Fraction(one.rule.tolerance), days)
        for name, one in held.items()
        if one.rule.tolerance is not None
    }


def full_size(contract: Contract, golden: GoldenManifest) -> Mapping[str, int | None]:
    """Return the rows of the smallest full-size day, by the name of the distance.

    Over several strata the largest; None where no day is large enough, because golden days
    themselves are worth too few rows. A day is full-size when it has the most of them all.
    """
    found: dict[str, int | None] = {}
    for stratum in golden.strata:
        for name, one in sufficient(contract, golden, stratum).items():
            known = found.get(name, 0)
            both = one.rows is not None and known is not None
            found[name] = max(one.rows or 0, known or 0) if both else None
    return found


def _of(one: Yardstick, alpha: Fraction, tolerance: Fraction, days: list[int]) -> Sufficient:
    golden_rows = one.cells.rows if one.cells else 0
    worth = one.effective_rows / golden_rows if one.effective_rows and golden_rows else None
    typical = median(days) if days else 0
    chosen = Fraction(one.typical_rows, int(typical)) if typical and one.typical_rows else None
    effective = _least(alpha, tolerance / 2 / one.rule.widths, one.effective_rows)
    measured = None if effective is None or not worth else _up(effective / worth)
    rows = None if measured is None or not chosen else _up(measured / chosen)
    return Sufficient(tolerance, worth, chosen, effective, measured, rows)


def _least(alpha: Fraction, width: Fraction, golden: Fraction | None) -> int | None:
    """Return the fewest effective rows whose half-width is at most `width`, by halving."""

    def narrow(rows: int) -> bool:
        found = half_width(alpha, Fraction(rows), golden)
        return found is not None and found <= width

    if not narrow(MOST):
        return None
    low, high = 0, MOST
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if narrow(middle) else (middle, high)
    return high


def _up(value: Fraction) -> int:
    return -(-value.numerator // value.denominator)
