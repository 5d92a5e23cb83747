"""Outcomes as a calendar: a row a month, a column a day, for each instrument."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from itertools import groupby
from typing import TYPE_CHECKING

from karat.report.canvas import BOTTOM, MARGIN, TOP, WIDTH, headed, key, notice
from karat.report.looks import LOOKS, Look, Mark
from karat.report.rendering import INK, MUTED, style
from karat.report.when import Place
from karat.verdicts import Outcome, Verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.path import Path

MONTHS = 24
_CELL, _LEFT = 22, 92
_WORST = (Mark.FAIL, Mark.WAIVED, Mark.INCONCLUSIVE, Mark.NOT_JUDGED, Mark.PASS)
Days = Mapping[Place, Mark]


def calendar_plot(
    verdicts: Iterable[Verdict],
    *,
    expected: Iterable[str] = (),
    waived: Collection[str] = (),
) -> Figure:
    """Return the outcome of every day, by colour and letter.

    `expected` are partitions that should be judged and `waived` those whose FAIL a person let
    pass, by name. The last verdict of a partition counts; a day with several partitions shows the
    worst. The newest 24 months are drawn. Partitions whose date cannot be read are counted only;
    without any other the picture says so.
    """
    marks = dict.fromkeys((Place.of(name) for name in expected), Mark.NOT_JUDGED)
    forgiven = {Place.of(name) for name in waived}
    for verdict in verdicts:
        place = Place.of(verdict.inputs.partition)
        let_pass = verdict.outcome is Outcome.FAIL and place in forgiven
        marks[place] = Mark.WAIVED if let_pass else Mark[verdict.outcome.name]
    days = _by_day(marks)
    with style():
        if not days:
            return notice("No outcomes yet", "No partition of a day was judged or is expected.")
        rows = _rows(days)
        left_out = len({(p.instrument, p.date[:7]) for p in days}) - sum(map(len, rows.values()))
        return _drawn(days, rows, _finding(marks), _tally(marks, left_out))


def _by_day(marks: Days) -> dict[Place, Mark]:
    """Return the worst mark of each instrument's days."""
    days: dict[Place, Mark] = {}
    for place, mark in marks.items():
        if place.days is not None:
            day = Place(place.instrument, place.date[:10])
            days[day] = min(mark, days.get(day, Mark.PASS), key=_WORST.index)
    return days


def _rows(days: Days) -> dict[str, list[str]]:
    """Return the months to draw, newest last, of each instrument."""
    months = sorted({(place.date[:7], place.instrument) for place in days})[-MONTHS:]
    shown = sorted((instrument, month) for month, instrument in months)
    return {name: [month for _, month in group] for name, group in groupby(shown, lambda m: m[0])}


def _finding(marks: Days) -> str:
    tally, count = Counter(marks.values()), len(marks)
    if tally[Mark.PASS] == count:
        return f"All {count:,} partitions PASS" if count > 1 else "The only partition is a PASS"
    return f"{tally[Mark.PASS]:,} of {count:,} partitions PASS, {tally[Mark.FAIL]:,} FAIL"


def _tally(marks: Days, left_out: int) -> str:
    tally = Counter(marks.values())
    words = [f"{tally[mark]:,} {mark}" for mark in Mark if tally[mark]]
    unread = sum(place.days is None for place in marks)
    words += [f"{unread:,} without a date not shown"] if unread else []
    words += [f"{left_out:,} older months not shown"] if left_out else []
    return " · ".join(words)


def _drawn(days: Days, rows: Mapping[str, list[str]], title: str, tally: str) -> Figure:
    lines = sum(len(months) + 1 for months in rows.values())
    height = TOP + _CELL * (lines + 1) + BOTTOM // 4
    figure = headed(title, tally, height)
    box = (_LEFT / WIDTH, BOTTOM / 4 / height, 31 * _CELL / WIDTH, _CELL * (lines + 1) / height)
    axes = figure.add_axes(box, xlim=(0.5, 31.5), ylim=(lines + 0.5, -0.5))
    axes.set_axis_off()
    for day in range(1, 32):
        axes.text(day, 0, str(day), ha="center", va="center", color=MUTED, fontsize=8)
    places = _labelled(axes, rows)
    handles = [
        _cells(axes, look, mark, [(int(day.date[8:]), places[day.instrument, day.date[:7]])
                                  for day, was in days.items()
                                  if was is mark and (day.instrument, day.date[:7]) in places])
        for mark, look in LOOKS.items()
    ]  # fmt: skip
    key(figure, [handle for handle in handles if handle])
    return figure


def _labelled(axes: Axes, rows: Mapping[str, list[str]]) -> dict[tuple[str, str], int]:
    """Name instruments and months; return the line of each month."""
    places, line = {}, 1
    for instrument, months in rows.items():
        axes.text(
            0.5 + (MARGIN - _LEFT) / _CELL,
            line,
            instrument,
            va="center",
            color=INK,
            fontweight="bold",
        )
        for at, month in enumerate(months, line + 1):
            places[instrument, month] = at
            axes.text(0, at, month, ha="right", va="center", color=MUTED, fontsize=8.5)
        line += len(months) + 1
    return places


def _cells(axes: Axes, look: Look, mark: Mark, at: list[tuple[int, int]]) -> Line2D | None:
    """Draw the days of one mark: a square and its letter."""
    from matplotlib.lines import Line2D

    if not at:
        return None
    x, y = zip(*at, strict=True)
    size = (_CELL - 2.5) * 0.72
    axes.plot(x, y, linestyle="", marker="s", color=look.colour, markersize=size,
              markeredgewidth=0, gid=str(mark), clip_on=False)  # fmt: skip
    axes.plot(x, y, linestyle="", marker=_letter(look.letter), color=look.ink, markersize=size / 2,
              markeredgewidth=0, gid=look.letter, clip_on=False)  # fmt: skip
    return Line2D([], [], linestyle="", marker="s", color=look.colour, markersize=10,
                  label=f"{look.letter}  {mark}")  # fmt: skip


def _letter(letter: str) -> Path:
    """Return a letter's shape about the origin: as a marker it is kept once, however many days."""
    from matplotlib.textpath import TextPath
    from matplotlib.transforms import Affine2D

    shape = TextPath((0, 0), letter, size=1)
    box = shape.get_extents()
    middle = -(box.x0 + box.x1) / 2, -(box.y0 + box.y1) / 2
    return Affine2D().translate(*middle).transform_path(shape)
