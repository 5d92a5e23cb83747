"""Reading is ended with whatever read: no thread goes on because an error is still looked at."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from karat import dataset
from karat.dataset import TrainingSteps, training_steps
from karat.errors import InputError
from karat.training import Policy, Recipe, evaluate
from karat.training.checkpoint import Checkpoint, Standing
from karat.training.learning import learn
from karat.training.normalising import usual
from tests.unit.stepped_days import contract, cut_days
from tests.unit.telling_days import telling


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> TrainingSteps:
    home = tmp_path_factory.mktemp("closed")
    lake = cut_days(home, (400, 300, 200), telling).lake
    return training_steps(dataset.open(lake, "steps@1.0.0"), contract(), home / "cache")


def readers() -> list[str]:
    """Return the threads that read ahead."""
    return [one.name for one in threading.enumerate() if one.name.startswith("ahead")]


def ended(work: Callable[[], object], error: type[Exception]) -> None:
    """Expect `work` to raise and to leave no reader, with the frames of the error still held."""
    with pytest.raises(error) as held:
        work()
    assert held.value.__traceback__ is not None
    assert readers() == []


class Full(Exception):  # noqa: N818 - no error of ours
    """The disk takes no more."""


class Refusing(Checkpoint):
    """A file that is never written."""

    def write(self, standing: Standing) -> None:
        """Raise, at whatever batch that is."""
        raise Full(standing.position)


def test_a_batch_that_cannot_be_learned_from_ends_reading(
    steps: TrainingSteps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed: nothing is trained")
    monkeypatch.setattr("karat.training.learning.OFTEN", 1)
    recipe = Recipe(hidden=4, epochs=1, rows=20)
    ended(lambda: learn(steps, recipe, Refusing(tmp_path / "run", "a run")), Full)


def test_steps_without_payoffs_end_reading(steps: TrainingSteps, tmp_path: Path) -> None:
    none = steps.rule.model_copy(update={"payoffs": ()})
    there = tuple(replace(one, file=tmp_path / one.file.name) for one in steps.sources)
    ended(lambda: usual(TrainingSteps(none, there), rows=20), InputError)


def test_a_policy_of_other_features_ends_reading(steps: TrainingSteps) -> None:
    ones = [np.ones(shape, np.float32) for shape in ((9,), (9,), (9, 2), (2,), (2, 3), (3,))]
    ended(lambda: evaluate(Policy(*ones), steps), InputError)
