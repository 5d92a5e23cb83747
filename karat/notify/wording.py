"""Letters in words, from the templates beside this file."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from karat.notify.incident import Letter

if TYPE_CHECKING:
    from jinja2 import Environment


def rendered(template: str, letter: Letter) -> str:
    """Return a letter as `template` writes it."""
    return _templates().get_template(template).render(
        incident=letter.incident, over=letter.over, id=letter.id, subject=subject(letter),
        began=_moment(letter.began_s), at=_moment(letter.at_s),
    )  # fmt: skip


def subject(letter: Letter) -> str:
    """Return a letter in one line."""
    one = letter.incident
    where = "/".join(part for part in (one.dataset, one.instrument) if part)
    return f"[karat] {'resolved' if letter.over else one.sort}: {where}: {one.summary}"


def _moment(at_s: int) -> str:
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%d %H:%M:%S} UTC"


@cache
def _templates() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(  # noqa: S701 - plain text, no page
        loader=PackageLoader("karat.notify"), undefined=StrictUndefined, trim_blocks=True
    )
