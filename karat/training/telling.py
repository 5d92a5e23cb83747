"""What a policy is worth, in words that a person reads: a unit, few digits, and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def digits(value: float) -> float:
    """Return a measured number to four digits: more say nothing beside its interval.

    >>> digits(3.0312345678), digits(277.4049)
    (3.031, 277.4)
    """
    return float(f"{value:.4g}")


def ends(value: float, low: float, high: float, unit: str = "") -> str:
    """Return a number and its interval.

    >>> ends(3.031, 2.5049, 3.54, "half ticks a lot")
    '+3.031 half ticks a lot a step (95 %: +2.505 to +3.54)'
    """
    each = f" {unit} a step" if unit else " a step"
    return f"{value:+.4g}{each} (95 %: {low:+.4g} to {high:+.4g})"


def compared(rival: str, over: Mapping[str, float], unit: str = "") -> str:
    """Return whether a policy is surely worth more than a rival, and by how much.

    >>> compared("doing nothing", {"value": 1.0, "low": -0.5, "high": 2.5})
    'not surely better than doing nothing: by +1 a step (95 %: -0.5 to +2.5)'
    """
    told = ends(over["value"], over["low"], over["high"], unit)
    if over["low"] > 0:
        return f"better than {rival} by {told}"
    if over["high"] < 0:
        return f"worse than {rival}: by {told}"
    return f"not surely better than {rival}: by {told}"


def verdicts(evaluation: Mapping[str, Any], unit: str = "") -> tuple[str, str]:
    """Return how a policy compares with doing nothing, and with the best of its rivals."""
    best = f"{evaluation['best']!r}, the best rival" if "best" in evaluation else "the best rival"
    return (
        compared("doing nothing", evaluation["over_nothing"], unit),
        compared(best, evaluation["over_best"], unit),
    )
