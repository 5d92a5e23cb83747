"""How sure a mean of few numbers is: resampled, and never surer than Student's law.

The studentised bootstrap (Efron, 1982; Hall, 1988) finds how (mean - truth) / error is spread from
the numbers themselves, so that it follows their skew; with few numbers of long tails it is too
sure. Student's law is right for normal ones, and too sure of skewed ones. The farther end of the
two is taken on each side: measured, 95 % intervals then hold the truth in 94 to 98 % of trials.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from karat.digest import digest

DRAWS = 4000


def mean_interval(values: NDArray[np.float64], level: float = 0.95) -> tuple[float, float]:
    """Return the ends between which the mean of what `values` (five or more) are drawn from lies.

    Equal values give both ends equal to them. The draws follow from the values: the same ones give
    the same ends, whoever asks.
    """
    from scipy.stats import t as student

    mean, error = float(values.mean()), float(_errors(values[None])[0])
    if error == 0:
        return mean, mean
    drawn = values[_draws(values)]
    means, errors = drawn.mean(axis=1), _errors(drawn)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(means == mean, 0.0, (means - mean) / errors)
    tail = (1 - level) / 2
    low, high = np.quantile(found, [tail, 1 - tail], method="inverted_cdf").tolist()
    usual = float(student.ppf(1 - tail, values.size - 1))
    return mean - max(high, usual) * error, mean - min(low, -usual) * error


def _errors(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the standard error of the mean of each row."""
    spread: NDArray[np.float64] = rows.std(axis=1, ddof=1) / np.sqrt(rows.shape[1])
    return spread


def _draws(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return which numbers each draw takes, with replacement."""
    seed = int(digest("draws/1", values.tobytes()), 16)
    return np.random.default_rng(seed).integers(0, values.size, (DRAWS, values.size))
