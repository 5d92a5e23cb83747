"""What evaluation shares with training: steps that were seen before tell nothing of the future.

A copy is a run of neighbouring steps with the same observations, actions and rewards. Steps like
the one before are passed over, so that a market that stands still twice is no copy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from karat.dataset.step_reading import TrainingSteps
from karat.distances import Containment, contained
from karat.errors import DatasetRefused
from karat.states import NGramSketch
from karat.states.windowed import WindowedState

WIDTH, SIZE = 16, 1 << 20
"""Steps of a run, and different runs that are all known; of more a sample is held."""
State = WindowedState[tuple[int, ...]]


@dataclass(frozen=True)
class Leakage:
    """Of `compared` different runs of the evaluation, `common` are in the training data too.

    `partitions` are the evaluated ones that share any. All runs were compared when `exact`.
    """

    common: int
    compared: int
    exact: bool
    partitions: tuple[str, ...] = ()


def leakage(train: TrainingSteps, evaluation: TrainingSteps, *, width: int = WIDTH) -> Leakage:
    """Return what the evaluation shares with the training data; runs lie within a partition.

    The states of partitions are `NGramSketch`es, so those of many add up. Errors are those of
    `TrainingSteps.batches`.
    """
    stat = NGramSketch(width, SIZE)
    known = _together(stat, [run_state(stat, train, n) for n in range(len(train.sources))])
    states = [run_state(stat, evaluation, n) for n in range(len(evaluation.sources))]
    found = contained(stat, _together(stat, states), known)
    if found is None:
        return Leakage(0, 0, exact=True)
    each = zip(evaluation.partitions, states, strict=True)
    sharing = tuple(name for name, state in each if _shares(contained(stat, state, known)))
    return Leakage(found.common, found.sampled, found.exact, sharing)


def refuse_leakage(train: TrainingSteps, evaluation: TrainingSteps, *, width: int = WIDTH) -> None:
    """Raise DatasetRefused naming the partitions where evaluation shares a run with training."""
    found = leakage(train, evaluation, width=width)
    if found.common:
        reason = f"shares runs of {width} steps with the training data"
        raise DatasetRefused(
            f"{found.common:,} of {found.compared:,} runs of {width} steps of the evaluation are in"
            f" the training data too: cut it without {', '.join(found.partitions)}",
            dict.fromkeys(found.partitions, reason),
        )


def run_state(stat: NGramSketch, steps: TrainingSteps, number: int) -> State:
    """Return the state of the runs of a partition, by its place among `steps`."""
    columns = np.concatenate([_columns(block) for block in _blocks(steps, number)])
    moved = np.append(True, (columns[1:] != columns[:-1]).any(axis=1))[: len(columns)]
    return stat.observe(*columns[moved].T)


def _blocks(steps: TrainingSteps, number: int) -> Sequence[tuple[NDArray[np.float32], ...]]:
    mapped = steps.mapped(number).blocks
    return [(b.observation, b.action.astype(np.float32), b.reward) for b in mapped]


def _columns(block: tuple[NDArray[np.float32], ...]) -> NDArray[np.int64]:
    """Return the bits of each value as a whole number: equal ones are equal."""
    seen, *others = block
    stacked = np.concatenate([seen, np.stack(others, axis=1)], axis=1) + np.float32(0)
    return stacked.view(np.int32).astype(np.int64)


def _together(stat: NGramSketch, states: Sequence[State]) -> State:
    """Return a state of the runs of all; none crosses from one partition to the next."""
    sketch = stat.windowed.inner
    return (
        stat.windowed.empty()
        if not states
        else WindowedState(0, (), (), reduce(sketch.merge, [state.inner for state in states]))
    )


def _shares(found: Containment | None) -> bool:
    return found is not None and found.common > 0
