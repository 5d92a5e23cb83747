"""Proved steps for PyTorch; skipped where it is not installed."""

from typing import Any

import numpy as np
import pytest

from karat.dataset import TrainingSteps, training_steps
from karat.dataset.torch_steps import tensor, torch_steps
from tests.unit.stepped_days import contract, cut_days

torch = pytest.importorskip("torch", reason="PyTorch is not installed: see the extra `train`")

SIZES = (60, 1, 40)


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> TrainingSteps:
    home = tmp_path_factory.mktemp("steps")
    return training_steps(cut_days(home, SIZES), contract(), home / "cache")


def loaded(steps: TrainingSteps, workers: int = 0, **which: Any) -> list[dict[str, Any]]:
    loader = torch.utils.data.DataLoader(
        torch_steps(steps, 10, **which),
        batch_size=None,
        num_workers=workers,
        multiprocessing_context="spawn" if workers else None,  # we have threads: no fork is safe
    )
    return [{name: one.numpy() for name, one in batch.items()} for batch in loader]


def same(a: list[dict[str, Any]], b: list[dict[str, Any]]) -> bool:
    return len(a) == len(b) and all(
        one.keys() == other.keys() and all(np.array_equal(one[n], other[n]) for n in one)
        for one, other in zip(a, b, strict=True)
    )


def test_tensors_are_the_arrays_without_a_copy(steps: TrainingSteps) -> None:
    ours = [batch.arrays() for batch in steps.batches(10, seed=4)]
    assert same(loaded(steps, seed=4), ours)
    first = next(steps.batches(10))
    for name, array in first.arrays().items():
        assert tensor(array).data_ptr() == array.ctypes.data, name
    assert tensor(first.observation).dtype is torch.float32
    assert tensor(first.terminated).dtype is torch.bool


def test_batches_can_be_sent_to_another_process(steps: TrainingSteps) -> None:
    sent: Any = torch_steps(steps, 10, seed=4, position=2).__reduce__()
    made, parts = sent
    again = [{name: one.numpy() for name, one in batch.items()} for batch in made(*parts)]
    assert same(again, loaded(steps, seed=4, position=2))


def test_processes_share_an_epoch_and_it_goes_on_where_it_stopped(steps: TrainingSteps) -> None:
    whole = loaded(steps, 2, seed=5)
    rows = sorted(int(row) for batch in whole for row in batch["observation"][:, 0])
    assert rows == sorted(int(r) for b in steps.batches() for r in b.observation[:, 0])
    assert same(loaded(steps, 2, seed=5, position=3), whole[3:])
    assert same(loaded(steps, seed=5, position=3), loaded(steps, seed=5)[3:])


def test_runs_that_are_distributed_read_each_step_once(steps: TrainingSteps) -> None:
    each = [loaded(steps, seed=1, rank=rank, world=3) for rank in range(3)]
    rows = sorted(int(r) for one in each for batch in one for r in batch["observation"][:, 0])
    assert rows == sorted(int(r) for b in steps.batches() for r in b.observation[:, 0])
