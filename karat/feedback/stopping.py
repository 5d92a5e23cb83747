"""Two versions of a dataset raced seed by seed, with an answer that may be asked for at any time.

Differences of paired scores lie within plus or minus `span`. For a supposed mean m, whoever bets
the share w on it being too low has, after differences d_1 ... d_n, the wealth

    W_n(m) = mean over w of prod_i (1 + w * (d_i - m) / (span + m))

a nonnegative martingale where m is true (Waudby-Smith and Ramdas, 2024): by Ville's inequality it
ever reaches 2 / alpha with probability alpha / 2 at most, and likewise for the other side. The
means that neither side has refuted, at any time so far, are an interval that holds the true one at
*all* times together with probability 1 - alpha: whoever stops when it leaves zero is wrong as
rarely. W_n falls as m rises, so the end is found by halving; the other side is its mirror image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat.errors import InputError

SHARES = np.array([1, 2, 4, 8, 12, 15]) / 16
HALVINGS = 50
ALPHA = 0.05


@dataclass(frozen=True)
class Race:
    """Bounds of the mean difference after each pair; empty for no pairs.

    `stopped` is how many pairs it took until zero was refuted, None where it is not.
    """

    low: tuple[float, ...]
    high: tuple[float, ...]
    stopped: int | None

    @property
    def better(self) -> str:
        """Which of the two is surely better: `second`, `first`, or `undecided`."""
        if self.stopped is None:
            return "undecided"
        return "second" if self.low[self.stopped - 1] > 0 else "first"

    def plain(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {**asdict(self), "better": self.better, "alpha": ALPHA}


def race(differences: Sequence[float], span: float, alpha: float = ALPHA) -> Race:
    """Return how sure one may be, pair by pair, of the mean of second minus first.

    `span` bounds each difference on both sides: the width of the range of scores. Raises
    `InputError` for a difference beyond it, one that is no number, or bounds that make no sense.

    >>> race([0.4] * 30, span=1.0).better, race([], span=1.0).better
    ('second', 'undecided')
    """
    _check(differences, span, alpha)
    scaled = np.array(differences, np.float64) / span
    ends = [(-_top(-scaled[: n + 1], alpha), _top(scaled[: n + 1], alpha))
            for n in range(scaled.size)]  # fmt: skip
    low, high, best = -inf, inf, list[tuple[float, float]]()
    for down, up in ends:
        low, high = max(low, down * span), min(high, up * span)
        best.append((low, high))
    stopped = next((n for n, (down, up) in enumerate(best, 1) if down > 0 or up < 0), None)
    return Race(tuple(one for one, _ in best), tuple(one for _, one in best), stopped)


def _top(scaled: NDArray[np.float64], alpha: float) -> float:
    """Return the highest mean of differences within one that bets on lower ones do not refute."""
    low, high = -1.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if _wealth(scaled, middle) >= np.log(2 / alpha):
            high = middle
        else:
            low = middle
    return high


def _wealth(scaled: NDArray[np.float64], mean: float) -> float:
    """Return the logarithm of what bets on differences below `mean` have come to."""
    bets = np.log1p(np.outer(SHARES, (mean - scaled) / (1 - mean))).sum(axis=1)
    most = bets.max()
    return float(most + np.log(np.exp(bets - most).mean()))


def _check(differences: Sequence[float], span: float, alpha: float) -> None:
    if not 0 < span < inf:
        raise InputError(f"span is {span}: give the width of the range that scores lie in")
    if not 0 < alpha < 1:
        raise InputError(f"alpha is {alpha}: it must lie between 0 and 1")
    for n, one in enumerate(differences, 1):
        if not abs(one) <= span:
            raise InputError(f"pair {n} differs by {one}: more than scores may, {span}")
