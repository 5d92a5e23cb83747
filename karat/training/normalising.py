"""What observations are usually like: constants that are part of a policy, found in one pass."""

from __future__ import annotations

from contextlib import closing

import numpy as np
from numpy.typing import NDArray

from karat.dataset import TrainingSteps
from karat.errors import InputError
from karat.training.payoffs import payoffs

Floats = NDArray[np.float32]


def usual(steps: TrainingSteps, rows: int = 1 << 14) -> tuple[Floats, Floats, float]:
    """Return mean and spread of each feature, and the spread of payoffs; 1 where there is none.

    Sums are taken in float64 in the order of the manifest, so the same data give the same bits.
    Raises `InputError` for no steps, or steps that do not tell payoffs.
    """
    count, sums, squares, gains, chances = 0, np.zeros(1), np.zeros(1), 0.0, 0
    with closing(steps.batches(rows)) as batches:
        for batch in batches:
            seen = batch.observation.astype(np.float64)
            count += len(batch)
            sums, squares = sums + seen.sum(axis=0), squares + (seen**2).sum(axis=0)
            gains += float((payoffs(batch) ** 2).sum())
            chances += payoffs(batch).size
    if count == 0:
        raise InputError("there are no steps to train on: the dataset's partitions are empty")
    mean = sums / count
    spread = np.sqrt(np.maximum(squares / count - mean**2, 0))
    spread[spread == 0] = 1
    return mean.astype(np.float32), spread.astype(np.float32), (gains / chances) ** 0.5 or 1.0
