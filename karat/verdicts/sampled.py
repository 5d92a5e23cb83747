"""Some rows instead of all: drawn uniformly with replacement, from a seed that the content gives.

Statistics note 5, level L2. Whatever rows depend on, such a draw shows their distribution to
within a known width. It shows nothing of their order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from karat.contracts import DistanceRule, Measure, select
from karat.digest import digest
from karat.distances import Distance
from karat.golden import Yardstick, sampling_width

SAMPLE = 38_005
"""Rows drawn: the fewest that make the width 0.01."""
MISSED = Fraction(1, 1000)
"""The share of draws, for each distance, whose width does not hold."""


@dataclass(frozen=True, slots=True)
class SampledMeasure(Measure):
    """A measure of `size` rows drawn among those chosen; of all of them where there are no more.

    `seed` is a content digest: the same rows are drawn whenever the same content is judged.
    """

    whole: ClassVar[bool] = True
    seed: str = ""
    size: int = SAMPLE

    def state_key(self, column_digests: Mapping[str, str]) -> str:
        """Return the name of this measure's state, which names the sample."""
        whole = Measure.state_key(self, column_digests)
        return digest("sampled state/1", whole, self.seed, self.size)

    def taken(self, rows: pa.Table) -> list[Any]:
        """Return the columns that are observed, of the rows drawn."""
        columns = Measure.taken(self, rows)
        count = _length(columns)
        if count <= self.size:
            return columns
        return _at(columns, drawn_rows(self.seed, count, self.size))

    def observe_parts(self, parts: Callable[[], Iterable[pa.Table]]) -> Any:
        """Return the state of the tables that `parts` gives: once to be counted, once to draw."""

        def columns() -> Iterator[list[Any]]:
            return (Measure.taken(self, select(part, self.rows)) for part in parts())

        ends = np.cumsum([_length(part) for part in columns()])
        total = int(ends[-1]) if ends.size else 0
        everything = total <= self.size
        wanted = np.arange(total) if everything else drawn_rows(self.seed, total, self.size)
        order = np.argsort(wanted, kind="stable")
        shares = np.split(wanted[order], np.searchsorted(wanted[order], ends[:-1]))
        begins = [0, *ends[:-1].tolist()]
        taken = zip(columns(), shares, begins, strict=True)
        pieces = [_at(part, share - begin) for part, share, begin in taken]
        return self.statistic.observe(*_at(_joined(pieces), np.argsort(order)))


def _length(columns: list[Any]) -> int:
    return max((len(column) for column in columns if not isinstance(column, int)), default=0)


def _at(columns: list[Any], rows: Any) -> list[Any]:
    """Return these rows of the columns."""
    at = pa.array(rows, pa.int64())
    return [column if isinstance(column, int) else column.take(at) for column in columns]


def _joined(parts: list[list[Any]]) -> list[Any]:
    """Return columns of which each part has a piece."""
    return [
        some[0]
        if isinstance(some[0], int)
        else pa.chunked_array(c for one in some for c in one.chunks)
        for some in zip(*parts, strict=True)
    ]


def drawn_rows(seed: str, rows: int, size: int) -> Any:
    """Return `size` positions below `rows`, an int64 array that `seed` alone decides."""
    bits = np.random.PCG64(int(digest("sample/1", seed)[:32], 16))
    return np.random.Generator(bits).integers(0, rows, size)


def can_be_sampled(rule: DistanceRule) -> bool:
    """Return whether rows drawn tell this distance: it asks of single rows how they are spread."""
    return rule.kind == "ks" and rule.of in ("value", "last_digits")


def sampled_measure(one: Yardstick, seed: str, size: int = SAMPLE) -> SampledMeasure:
    """Return what is measured of a sample; `size` is raised to the rows that the rule wants."""
    whole = one.measure()
    about = (whole.family, whole.name, whole.statistic, whole.columns, whole.rows, whole.present)
    return SampledMeasure(*about, seed, max(size, one.rule.min_rows))


def widened(distance: Distance, size: int) -> Distance:
    """Return what the distance of the rows drawn says about that of all rows.

    Nothing is added where no more rows than `size` were there: then all of them were looked at.
    """
    if distance.count < size:
        return distance
    width = sampling_width(MISSED, size)
    low, high = max(distance.lower - width, Fraction(0)), min(distance.upper + width, Fraction(1))
    return Distance(low, high, distance.count)
