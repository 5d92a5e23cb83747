"""From proved book events to an agent's episodes, and features that know too much, stopped."""

from pathlib import Path
from typing import Any

import pytest
from gymnasium.utils.env_checker import check_env

from karat import dataset
from karat.contracts import Contract, load_contract
from karat.dataset import training_steps
from karat.dataset.leakage import refuse_leakage
from karat.dataset.replay_env import replay
from karat.errors import DatasetRefused, GateRefused
from karat.flow import adopt_golden, build_golden
from karat.verdicts import Outcome
from tests.journeys.conftest import Workplace, partition

pytestmark = pytest.mark.e2e

FILE = Path(__file__).parents[2] / "contracts" / "rl_steps.yaml"
DAYS = [partition(n) for n in range(7)]
EARLY = '''
import pyarrow.parquet as pq
from karat.features import Observed, observe_market, step_table

def observe(events):
    """Stamp the spread a decision too early: a mistake of one index."""
    seen = observe_market(events)
    features = seen.features.copy()
    features[:-1, 0] = features[1:, 0]
    return Observed(seen.rows, features)

def early(capture):
    return step_table(pq.read_table(capture), observe)
'''


def rules(**source: Any) -> Contract:
    """Return the shipped contract, content with three calibration days of few rows."""
    body = load_contract(FILE).model_dump(mode="json", by_alias=True, exclude_defaults=True)
    body["unpaired"]["alpha"] = "1/4"
    for distance in body["unpaired"]["distances"]:
        distance["min_rows"] = 20
    body["source"] |= source
    return Contract.model_validate(body)


@pytest.fixture
def steps_place(place: Workplace) -> Workplace:
    """Return a place whose book events were published, and are made steps of."""
    place.contract = rules()
    return place


def prove(place: Workplace) -> str:
    """Rebuild the steps of all days and judge them by the first six; return the audit branch."""
    branch = place.rebuild(*DAYS).branch
    assert branch is not None
    place.validate(branch)
    golden = build_golden(
        place.lake, place.contract, branch, DAYS[:3], DAYS[3:6], store=place.store
    )
    adopt_golden(place.lake, golden, who="us", reason="six quiet days")
    place.validate(branch)
    return branch


def test_steps_are_a_dataset_like_any_other_and_train_an_agent(
    steps_place: Workplace, tmp_path: Path
) -> None:
    place = steps_place
    branch = prove(place)
    published = place.publish(branch)
    assert published.refused == {}
    version = dataset.cut(
        place.lake, place.contract, "steps", partitions=["sim-usdm-aaa/*"], store=place.store
    ).version
    opened = dataset.open(place.lake, f"steps@{version}")
    steps = training_steps(opened, place.contract, tmp_path / "cache")
    assert steps.partitions == [str(day) for day in DAYS]
    rows = sum(batch.num_rows for batch in opened.batches(["step"]))
    assert steps.count() == sum(len(batch) for batch in steps.batches(64, seed=1)) == rows
    check_env(replay(steps), skip_render_check=True)
    env = replay(steps)
    env.reset(seed=1)
    gains = 0.0
    for _ in range(64):
        _, reward, terminated, truncated, _ = env.step(1)
        gains += float(reward)
        if terminated or truncated:
            break
    assert (gains, terminated or truncated) == (0.0, True), "to do nothing gains nothing"
    shares_all = training_steps(opened, place.contract, tmp_path / "cache")
    with pytest.raises(DatasetRefused, match="training data too"):
        refuse_leakage(steps, shares_all)


def test_a_feature_stamped_a_tick_early_never_gets_into_a_dataset(
    steps_place: Workplace, package: Any
) -> None:
    package("early_steps", EARLY, "[karat.datasets]\nearly_steps = early_steps:early\n")
    place = steps_place
    assert place.publish(prove(place)).refused == {}
    place.contract = rules(made_by="early_steps")
    batch = place.rebuild(*DAYS[:2])
    assert batch.branch is not None, batch.failed
    branch = batch.branch
    result = place.validate(branch)
    judged = [result.verdicts[day] for day in DAYS[:2]]
    assert {one.outcome for one in judged} == {Outcome.FAIL}
    told = [f.name for one in judged for f in one.findings if f.outcome is Outcome.FAIL]
    assert "spread_ticks is not known early" in told
    with pytest.raises(GateRefused, match="spread_ticks is not known early"):
        place.publish(branch)
    with pytest.raises(DatasetRefused, match=str(DAYS[0])):
        dataset.cut(place.lake, place.contract, "steps", store=place.store)
