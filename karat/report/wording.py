"""Numbers as a reader expects them."""

from __future__ import annotations

from fractions import Fraction
from math import floor, log10

from karat.distances import Distance

_LARGE = 10_000
_FEW = 3
_NAME = 32
_MINUS = "\N{MINUS SIGN}"


def number(value: float) -> str:
    """Return a value with its thousands apart.

    >>> number(21313), number(0.25)
    ('21,313', '0.25')
    """
    return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"


def short(name: str) -> str:
    """Return a name that leaves room for what is said about it."""
    return name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"


def tick(value: float, _position: int | None = None) -> str:
    """Return a short label for a logarithmic axis.

    >>> tick(500), tick(1_000_000), tick(0.01)
    ('500', '1M', '0.01')
    """
    for size, name in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if size * 1e3 > abs(value) >= max(size, _LARGE):
            return f"{value / size:g}{name}".replace("-", _MINUS)
    return f"{value:,g}".replace("-", _MINUS)


def bracket(distance: Distance) -> str:
    """Return a distance in three digits: exact, or its bounds rounded away from each other.

    >>> bracket(Distance(Fraction(311, 10_000), Fraction(3112, 100_000), 5))
    '0.0311..0.0312'
    """
    if not distance.count:
        return "unknown"
    if distance.exact:
        return f"{distance.low:.3g}"
    digits = _digits(distance.upper)
    step = Fraction(1, 10**digits)
    low, high = distance.lower // step * step, -(-distance.upper // step) * step
    return f"{float(low):.{digits}f}..{float(high):.{digits}f}"


def measured(value: float, unit: str) -> str:
    """Return a value and its unit, if that is one word.

    >>> measured(1, "ticks"), measured(1024, "lots"), measured(1, "1 bid -1 ask")
    ('1 tick', '1,024 lots', '1')
    """
    if " " in unit:
        return number(value)
    if value == 1 and unit.endswith("s") and len(unit) > _FEW:
        unit = unit[:-1]
    return f"{number(value)} {unit}".rstrip()


def _digits(value: Fraction) -> int:
    """Return after how many decimals the third digit stands."""
    return max(_FEW - 1 - floor(log10(value)), 0)
