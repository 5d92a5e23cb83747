"""Scores over time against the quantile they are judged by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from karat.report.canvas import key, notice, panel
from karat.report.looks import Mark
from karat.report.rendering import INK, style
from karat.report.score_marks import marked
from karat.report.scores import Bounds, Score, scores
from karat.report.steps import Floats
from karat.report.time_axis import lay_out
from karat.report.wording import tick
from karat.verdicts import Verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

NEWEST = 400
_WIDE = 100


def score_plot(
    verdicts: Iterable[Verdict],
    *,
    calibration: Mapping[str, Bounds] | None = None,
    false_alarms: Bounds | None = None,
) -> Figure:
    """Return the scores of verdicts, oldest first, with q, and calibration days in grey.

    `calibration` has the bounds of scores by partition, `false_alarms` those of the share of
    healthy partitions above q that so many calibration days promise. Colour and shape tell what
    the score alone was judged to be. A partition without a score (too few calibration days, no
    rows) stands at the foot. The newest 400 are drawn. Without any score the picture says so.
    """
    all_found = scores(verdicts, calibration or {})
    found = sorted(all_found, key=lambda score: score.place.date)[-NEWEST:]
    found.sort(key=lambda score: score.place)
    with style():
        if not found:
            return notice("No scores yet", "No verdict has an unpaired score.")
        judged = [score for score in found if score.mark]
        left_out = len(all_found) - len(found)
        figure, axes = panel(_finding(judged), _evidence(found, left_out, false_alarms))
        x = lay_out(axes, [score.place for score in found])
        _heights(axes, found)
        handles = [*_quantile(axes, x, found), *marked(axes, x, found)]
        axes.set_ylabel("score (scales)")
        key(figure, handles)
        return figure


def _finding(judged: Sequence[Score]) -> str:
    above = [score for score in judged if score.mark is Mark.FAIL]
    if not judged:
        return "Calibration days only: nothing was judged by them yet"
    if len(judged) == 1:
        return _one(judged[0])
    count = f"of {len(judged):,} partitions"
    if above:
        newest = max(above, key=lambda score: score.place.date).place
        return f"{len(above):,} {count} above q, the newest on {newest.date}"
    if any(score.low is not None for score in judged):
        return f"None {count} certainly above q"
    return f"None {count} has a score"


def _one(score: Score) -> str:
    if score.low is None or score.high is None:
        return f"{score.place.date}: {score.mark}, no score"
    against = "" if score.q is None else f" against q {score.q:.3g}"
    bounds = dict.fromkeys(f"{end:.3g}" for end in (score.low, score.high))
    return f"{score.place.date}: {score.mark}, score {'..'.join(bounds)}{against}"


def _evidence(found: Sequence[Score], left_out: int, false_alarms: Bounds | None) -> str:
    tally = Counter(score.mark for score in found)
    words = [f"{tally[mark]:,} {mark}" for mark in Mark if tally[mark]]
    if tally[None]:
        words.append(f"{tally[None]:,} calibration day{'s' if tally[None] > 1 else ''}")
    if false_alarms:
        low, high = (f"{100 * float(share):.2g}" for share in false_alarms)
        words.append(f"{low}..{high} % of healthy ones lie above q")
    if left_out:
        words.append(f"{left_out:,} older ones not shown")
    return " · ".join(words)


def _heights(axes: Axes, found: Sequence[Score]) -> None:
    """Choose the scale of scores; logarithmic from two decades on."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    if not any(score.high for score in found):
        axes.set_yticks([0])
    values = [v for score in found for v in (score.low, score.high, score.q) if v is not None]
    positive = [value for value in values if value > 0] or [1.0]
    low, high = min(positive), max(positive)
    if high / low >= _WIDE:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(FuncFormatter(tick))
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.set_ylim(low / 3, high * 2)
    else:
        axes.set_ylim(-0.13 * high, 1.1 * high)


def _quantile(axes: Axes, x: Floats, found: Sequence[Score]) -> list[Line2D]:
    """Draw q where scores were judged by it: it moves when other golden days are adopted."""
    q = np.array([np.nan if score.q is None else score.q for score in found])
    known = np.flatnonzero(np.isfinite(q))
    if not known.size:
        return []
    label = f"q = {q[known[-1]]:.3g}"
    if np.unique(q[known]).size > 1:
        return axes.plot(x[known], q[known], color=INK, linewidth=1.3, linestyle="--", gid="q",
                         drawstyle="steps-mid", label=f"{label} at last")  # fmt: skip
    line = axes.axhline(q[known[0]], color=INK, linewidth=1.3, linestyle="--", gid="q", label=label)
    return [line]
