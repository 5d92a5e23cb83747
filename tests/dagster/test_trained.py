"""A dataset of steps in Dagster: what is published is cut and trained on, and nothing else."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from karat import open_lake
from karat.assets import Dataset
from karat.cli.settings import Settings
from karat.dataset.impact import impact
from karat.definitions import compose
from karat.flow import publish_together, rebuild_partitions, validate
from karat.jobs import run_in_process
from karat.lake import Lake
from karat.lake.append import append
from karat.lake.layout import MAIN, Partition
from karat.resources import LakeResource, lake_resource
from karat.resources.dagster_private import without_previews
from karat.sensors import proved
from karat.store import MemoryStore
from karat.training import models
from tests.unit.stepped_days import contract, day
from tests.unit.telling_days import flipped, telling

pytestmark = pytest.mark.e2e
pytest.importorskip("torch", reason="PyTorch is not installed: nothing is trained")
CUT = {"name": "steps", "eval_from": "2024-01-04"}
DAYS = [Partition("made-up-steps", f"2024-01-{n:02}") for n in range(1, 6)]


@dataclass(frozen=True)
class Place:
    """A lake, and Dagster's definitions of a dataset of steps."""

    folder: Path
    settings: Settings
    lake: Lake
    definitions: dg.Definitions
    instance: dg.DagsterInstance

    def publish(self, n: int, table: pa.Table | None = None) -> None:
        """Bring a day in, judge it and publish it."""
        pq.write_table(day(n, 500) if table is None else table, self.folder / "day.parquet")
        files = {f"made_steps/{DAYS[n]}.parquet": self.folder / "day.parquet"}
        append(self.lake, MAIN, files, message=f"Bring {DAYS[n]}")
        rules, store = contract(), MemoryStore()
        batch = rebuild_partitions(self.lake, rules, [DAYS[n]], store=store)
        assert batch.branch is not None
        validate(self.lake, rules, batch.branch, [DAYS[n]], store=store)
        publish_together(self.lake, rules, {batch.branch: None}, store=store)

    def train(self, **config: Any) -> dg.ExecuteInProcessResult:
        said = {f"steps__{asset}": values for asset, values in config.items()}
        return run_in_process(self.definitions, "steps_train", self.instance, config=said)

    def attribute(self, **config: Any) -> dg.ExecuteInProcessResult:
        """Run the attribution alone."""
        return self.definitions.resolve_job_def("steps_train").execute_in_process(
            instance=self.instance,
            asset_selection=[dg.AssetKey(["steps", "attribution"])],
            run_config={"ops": {"steps__attribution": {"config": config}}},
            raise_on_error=False,
        )

    def tick(self, cursor: str | None) -> tuple[Any, str | None]:
        """Return what the sensor asks for, and its next cursor."""
        sensor = proved.define(Dataset(contract(), "steps.yaml"))
        resources = {"lake": self.resource}
        with dg.build_sensor_context(
            instance=self.instance, cursor=cursor, resources=resources
        ) as context:
            found = sensor(context)
        assert isinstance(found, dg.SensorResult)
        return found.run_requests, found.cursor or cursor

    @property
    def resource(self) -> LakeResource:
        return lake_resource(self.settings)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    folder = tmp_path / "contracts"
    folder.mkdir()
    body = contract().model_dump(mode="json", exclude_unset=True)
    (folder / "steps.yaml").write_text(json.dumps(body))
    said = {"KARAT_HOME": str(tmp_path / "home"), "KARAT_CONTRACTS": str(folder)}
    settings = Settings.from_environment(said)
    monkeypatch.chdir(folder)
    lake = open_lake(settings.lake, create=True, files=settings.key_files)
    with without_previews(), dg.DagsterInstance.ephemeral() as instance:
        yield Place(tmp_path, settings, lake, compose(settings), instance)


