"""What share of their grams two sketches have in common: the Jaccard similarity, estimated."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from karat.states import NGramSketch, WindowedState

Sketch = WindowedState[tuple[int, ...]]


@dataclass(frozen=True)
class Overlap:
    """An estimate, 0 to 1, and its margin: two standard errors at most; a margin of 0 is exact.

    The margin is what chance leaves, not a certain bound as of a `Distance`.
    """

    share: Fraction
    margin: float


def jaccard(stat: NGramSketch, a: Sketch, b: Sketch) -> Overlap | None:
    """Return the share of all different grams of `a` and `b` that both have.

    The smallest hashes of both together are a fair sample of all grams; those in both sketches
    are common (Broder 1997). The margin is 1 / sqrt(size), or 0 when both sketches hold every
    gram. None for no grams on either side.
    """
    left, right = set(a.inner), set(b.inner)
    if not (left and right):
        return None
    sample = sorted(left | right)[: stat.size]
    common = sum(gram in left and gram in right for gram in sample)
    whole = max(len(left), len(right)) < stat.size
    return Overlap(Fraction(common, len(sample)), 0.0 if whole else stat.size**-0.5)
