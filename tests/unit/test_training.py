"""Training: from a proved dataset alone, the same bits each time, and nothing lost by a kill."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from karat import dataset
from karat.cli.main import app
from karat.dataset import Dataset, Split
from karat.dataset.impact import impact
from karat.errors import CorruptError, DatasetRefused, InputError
from karat.lake.append import append
from karat.lake.layout import MAIN, Partition
from karat.training import Policy, Recipe, evaluate, model_at, models, reproduce, train
from karat.training.checkpoint import Checkpoint, Standing
from karat.training.kept_models import WEIGHTS
from karat.training.learning import learn
from karat.training.recipe import BATCHES, LEAST, MOST
from karat.training.run import Ground
from tests.unit.stepped_days import contract, cut_days
from tests.unit.telling_days import telling

torch = pytest.importorskip("torch", reason="PyTorch is not installed: nothing is trained")
DAYS = (3000, 1500, 40, 1200)
SPLIT = Split("2024-01-04")
RECIPE = Recipe(hidden=8, epochs=3, rows=100, rate=0.01)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("days")


@pytest.fixture(scope="module")
def cut(home: Path) -> Dataset:
    return cut_days(home, DAYS, telling, SPLIT)


@pytest.fixture
def ground(cut: Dataset, tmp_path: Path) -> Ground:
    return Ground(cut.lake, contract(), tmp_path / "training")


def test_it_finds_what_the_level_tells_and_says_what_that_is_worth(ground: Ground) -> None:
    found = train(ground, "finds", "steps@1.0.0", RECIPE)
    told = found.model.record["evaluation"]
    assert told["steps"] == DAYS[3]
    assert told["beats_nothing"]
    assert told["over_best"]["low"] > 0
    assert 1.5 < told["policy"]["value"] <= 2
    seen = np.array([[0, 8], [0, -8]], np.float32)
    assert found.model.policy.act(seen).tolist() == [2, 0]
    assert model_at(ground.lake, found.commit).record == found.model.record
    assert [one.folder for one in models(ground.lake)].count(found.model.folder) == 1


def test_the_same_run_is_found_and_another_seed_is_another_run(ground: Ground) -> None:
    first = train(ground, "again", "steps@1.0.0", RECIPE)
    known = train(ground, "again", "steps@1.0.0", RECIPE)
    assert (known.known, known.commit) == (True, first.commit)
    other = train(ground, "again", "steps@1.0.0", replace(RECIPE, seed=1))
    assert other.model.run != first.model.run
    assert other.model.policy.digest != first.model.policy.digest


def test_a_commit_is_reproduced_bit_by_bit(ground: Ground, tmp_path: Path) -> None:
    found = train(ground, "bits", "steps@1.0.0", RECIPE)
    before, made = reproduce(replace(ground, folder=tmp_path / "elsewhere"), found.commit)
    assert before.policy.encode() == made.policy.encode()
    assert before.record == made.record
    with pytest.raises(InputError, match="brought no model"):
        reproduce(ground, list(ground.lake.log(found.commit))[-1].id)


def test_a_killed_run_goes_on_where_it_stood(
    cut: Dataset, ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped after each of the batches at which it is written, in turn."""
    monkeypatch.setattr("karat.training.learning.OFTEN", 7)
    steps = ground.steps(dataset.open(cut.lake, "steps@1.0.0", part="train"))
    whole = learn(steps, RECIPE)
    checkpoint = Checkpoint(tmp_path / "run.npz", "a run")
    times = 0

    class Killed(Exception):  # noqa: N818 - no error
        pass

    class Once(Checkpoint):
        def write(self, standing: Standing) -> None:
            super().write(standing)
            raise Killed

    while True:
        try:
            found = learn(steps, RECIPE, Once(checkpoint.file, checkpoint.run))
            break
        except Killed:
            times += 1
    assert times >= 3 * 3
    assert found.encode() == whole.encode()


def test_a_checkpoint_of_another_run_or_damaged_is_not_taken_up(tmp_path: Path) -> None:
    own = Checkpoint(tmp_path / "deep" / "run.npz", "own")
    assert own.read() is None
    own.write(Standing(1, 2, {"first": np.ones(3)}))
    found = own.read()
    assert found is not None
    assert (found.epoch, found.position, found.arrays["first"].tolist()) == (1, 2, [1, 1, 1])
    assert Checkpoint(own.file, "another").read() is None
    own.file.write_bytes(own.file.read_bytes()[:-40])
    assert own.read() is None
    own.forget()
    own.forget()
    assert not own.file.exists()


def test_nothing_is_trained_on_what_is_refused(ground: Ground) -> None:
    kept = len(models(ground.lake))
    with pytest.raises(DatasetRefused, match="no such version"):
        train(ground, "no", "steps@9.0.0", RECIPE)
    with pytest.raises(DatasetRefused, match="proved under the contract"):
        train(
            replace(ground, contract=contract(first_day="2024-01-02")), "no", "steps@1.0.0", RECIPE
        )
    with pytest.raises(DatasetRefused, match="training data too"):
        train(ground, "no", "steps@1.0.0", RECIPE, judge="steps@1.0.0")
    assert len(models(ground.lake)) == kept


