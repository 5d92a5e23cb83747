"""An attribution as a picture: each part with its interval, one below the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from karat.feedback.attribution import PARTS
from karat.report import effects_plot

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from karat.feedback.attribution import Attribution


def attribution_plot(found: Attribution, unit: str = "", between: str = "") -> Figure:
    """Return what moved the score, with zero marked; what is certain is drawn full.

    `unit` is that of a score, which is of a step then; `between` says what changed.
    """
    effects = {name: getattr(found, name) for name in PARTS}
    shown = {name: (one.value, one.low, one.high) for name, one in effects.items()}
    told = f"{found.seeds} seeds, intervals of 95 %"
    axis = f"change of worth a step, {unit}" if unit else "change of the score"
    axis += "; a full point is surely not 0"
    return effects_plot(
        shown, f"Moved by: {found.cause}", "; ".join(filter(None, (between, told))), axis
    )
