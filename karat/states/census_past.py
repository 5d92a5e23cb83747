"""What a piece of a paired census must know of the pieces before it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from karat.states.encoding import Int64s


class Side(NamedTuple):
    """Quotes of one side: ascending ids, and their four fields as rows of one array."""

    ids: Int64s
    values: Int64s

    def rows(self, chosen: slice) -> Side:
        """Return some of the quotes."""
        return Side(self.ids[chosen], self.values[:, chosen])

    def before(self, bound: int) -> Side:
        """Return the quotes with an id below `bound`."""
        end = int(np.searchsorted(self.ids, bound))
        return Side(self.ids[:end], self.values[:, :end])

    def beyond(self, count: int) -> Side:
        """Return the quotes but for the first `count`."""
        return Side(self.ids[count:], self.values[:, count:])

    def then(self, other: Side) -> Side:
        """Return these quotes followed by others."""
        ids = np.concatenate([self.ids, other.ids])
        return Side(ids, np.concatenate([self.values, other.values], axis=1))


NO_QUOTES = Side(np.empty(0, np.int64), np.empty((4, 0), np.int64))


@dataclass(frozen=True)
class Standing:
    """The last quote of a side so far, none at first, and since which id each field has stood."""

    last: Side = NO_QUOTES
    since: Int64s | None = None

    def with_since(self, quotes: Side) -> tuple[Side, Int64s]:
        """Return the last quote, if any, and `quotes`; and by field and quote since when it is."""
        whole = self.last.then(quotes)
        moved = whole.values[:, 1:] != whole.values[:, :-1]
        changed = np.zeros(whole.values.shape, np.int64)
        changed[:, 1:] = np.where(moved, np.arange(1, whole.ids.size)[: moved.shape[1]], 0)
        np.maximum.accumulate(changed, axis=1, out=changed)
        since: Int64s = whole.ids[changed] if whole.ids.size else changed
        if self.since is not None:
            since = np.where(changed == 0, self.since[:, None], since)
        return whole, since

    def after(self, whole: Side, since: Int64s) -> Standing:
        """Return what stands after quotes of `with_since`."""
        return Standing(whole.beyond(whole.ids.size - 1), since[:, -1]) if whole.ids.size else self


@dataclass(frozen=True)
class Past:
    """Both sides as they stand, how many golden quotes came, and whether the last was used."""

    ours: Standing = field(default_factory=Standing)
    golden: Standing = field(default_factory=Standing)
    quotes: int = 0
    used: bool = False
