"""What scipy takes for the distances of many partitions, of which some are measured and compared.

In its favour: the rows are in memory, and nothing is judged, named, signed or kept.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import ks_2samp

from karat.lake.layout import Partition
from karat.verdicts import Verdict

SAME = 1e-12
MEASURED = 10


def measured(
    what: str,
    golden: NDArray[Any],
    values: Mapping[Partition, NDArray[Any]],
    verdicts: Mapping[Partition, Verdict],
) -> float:
    """Return the median seconds that scipy takes for one partition.

    RuntimeError where a distance is outside of what the verdict on that partition says.
    """
    took = list[float]()
    for partition, own in values.items():
        start = perf_counter()
        found = ks_2samp(own, golden, method="asymp").statistic
        took.append(perf_counter() - start)
        numbers = next(f.numbers for f in verdicts[partition].findings if f.name == "value")
        agree(f"{what}: {partition}", found, (float(numbers["low"]), float(numbers["high"])))
    return statistics.median(took)


def agree(what: str, found: float, bounds: tuple[float, float]) -> None:
    """Raise RuntimeError unless scipy's distance lies within ours."""
    low, high = bounds
    if not low - SAME <= found <= high + SAME:
        raise RuntimeError(f"{what}: scipy's {found} is outside {low} to {high}")


def some(partitions: Sequence[Partition]) -> Sequence[Partition]:
    """Return partitions far from each other."""
    return partitions[:: max(1, len(partitions) // MEASURED)]


def joined(values: Sequence[Any]) -> NDArray[Any]:
    """Return all values one after the other."""
    return np.concatenate([one.to_numpy() for one in values])
