"""How alike golden days are, as a page of its own: a matrix of days by distances, in time."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from karat.golden import DayLikeness, Likeness

_WORST = 10
_FULL = 3
_STYLE = """
body{font:14px/1.5 system-ui,sans-serif;color:#222;margin:2rem auto;max-width:100rem;padding:0 1rem}
h1{font-size:1.3rem}h2{font-size:1rem;margin-top:2rem}
p.note{color:#666}div.wide{overflow-x:auto}
table{border-collapse:collapse}th{font-weight:600;text-align:left}
td,th{padding:.15rem .6rem;border-bottom:1px solid #eee;white-space:nowrap}
td.n{text-align:right;font-variant-numeric:tabular-nums}th.n{text-align:right;white-space:normal;vertical-align:bottom}
""".strip()
_NOTE = (
    "Each number is a day's distance in units of scale, the median distance of a reference day "
    "from the others. Reference days are held against the other reference days, calibration days "
    "against all of them. Days are in order of time; the darker, the further."
)


def likeness_page(alike: Likeness, title: str) -> str:
    """Return an HTML page that needs nothing else; equal text for equal input."""
    words = "".join(f"<p><strong>{escape(line)}</strong></p>" for line in alike.words)
    worst = "".join(_worst(day, alike) for day in alike.worst[:_WORST])
    body = (
        f"<h1>How alike golden days are</h1><p>{escape(title)}</p>{words}"
        f'<p class="note">{_NOTE}</p>'
        f"<h2>Days in order of time</h2>{_matrix(alike)}"
        f"<h2>The worst days</h2>{_table(('day', 'furthest in'), ('scales',), worst)}"
        f"<h2>Drift with time</h2>{_drifts(alike)}"
    )
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>\n'


def _matrix(alike: Likeness) -> str:
    every = [*range(len(alike.names))]
    rows = "".join(_row(day, alike, which=every) for day in alike.days)
    return _table(("day", "part"), ("score", *alike.names), rows)


def _table(words: Iterable[str], numbers: Iterable[str], rows: str) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in words)
    head += "".join(f'<th class="n">{escape(name)}</th>' for name in numbers)
    return f'<div class="wide"><table><tr>{head}</tr>{rows}</table></div>'


def _row(day: DayLikeness, alike: Likeness, which: list[int]) -> str:
    part = "reference" if day.reference else "calibration"
    if day.stratum:
        part += f", {day.stratum}"
    ratios = [day.score, *(day.ratios[at] for at in which)]
    cells = "".join(_cell(ratio, alike.typical) for ratio in ratios)
    return f"<tr><td>{escape(day.partition)}</td><td>{escape(part)}</td>{cells}</tr>"


def _worst(day: DayLikeness, alike: Likeness) -> str:
    what = alike.names[[*day.ratios].index(day.score)]
    score = _cell(day.score, alike.typical)
    return f"<tr><td>{escape(day.partition)}</td><td>{escape(what)}</td>{score}</tr>"


def _cell(ratio: float | None, typical: float) -> str:
    if ratio is None:
        return "<td></td>"
    depth = min(ratio / (_FULL * typical), 1.0) if typical else 0.0
    return f'<td class="n" style="background:rgba(214,69,65,{0.75 * depth:.2f})">{ratio:.2f}</td>'


def _drifts(alike: Likeness) -> str:
    if not alike.drifts:
        return "<p>Too few days to speak of drift, or no two of them differ.</p>"
    rows = "".join(
        f"<tr><td>{escape(one.name)}</td><td>{escape(one.words)}</td></tr>" for one in alike.drifts
    )
    return _table(("distance", "Spearman's rank correlation with the date"), (), rows)
