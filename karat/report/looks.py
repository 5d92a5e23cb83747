"""What an outcome looks like: a colour, a shape and a letter, so that no one of them is needed.

Colours are those of Okabe and Ito, which people with any common colour blindness tell apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

GOLDEN, CANDIDATE = "#9a6700", "#0072b2"


class Mark(StrEnum):
    """What a picture shows of a partition: the outcome of its verdict, or why there is none."""

    PASS = "PASS"  # noqa: S105 - no password
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"
    WAIVED = "FAIL, waived"
    NOT_JUDGED = "not judged"


@dataclass(frozen=True, slots=True)
class Look:
    """A colour to fill with, the colour of a letter on it, a marker's shape and the letter."""

    colour: str
    ink: str
    marker: str
    letter: str


LOOKS = {
    Mark.PASS: Look("#009e73", "white", "o", "P"),
    Mark.FAIL: Look("#d55e00", "white", "X", "F"),
    Mark.INCONCLUSIVE: Look("#f0c419", "#222222", "D", "I"),
    Mark.WAIVED: Look("#aa4f8b", "white", "P", "W"),
    Mark.NOT_JUDGED: Look("#e8e8e8", "#777777", "s", "N"),
}