def test_impact_names_the_model_of_each_partition_it_read(ground: Ground) -> None:
    found = train(ground, "named", "steps@1.0.0", RECIPE)
    for day_, read in (("2024-01-01", True), ("2024-01-04", True), ("2024-01-03", False)):
        touched = impact(ground.lake, Partition("made-up-steps", day_))
        assert any(found.model.folder in one.models for one in touched) == read


def test_weights_that_were_changed_are_refused(ground: Ground) -> None:
    found = train(ground, "spoilt", "steps@1.0.0", RECIPE)
    policy = found.model.policy
    other = replace(policy, last_bias=policy.last_bias + 1)
    path = f"{found.model.folder}/{WEIGHTS}"
    append(ground.lake, MAIN, {path: other.encode()}, message="Spoil")
    with pytest.raises(CorruptError, match="not what its record speaks of"):
        models(ground.lake)
    append(ground.lake, MAIN, {path: policy.encode()}, message="Mend")


def test_the_worth_of_fixed_actions_is_that_by_hand(cut: Dataset, ground: Ground) -> None:
    steps = ground.steps(dataset.open(cut.lake, "steps@1.0.0", part="eval"))
    table = telling(3, DAYS[3])
    zeros = np.zeros((2, 1), np.float32)
    ones = np.ones(2, np.float32)
    always_buy = Policy(
        ones, ones, zeros, ones[:1], np.zeros((1, 3), np.float32), np.array([0, 0, 1], np.float32)
    )
    found = evaluate(always_buy, steps)
    assert found.policy == found.rivals["always buy"]
    assert found.policy.value == pytest.approx(np.mean(table["buy"].to_numpy()))
    assert found.rivals["do nothing"].value == 0
    assert "always hold" not in found.rivals, "it is to do nothing"
    best = max(one.value for name, one in found.rivals.items() if name != "by chance")
    assert found.rivals[found.best].value == best
    assert found.over_best.value == pytest.approx(found.policy.value - best)
    assert found.episodes == -(-DAYS[3] // 25)
    with pytest.raises(InputError, match="features"):
        always_buy.act(np.zeros((4, 3), np.float32))


@pytest.mark.parametrize(
    "bad", [{"epochs": -1}, {"rows": 0}, {"hidden": -1}, {"rate": 0}, {"seed": -1}]
)
def test_a_recipe_that_trains_nothing(bad: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(bad))):
        Recipe(**bad)


@given(st.integers(0, 10**9), st.integers(1, 5000))
def test_few_steps_are_gone_over_often_enough(steps: int, rows: int) -> None:
    chosen = Recipe(rows=rows).over(steps)
    each = max(-(-steps // rows), 1)
    assert LEAST <= chosen.epochs <= MOST
    assert chosen.epochs * each >= BATCHES or chosen.epochs == MOST
    assert chosen.epochs * each < 2 * BATCHES or chosen.epochs == LEAST
    assert Recipe(epochs=3, rows=rows).over(steps).epochs == 3


def test_a_recipe_that_says_no_epochs_beats_doing_nothing(ground: Ground) -> None:
    found = train(ground, "unsaid", "steps@1.0.0", Recipe(hidden=8))
    steps = sum(DAYS[:2])
    assert found.model.recipe == Recipe(hidden=8).over(steps)
    assert found.model.recipe.epochs > LEAST
    assert found.model.record["evaluation"]["beats_nothing"]
    assert train(ground, "unsaid", "steps@1.0.0", found.model.recipe).known


@pytest.mark.usefixtures("cut")
def test_from_the_command_line(home: Path, tmp_path: Path) -> None:
    rules = tmp_path / "steps.yaml"
    rules.write_text(json.dumps(contract().model_dump(mode="json", exclude_unset=True)))
    where = ["--lake", f"file://{home / 'lake'}", "--home", str(home), "--contract", str(rules)]
    asked = ["train", "steps@1.0.0", "--name", "cli", "--epochs", "1", "--hidden", "4"]
    told = CliRunner().invoke(app, [*asked, *where])
    assert told.exit_code == 0, told.output
    assert "over 48 episodes of 1,200 steps" in told.output
    assert "1 epochs of batches of 256" in told.output
    words = " ".join(told.output.split())
    assert re.search(r"(better|worse) than doing nothing:? by [+-][\d.]+ a step \(95 %: ", words)
    places = [told.output.index(words) for words in ("do nothing", "training …", "trained, on")]
    assert places == sorted(places), "what is to be beaten is told before training"
    found = json.loads(CliRunner().invoke(app, [*asked, *where, "--json"]).output)
    assert found["known"]
    again = ["train", "--reproduce", found["commit"], *where, "--json"]
    assert json.loads(CliRunner().invoke(app, again).output)["same"]
    assert CliRunner().invoke(app, ["train", *where]).exit_code == 2
