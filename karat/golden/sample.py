"""A golden day as it is measured, wherever its rows are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, TypeVar

from karat.contracts import Measure


class Sample(Protocol):
    """Some rows with a name; `stratum` is what they may be compared with ("" for all).

    Samples of one `group` are not exchangeable with each other, such as the hours of a day: the
    group is calibrated by its worst.
    """

    @property
    def name(self) -> str:
        """Name of the sample, such as ``instrument/day``."""

    @property
    def content(self) -> str:
        """Digest of its rows."""

    @property
    def rows(self) -> int:
        """Number of its rows."""

    @property
    def stratum(self) -> str:
        """What it may be compared with."""

    @property
    def group(self) -> str:
        """What it is calibrated with."""

    def select(self, measure: Measure) -> list[Any]:
        """Return the columns a measure looks at, of the rows it is about."""

    def state(self, measure: Measure) -> Any:
        """Return the state of a measure, known or computed."""


S = TypeVar("S", bound=Sample)


def by_stratum(samples: Iterable[S]) -> dict[str, list[S]]:
    """Return the samples of each stratum, in the order they come."""
    found: dict[str, list[S]] = {}
    for sample in samples:
        found.setdefault(sample.stratum, []).append(sample)
    return found
