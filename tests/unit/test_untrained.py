"""What takes no learning: worked out by hand, known before training, and never of later steps."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from karat.dataset import Split, TrainingSteps, training_steps
from karat.errors import DatasetRefused, InputError
from karat.lake.layout import manifest_path
from karat.training import Recipe, Rivals, rivals, train
from karat.training.kept_models import EVALUATED_ON, TRAINED_ON
from karat.training.run import Ground
from tests.unit.stepped_days import LENGTH, contract, cut_days, day
from tests.unit.telling_days import telling

SIZES = (300, 170, 90)
ACTIONS = ("sell", "hold", "buy")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rivals")


@pytest.fixture(scope="module")
def steps(home: Path) -> TrainingSteps:
    opened = cut_days(home, SIZES, telling)
    return training_steps(opened, contract(), home / "cache")


def by_hand(table: pa.Table) -> list[float]:
    """Return what the action of the step before gains at each step, 0 at an episode's first."""
    rows = table.to_pylist()
    before = [None, *rows[:-1]]
    return [
        0.0 if last is None or row["step"] == 0 else float(row[ACTIONS[last["action"]]])
        for row, last in zip(rows, before, strict=True)
    ]


def test_each_is_worth_what_it_is_by_hand(steps: TrainingSteps) -> None:
    tables = [telling(n, size) for n, size in enumerate(SIZES)]
    gains = {name: np.concatenate([t[name].to_numpy() for t in tables]) for name in ACTIONS}
    found = rivals(steps)
    want = {
        "do nothing": 0.0,
        "always sell": gains["sell"].mean(),
        "always buy": gains["buy"].mean(),
        "by chance": np.mean([gains[name].mean() for name in ACTIONS]),
        "as done a step before": np.mean([one for t in tables for one in by_hand(t)]),
    }
    assert {name: one.value for name, one in found.worths.items()} == pytest.approx(want)
    assert found.episodes == sum(-(-size // LENGTH) for size in SIZES)
    assert found.steps == sum(SIZES)
    for one in found.worths.values():
        assert one.low <= one.value <= one.high


def test_chance_is_never_the_one_to_beat() -> None:
    gains = {"do nothing": np.zeros(9), "by chance": np.ones(9), "always buy": np.full(9, 0.5)}
    assert Rivals(gains, np.ones(9)).best == "always buy"
    assert Rivals({"do nothing": np.zeros(9), "x": -np.ones(9)}, np.ones(9)).best == "do nothing"


def test_few_episodes_or_none_tell_nothing(tmp_path: Path) -> None:
    few = training_steps(cut_days(tmp_path, (4 * LENGTH,), day), contract(), tmp_path / "cache")
    with pytest.raises(InputError, match="4 episodes"):
        rivals(few)
    with pytest.raises(InputError, match="no steps"):
        rivals(TrainingSteps(few.rule, ()))


def test_they_are_stated_before_training_and_kept_with_both_manifests(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed: nothing is trained")
    cut = cut_days(tmp_path, (400, 200, 300), telling, Split("2024-01-03"))
    ground, happened = Ground(cut.lake, contract(), tmp_path / "training"), list[str]()
    stated = dict[str, Rivals]()

    def state(title: str, told: Rivals) -> None:
        happened.append("stated")
        stated[title] = told

    def progress(stage: str, *_: object, **__: object) -> None:
        happened.append(stage)

    recipe = Recipe(hidden=4, epochs=2, rows=100)
    done = train(ground, "p", "steps@1.0.0", recipe, state=state, progress=progress)
    assert happened == ["stated", "train", "train"]
    kept = done.model.record["evaluation"]
    told = stated["steps@1.0.0"]
    assert {name: one["value"] for name, one in kept["rivals"].items()} == {
        name: one.value for name, one in told.worths.items()
    }
    with cut.lake.open("main", manifest_path("steps", "1.0.0")) as stream:
        signed = stream.read()
    for name in (TRAINED_ON, EVALUATED_ON):
        with cut.lake.open(done.commit, f"{done.model.folder}/{name}") as stream:
            assert stream.read() == signed
    train(ground, "p", "steps@1.0.0", recipe, state=state, progress=progress)
    assert happened == ["stated", "train", "train"], "a run that is known trains nothing"


def test_days_that_train_do_not_evaluate(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed: nothing is trained")
    cut = cut_days(tmp_path, (400, 200, 300), telling)
    ground = Ground(cut.lake, contract(), tmp_path / "training")
    with pytest.raises(DatasetRefused, match=r"2024-01-01.*training data too"):
        train(ground, "p", "steps@1.0.0", Recipe(), judge="steps@1.0.0")
