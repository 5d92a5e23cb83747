"""A fault's cost to an agent: forced past the gate on a small lake, measured on golden days."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks import real_training
from benchmarks.faulted_lake import FaultedLake, Plan
from benchmarks.faulted_training import JUDGE, Arm, Doubles, Found, by_block, gathered, measure
from benchmarks.forced_lake import shipped
from karat.contracts import Contract
from karat.errors import DatasetRefused, InputError
from karat.feedback.resampling import mean_interval
from karat.training import Recipe, Rivals, train
from karat.training.kept_models import EVALUATED_ON, TRAINED_ON, model_at

CASES = ("lost_deltas", 0.2), ("side_flip", 0.2)
RECIPES = [Recipe(hidden=16, epochs=12, rows=64, rate=4e-3, seed=n) for n in range(6)]


def rules() -> Contract:
    """Return the shipped contract of steps for a lake that has no history: without distances."""
    body = shipped("rl_steps").model_dump(mode="json", by_alias=True, exclude_defaults=True)
    del body["unpaired"], body["copies"]
    return Contract.model_validate(body | {"families": {"invariants": "gate"}})


def lake(home: Path, plan: Plan) -> FaultedLake:
    return FaultedLake(home, shipped("book_events"), rules(), "memory:", plan=plan)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> FaultedLake:
    pytest.importorskip("torch", reason="PyTorch is not installed: nothing is trained")
    return lake(tmp_path_factory.mktemp("faulted"), Plan(0, 3, 5, 20_000, 11))


@pytest.fixture(scope="module")
def found(place: FaultedLake) -> Found:
    return gathered(measure(place, CASES, RECIPES))


def test_each_fault_makes_the_agent_worse_on_the_same_golden_days(found: Found) -> None:
    clean = found.clean
    assert clean.worth.low > 0, "trained on proved days it beats doing nothing"
    for arm in found.arms[1:]:
        cost = arm.scores - clean.scores
        assert (cost.mean(axis=1) < 0).all(), f"{arm.name}: with each seed"
        assert mean_interval(cost.mean(axis=0))[1] < 0, arm.name


def test_the_gate_refused_all_of_it_and_the_models_are_marked(
    place: FaultedLake, found: Found
) -> None:
    assert [one.refused for one in found.arms] == [0, 3, 3]
    with pytest.raises(DatasetRefused, match="waivers are not accepted"):
        train(place.ground, "agent", "steps@1.0.1", RECIPES[0], judge=JUDGE)
    marks = [len(model_at(place.lake, one.commits[0]).record["waived"]) for one in found.arms]
    assert marks == [0, 3, 3]


def test_all_were_evaluated_on_one_manifest_that_each_commit_holds(
    place: FaultedLake, found: Found
) -> None:
    judges, trained = set[bytes](), set[bytes]()
    for commit in (one for arm in found.arms for one in arm.commits):
        folder = model_at(place.lake, commit).folder
        for name, held in ((EVALUATED_ON, judges), (TRAINED_ON, trained)):
            with place.lake.open(commit, f"{folder}/{name}") as stream:
                held.add(stream.read())
        with place.lake.open(commit, f"{folder}/model.json") as stream:
            record = json.loads(stream.read())
        assert set(record) >= {"recipe", "code", "torch", "weights", "evaluation"}
        assert record["evaluated_on"]["dataset"] == JUDGE
    assert (len(judges), len(trained)) == (1, len(found.arms))


def test_what_evaluates_is_pinned(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"golden-steps@1\.0\.0 holds \w{64}, not another"):
        lake(tmp_path, Plan(0, 1, 1, 4000, 11, pin="another")).prove()


def arm(scores: Doubles) -> Arm:
    return Arm("an arm", scores, 0, 1, ())


def test_an_interval_is_of_both_kinds_of_chance() -> None:
    random = np.random.default_rng(4)
    seeds, blocks = random.normal(0, 2, (8, 1)), random.normal(1, 1, (1, 40))
    by_block, by_seed = arm(0 * seeds + blocks).worth, arm(seeds + 0 * blocks).worth
    both = arm(seeds + blocks).worth
    assert (by_block.low, by_block.high) == pytest.approx(mean_interval(blocks[0]))
    for side in ("low", "high"):
        own = [getattr(one, side) - one.value for one in (by_block, by_seed)]
        assert abs(getattr(both, side) - both.value) == pytest.approx(np.hypot(*own), rel=0.02)


def test_true_worths_lie_within_their_intervals() -> None:
    """Seeds and blocks drawn anew: 95 % intervals hold the truth, 0, in nearly all of 200 draws."""

    def held() -> Iterator[bool]:
        for n in range(200):
            random = np.random.default_rng(n)
            noise = random.normal(0, 1, (8, 1)) + random.normal(0, 2, (1, 40))
            worth = arm(noise + random.normal(0, 1, (8, 40))).worth
            yield worth.low <= 0 <= worth.high

    assert sum(held()) >= 183


def test_differences_are_of_the_same_seed_and_block() -> None:
    random = np.random.default_rng(2)
    scores = random.normal(0, 100, (6, 30))
    worth = arm(scores + 1).less(arm(scores))
    assert (worth.low, worth.value, worth.high) == pytest.approx((1, 1, 1))
    rival = random.normal(0, 1, 30)
    assert arm(np.tile(rival, (6, 1))).over(rival).value == pytest.approx(0)


def test_scores_of_blocks_have_the_mean_of_steps() -> None:
    random = np.random.default_rng(3)
    count = random.integers(1, 65, 450).astype(float)
    sums = random.normal(0, 9, 450)
    scores = by_block(sums, count)
    assert len(scores) == 200
    assert scores.mean() == pytest.approx(sums.sum() / count.sum())
    assert by_block(sums[:7], count[:7]).shape == (7,)


def test_rivals_come_first() -> None:
    with pytest.raises(TypeError, match="rivals come first"):
        gathered(iter([arm(np.ones((5, 5)))]))
    known = Rivals({"do nothing": np.zeros(5)}, np.ones(5))
    assert gathered(iter([known, arm(np.ones((5, 5)))])).clean.name == "an arm"


def test_a_real_day_trains_and_the_next_one_evaluates(
    captures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed: nothing is trained")
    monkeypatch.setattr(real_training, "INSTRUMENTS", ("spot-btcusdt", "spot-none"))
    few = [Recipe(hidden=4, epochs=1, rows=64, seed=n) for n in range(5)]
    (real,) = real_training.measure(captures, tmp_path, few)
    assert (real.instrument, real.arm.refused, real.arm.days) == ("binance-spot-btcusdt", 2, 1)
    assert real.arm.scores.shape == (5, real.against.episodes)
    assert real.rows > 300
