"""A dataset that is no market data, as docs/own_dataset.md writes it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from karat import dataset, open_lake
from karat.assets.partitions import key_of
from karat.cli.settings import Settings
from karat.contracts import load_contract
from karat.definitions import compose
from karat.flow import Capture, ingest, published_root
from karat.gate.auditing import audit
from karat.jobs import run_in_process
from karat.lake import Lake
from karat.lake.layout import Partition
from karat.resources import lake_resource
from karat.resources.dagster_private import without_previews

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
CONTRACT = ROOT / "contracts" / "sensor_readings.yaml"
NAME = "sensor_readings"
DAYS = [Partition("plant1-hall2-oven7", f"2024-01-{n:02}") for n in range(1, 8)]


def export(n: int, *, offset: float = 0.0) -> pa.Table:
    """Return a day of readings, one about every minute, as a gateway writes them."""
    random = np.random.default_rng(n)
    at_ms = np.cumsum(random.integers(55_000, 65_000, 1300)) + n * 86_400_000
    warm = 80 + 5 * np.sin(np.arange(1300) / 200) + random.normal(offset, 1, 1300)
    order = random.permutation(1300)
    texts = [f"{value:.3f}" for value in warm]
    return pa.table({"at_ms": at_ms, "celsius": texts, "gateway": ["g1"] * 1300}).take(order)


@dataclass(frozen=True)
class Plant:
    """A lake with seven days of exports, and Dagster's definitions beside book events."""

    folder: Path
    settings: Settings
    lake: Lake
    definitions: dg.Definitions
    instance: dg.DagsterInstance

    def bring(self, n: int, table: pa.Table) -> None:
        pq.write_table(table, self.folder / "export.parquet")
        captures = [Capture(self.folder / "export.parquet", DAYS[n], "raw")]
        ingest(self.lake, captures, source=load_contract(CONTRACT).source)

    def run(self, job: str, *days: Partition, **config: Any) -> dg.ExecuteInProcessResult:
        first, last = (days[0], days[-1]) if days else (None, None)
        return run_in_process(
            self.definitions, f"{NAME}_{job}", self.instance, first, last,
            config={f"{NAME}__{op}": said for op, said in config.items()},
            instruments=f"{NAME}_instrument",
        )  # fmt: skip


@pytest.fixture
def plant(tmp_path: Path, package: Any) -> Iterator[Plant]:
    page = (ROOT / "docs" / "own_dataset.md").read_text()
    mark = 'toml\n[project.entry-points."karat.datasets"]\n'
    code, line = page.split("```python\n")[1], page.split(mark)[1]
    entry = line.split("```")[0].replace('"', "")
    package("plant_sensors", code.split("```")[0], "[karat.datasets]\n" + entry)
    folder = tmp_path / "contracts"
    folder.mkdir()
    (folder / CONTRACT.name).write_text(CONTRACT.read_text())
    said = {"KARAT_HOME": str(tmp_path / "home"), "KARAT_CONTRACTS": str(folder)}
    settings = Settings.from_environment(said)
    lake = open_lake(settings.lake, files=settings.key_files)
    with without_previews(), dg.DagsterInstance.ephemeral() as instance:
        made = Plant(tmp_path, settings, lake, compose(settings), instance)
        for n in range(len(DAYS)):
            made.bring(n, export(n))
        yield made


@pytest.fixture
def proved(plant: Plant, why: Any) -> Plant:
    """Return the plant after five days were adopted as golden, and six published under them."""
    first = plant.run("rebuild", DAYS[0], DAYS[-1])
    assert "7 partitions: not published" in why(first)[f"{NAME}__published"]
    assert published_root(plant.lake, NAME) == published_root(plant.lake, "nothing")
    golden = {
        "reference": [str(key_of(DAYS[0]))],
        "calibration": [str(key_of(day)) for day in DAYS[1:5]],
        "who": "the plant",
        "reason": "five quiet days",
    }
    assert why(plant.run("adopt", golden=golden)) == {}
    assert why(plant.run("rebuild", DAYS[0], DAYS[5])) == {}
    return plant


def test_it_has_assets_of_its_own_beside_the_first(plant: Plant) -> None:
    graph = plant.definitions.resolve_asset_graph()
    keys = {key.to_user_string() for key in graph.get_all_asset_keys()}
    own = {
        f"{NAME}/{what}"
        for what in (
            "source",
            "rebuilt",
            "published",
            "golden",
            "training_inputs",
            "training_dataset",
        )
    }
    first = {"raw_messages", "golden_reference", "book_events", "published_events"}
    assert keys == own | first | {"training_inputs", "training_dataset"}
    on = {key.name for key in graph.asset_check_keys if key.asset_key.path[0] == NAME}
    assert on == {"invariants", "unpaired", "dataset_root", "overdue"}
    assert plant.run("observe").success
    jobs = ("observe", "rebuild", "revalidate", "adopt", "train", "rollback")
    assert all(plant.definitions.resolve_job_def(f"{NAME}_{job}") for job in jobs)
    nodes = plant.definitions.resolve_job_def(f"{NAME}_rebuild").nodes
    assert {node.name for node in nodes} == {
        f"{NAME}__rebuilt",
        f"{NAME}_verdicts",
        f"{NAME}__published",
    }
    named = plant.instance.get_dynamic_partitions
    assert (named(f"{NAME}_instrument"), named("instrument")) == ([DAYS[0].instrument], [])


def test_proved_days_are_trained_on_and_a_bad_one_is_refused(proved: Plant, why: Any) -> None:
    last, good = DAYS[6], pa.table(export(6))
    every = {"name": "ovens", "partitions": ["*/2024-01-0[1-6]"]}
    assert why(proved.run("train", training_dataset=every)) == {}
    assert len(dataset.open(proved.lake, "ovens@1.0.0").partitions) == 6
    before = published_root(proved.lake, NAME)
    proved.bring(6, export(6, offset=4))
    result = proved.run("rebuild", last)
    said = {one.check_name: one for one in result.get_asset_check_evaluations()}
    assert (said["invariants"].passed, said["unpaired"].passed) == (True, False)
    facts: Any = said["unpaired"].metadata
    glance = {row.data["fact"]: row.data["value"] for row in facts["at a glance"].value.records}
    assert glance["worst statistic"] == "temperature"
    assert glance["partition"] == str(last)
    assert facts["score"].value > facts["q"].value
    assert facts["picture"].md_str.startswith("![temperature](data:image/png;base64,")
    assert published_root(proved.lake, NAME) == before
    refused = proved.run("train", training_dataset={"name": "ovens", "partitions": ["*"]})
    assert str(last) in why(refused)[f"{NAME}__training_dataset"]
    proved.bring(6, good)
    assert why(proved.run("rebuild", last)) == {}
    assert why(proved.run("train", training_dataset={"name": "ovens", "partitions": ["*"]})) == {}
    assert len(dataset.open(proved.lake, "ovens@1.1.0").partitions) == 7
    on = lake_resource(proved.settings).connect(str(CONTRACT))
    assert audit(on.lake, [on.contract], store=on.store).unproved == ()


def test_a_function_that_cannot_make_a_day_fails_that_day_alone(plant: Plant, why: Any) -> None:
    plant.bring(3, export(3).drop_columns("celsius"))
    reason = why(plant.run("rebuild", DAYS[2], DAYS[4]))[f"{NAME}__rebuilt"]
    assert f"{DAYS[3]}: sensor_exports/{DAYS[3]}.parquet: the function" in reason
    assert str(DAYS[2]) not in reason
