"""A dataset's card as Markdown and as one HTML page, from the templates beside this file."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Literal

from karat.dataset.card import Card

if TYPE_CHECKING:
    from jinja2 import Environment

LARGE, HUGE = 1e5, 1e20
"""From where to where a number is shown without digits behind the point, as a time's mean."""
STEP, UNITS = 1000, ("B", "kB", "MB", "GB", "TB")
Kind = Literal["md", "html"]


def page(card: Card, kind: Kind) -> str:
    """Return the card as text of its kind; what data says of itself is escaped in both."""
    return _templates().get_template(f"card.{kind}").render(card=card, of=card.manifest)


def _size(count: int) -> str:
    """Return bytes as people say them."""
    value, power = float(count), 0
    while value >= STEP and power < len(UNITS) - 1:
        value, power = value / STEP, power + 1
    return f"{value:.1f} {UNITS[power]}" if power else f"{count} B"


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{float(value):,.0f}" if LARGE <= abs(value) < HUGE else f"{float(value):,.6g}"


def _day(at_s: int) -> str:
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%d}"


def _cell(text: object) -> str:
    """Return text as a cell of a Markdown table, or one line of a list."""
    said = " ".join(str(text).split())
    for sign in ("\\", "|", "<", ">", "*", "_", "`", "[", "]"):
        said = said.replace(sign, f"\\{sign}")
    return said


@cache
def _templates() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    found = Environment(
        loader=PackageLoader("karat.dataset"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {"size": _size, "number": _number, "day": _day, "cell": _cell}
    return found
