"""What share of one sketch's grams occurs in another: how much of a day is a copy."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from karat.distances.gram_overlap import Sketch
from karat.states import NGramSketch


@dataclass(frozen=True)
class Containment:
    """Of `sampled` different grams of a candidate, `common` occur in the other rows too."""

    common: int
    sampled: int
    exact: bool

    @property
    def share(self) -> Fraction:
        """Return the share, of all grams when `exact`, else estimated from a fair sample."""
        return Fraction(self.common, self.sampled)


def contained(stat: NGramSketch, candidate: Sketch, other: Sketch) -> Containment | None:
    """Return how many of the candidate's grams occur in the other rows.

    A full sketch knows all hashes up to its largest, one that is not full knows all. Up to the
    lesser of the two limits both are known entirely, and the candidate's hashes there are a fair
    sample of its grams (Beyer et al. 2007, section 4). None for no gram on either side to compare.
    """
    ours, theirs = candidate.inner, other.inner
    if not (ours and theirs):
        return None
    full = [grams[-1] for grams in (ours, theirs) if len(grams) == stat.size]
    sample = [gram for gram in ours if not full or gram <= min(full)]
    if not sample:
        return None
    common = len(set(sample).intersection(theirs))
    return Containment(common, len(sample), not full)
