"""Takes columns; gives small states that merge exactly, however the rows were cut."""

from karat.states.categories import Categories
from karat.states.counts import Counts
from karat.states.reference_counts import ReferenceCounts
from karat.states.statistic import Statistic

__all__ = ["Categories", "Counts", "ReferenceCounts", "Statistic"]