def test_what_is_published_is_cut_trained_on_and_kept(place: Place) -> None:
    assert place.tick(None)[0] is None or place.tick(None)[0] == []
    for n in range(4):
        place.publish(n)
    first = place.train(
        training_dataset=CUT, trained_policy={"dataset": "steps", "epochs": 1, "hidden": 4}
    )
    assert first.success
    (kept,) = models(place.lake)
    shown: Any = first.asset_materializations_for_node("steps__trained_policy")[0].metadata
    assert shown["dataset"].value == "steps@1.0.0"
    assert shown["model"].value == kept.folder
    assert "data:image/png" in str(shown["picture"].value)
    value = shown["worth a step"].value
    assert value == float(f"{value:.4g}"), "four digits, beside its interval in words"
    assert shown["worth"].value.startswith(f"{value:+.4g} a step (95 %: ")
    assert "than doing nothing" in shown["against doing nothing"].value
    beside = {one.data["who"]: one.data for one in shown["beside"].records}
    assert beside["policy"]["worth a step"] == value
    assert beside["do nothing"]["worth a step"] == 0
    asked, cursor = place.tick(None)
    assert [one.job_name for one in asked] == ["steps_train"]
    assert not place.tick(cursor)[0]
    place.publish(4)
    (again,), cursor = place.tick(cursor)
    assert again.run_key != asked[0].run_key
    ops = {
        name.removeprefix("steps__"): one["config"] for name, one in again.run_config["ops"].items()
    }
    ops["trained_policy"] |= {"epochs": 1}
    assert place.train(**ops).success
    titles = [one.data for one in models(place.lake) if one.name == "policy"]
    assert titles.count("steps@1.1.0") == 1


def test_other_data_are_found_to_have_moved_the_policy(place: Place) -> None:
    for n, size in enumerate((1500, 40, 40, 700)):
        place.publish(n, telling(n, size))
    asked: dict[str, Any] = {
        "training_dataset": CUT,
        "trained_policy": {
            "dataset": "steps",
            "hidden": 16,
            "rows": 100,
            "rate": 0.02,
            "epochs": 6,
        },
    }
    first = place.train(**asked)
    assert first.success
    assert first.asset_materializations_for_node("steps__attribution") == []
    place.publish(0, flipped(telling(0, 1500)))
    second = place.train(**asked)
    assert second.success
    (told,) = second.asset_materializations_for_node("steps__attribution")
    shown: dict[str, Any] = {name: one.value for name, one in told.metadata.items()}
    assert (shown["moved by"], shown["evaluated on"]) == ("data", "steps@1.0.1")
    assert str(shown["old"]).startswith("steps@1.0.0, code ")
    assert shown["acting together"] == "no"
    assert "data:image/png" in str(shown["picture"])
    parts = {one.data["part"]: one.data for one in told.metadata["parts"].records}  # type: ignore[attr-defined]
    assert parts["data"]["to"] < 0
    assert parts["code"]["change"] == 0
    moved = {part: row["moved it"] for part, row in parts.items()}
    assert moved == {"data": "surely", "code": "no", "interaction": "no", "total": "surely"}
    assert shown["change"].startswith(f"{shown['change a step']:+.4g} a step (95 %: ")
    assert len(told.metadata["policies"].records) == 10  # type: ignore[attr-defined]

    found = {one.manifest.title: one for one in impact(place.lake, DAYS[0])}
    runs = {f"dagster run {one.run_id}" for one in (first, second)}
    assert runs <= set(found["steps@1.0.0"].runs), "the second one trained on it to compare"
    assert runs & set(found["steps@1.0.1"].runs) == {f"dagster run {second.run_id}"}
    assert all(one.models for one in found.values())

    refused = place.attribute(data=["steps@9.9.9", "steps@1.0.1"])
    assert not refused.success
    beside = place.attribute(judge="steps@9.9.9")
    assert beside.success, "the policy is trained: that nothing is compared fails no run"
    (observed,) = beside.asset_observations_for_node("steps__attribution")
    assert "no such version" in str(observed.metadata["not compared"].value)


def test_what_is_refused_trains_nothing(place: Place) -> None:
    for n in range(4):
        place.publish(n)
    append(place.lake, MAIN, {f"steps/{DAYS[1]}.parquet": b"mine"}, message="Mine")
    done = place.train(training_dataset=CUT, trained_policy={"dataset": "steps"})
    assert not done.success
    assert models(place.lake) == []
    lone = place.train(trained_policy={"dataset": "steps@1.0.0"})
    assert not lone.success


def test_a_dataset_without_steps_has_no_policy(place: Place) -> None:
    keys = {key.to_user_string() for key in place.definitions.resolve_all_asset_keys()}
    assert {"steps/trained_policy", "steps/attribution"} <= keys
    assert "trained_policy" not in keys
    assert "proved" not in {sensor.name for sensor in place.definitions.sensors or ()}
