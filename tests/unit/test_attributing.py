"""The last two policies are compared: what lacks is trained, and the cause is found."""

from dataclasses import replace
from pathlib import Path

import pytest

from karat.dataset import Dataset, Split
from karat.dataset.impact import impact
from karat.errors import DatasetRefused, InputError
from karat.lake.layout import Partition
from karat.training import Recipe, models, train
from karat.training.attributing import BESIDE, Compared, compare_last_two
from karat.training.by_age import newest_first
from karat.training.run import Ground
from tests.unit.stepped_days import contract, cut_days
from tests.unit.telling_days import telling

pytest.importorskip("torch", reason="PyTorch is not installed: nothing is trained")
SPLIT = Split("2024-01-04")
GOOD = Recipe(hidden=4, epochs=2, rows=100, rate=0.02)
IDLE = replace(GOOD, epochs=1, rows=10_000, rate=1e-9)
"""It learns nothing: it is worth what its first weights are worth."""


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return cut_days(tmp_path_factory.mktemp("days"), (1500, 40, 40, 700), telling, SPLIT)


@pytest.fixture
def ground(cut: Dataset, tmp_path: Path) -> Ground:
    return Ground(cut.lake, contract(), tmp_path / "training")


def test_a_single_policy_is_compared_with_nothing(ground: Ground) -> None:
    assert compare_last_two(ground, "nobody") is None
    train(ground, "single", "steps@1.0.0", GOOD)
    train(ground, "single", "steps@1.0.0", replace(GOOD, seed=1))
    assert compare_last_two(ground, "single") is None


def test_other_code_is_found_to_be_the_cause_and_data_moved_nothing(ground: Ground) -> None:
    first = train(ground, "code", "steps@1.0.0", GOOD).model
    second = train(ground, "code", "steps@1.0.0", IDLE).model
    assert [one.run for one in newest_first(ground.lake, [first, second])] == [
        second.run,
        first.run,
    ]
    found = compare_last_two(ground, "code", reader="dagster run 7")
    assert found is not None
    assert (found.old[1], found.new[1]) == (first.code, second.code)
    assert found.found.cause == "code"
    assert found.found.code.high < 0
    assert (found.found.data.low, found.found.data.high) == (0, 0)
    own = [one.name for one in models(ground.lake) if one.name.startswith("code")]
    assert (own.count("code"), own.count(BESIDE.format("code"))) == (2, 8)
    again = compare_last_two(ground, "code")
    assert again == replace(found, scores=again.scores if again else found.scores)
    (touched,) = impact(ground.lake, Partition("made-up-steps", "2024-01-04"))
    assert "dagster run 7" in touched.runs


def test_what_was_evaluated_elsewhere_is_told_of_each_policy(ground: Ground) -> None:
    train(ground, "rows", "steps@1.0.0", GOOD)
    train(ground, "rows", "steps@1.0.0", IDLE)
    found = compare_last_two(ground, "rows")
    assert isinstance(found, Compared)
    rows = list(found.rows())
    assert len(rows) == len(set(rows)) == 2 * 5, "of one dataset: a policy is told once"
    assert found.between == f"code {found.old[1]} to {found.new[1]}"
    other = replace(found, new=("steps@1.0.1", found.old[1]))
    assert other.between == "steps@1.0.0 to steps@1.0.1"
    kept = {(one.code, str(one.recipe.seed)): one for one in models(ground.lake)}
    for data, code, seed, worth in rows:
        assert data == "steps@1.0.0"
        told = kept[code, seed].record["evaluation"]["policy"]["value"]
        assert worth == pytest.approx(told)


def test_what_cannot_be_compared(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    for recipe in (GOOD, IDLE):
        train(ground, "cannot", "steps@1.0.0", recipe)
    with pytest.raises(InputError, match="4 seeds: give 5 or more"):
        compare_last_two(ground, "cannot", seeds=4)
    with pytest.raises(InputError, match="made by the code 'x'"):
        compare_last_two(ground, "cannot", code=("x", "y"))
    with pytest.raises(DatasetRefused, match=r"steps@9\.9\.9: there is no such version"):
        compare_last_two(ground, "cannot", data=("steps@9.9.9", "steps@1.0.0"))
    monkeypatch.setattr("karat.training.attributing.code_digest", lambda: "other")
    with pytest.raises(InputError, match="another code is at work: train it where that one is"):
        compare_last_two(ground, "cannot")
