"""Proved steps as a Minari dataset, for those who read that format: a copy, not what trains here.

Minari's files are slow to read and prove nothing, so the name and version of the dataset they came
from are written into the description.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from karat.dataset.episodes import PartitionEpisodes
from karat.dataset.step_reading import TrainingSteps
from karat.errors import InputError


def export_minari(steps: TrainingSteps, dataset_id: str, *, source: str) -> Any:
    """Write all episodes below Minari's own folder (MINARI_DATASETS_PATH), and return its dataset.

    `source` is the dataset they come from, such as ``demo@1.0.0``; `dataset_id` is Minari's name,
    such as ``karat/demo-v1``. One partition after another is in memory. Needs the extra ``train``.
    Raises InputError where there is no step, and as `TrainingSteps.batches`.
    """
    from gymnasium import spaces
    from minari import create_dataset_from_buffers

    found: Any = None
    features = len(steps.rule.observation)
    for buffers in _partitions(steps):
        if found is not None:
            found.update_dataset_from_buffer(buffers)
            continue
        found = create_dataset_from_buffers(
            dataset_id,
            buffer=buffers,
            observation_space=spaces.Box(-np.inf, np.inf, (features,), np.float32),
            action_space=spaces.Discrete(_actions(steps)),
            description=f"Exported by karat from the proved dataset {source}.",
            data_format="arrow",
        )
    if found is None:
        raise InputError(f"{source}: there is no step to export")
    return found


def _partitions(steps: TrainingSteps) -> Iterator[list[Any]]:
    from minari.data_collector import EpisodeBuffer

    at = 0
    for number in range(len(steps.sources)):
        episodes = PartitionEpisodes(steps.mapped(number))
        buffers = []
        for episode in (episodes[n] for n in range(len(episodes))):
            done = episode.steps
            buffers.append(
                EpisodeBuffer(
                    id=at,
                    observations=episode.observations,
                    actions=done.action,
                    rewards=done.reward.tolist(),
                    terminations=done.terminated.tolist(),
                    truncations=done.truncated.tolist(),
                )
            )
            at += 1
        if buffers:
            yield buffers


def _actions(steps: TrainingSteps) -> int:
    if steps.rule.payoffs:
        return len(steps.rule.payoffs)
    blocks = (block for n in range(len(steps.sources)) for block in steps.mapped(n).blocks)
    return 1 + max(int(block.action.max(initial=0)) for block in blocks)
