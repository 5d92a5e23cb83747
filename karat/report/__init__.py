"""Takes states and verdicts; gives small pictures that say what was found.

Each plot is a function to a matplotlib `Figure`; `render` gives its PNG or SVG, equal bytes for
equal input. matplotlib is imported when the first one is drawn.
"""

from karat.report.acf import acf_plot
from karat.report.bounds import bounds_plot
from karat.report.ecdf import ecdf_plot
from karat.report.effects import effects_plot
from karat.report.outcome_calendar import calendar_plot
from karat.report.rendering import render
from karat.report.score_history import score_plot
from karat.report.stretches import stretches_plot

__all__ = [
    "acf_plot",
    "bounds_plot",
    "calendar_plot",
    "ecdf_plot",
    "effects_plot",
    "render",
    "score_plot",
    "stretches_plot",
]
