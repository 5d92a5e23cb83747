"""What every run bears once it is in the queue, whoever launched it."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteRepositoryOrigin
from hypothesis import given
from hypothesis import strategies as st

from karat.assets.partitions import key_of
from karat.cli.settings import Settings
from karat.jobs.in_process import partition_tags, tags_of_some
from karat.lake.layout import Partition
from karat.resources import open_instance
from karat.resources.dagster_private import SubmitRunContext
from karat.resources.queueing import TaggingRunCoordinator
from karat.resources.run_tags import AGAIN, ONE_BY_ONE, RANGE, lacking

NAMES = st.sampled_from(["sim-usdm-a", "sim-usdm-b", "sim-spot-c"])
DATES = st.dates(dt.date(2024, 1, 1), dt.date(2024, 1, 9)).map(str)
DAYS = st.lists(st.builds(Partition, NAMES, DATES), min_size=1, max_size=9)
A, B = Partition("sim-usdm-a", "2024-01-02"), Partition("sim-usdm-a", "2024-01-05")


@given(days=DAYS)
def test_runs_over_the_same_instruments_follow_each_other(days: list[Partition]) -> None:
    """However they name their days, and whatever days these are."""
    value = lacking(tags_of_some(days))[ONE_BY_ONE]
    instruments = sorted({day.instrument for day in days})
    listed = {
        "karat/partitions": ",".join(
            str(key_of(Partition(name, "2024-02-01"))) for name in instruments
        )
    }
    assert lacking(listed)[ONE_BY_ONE] == value
    assert (value == instruments[0]) == (len(instruments) == 1)


def test_one_day_a_range_and_a_list_of_an_instrument_bear_its_name() -> None:
    one, some, all_of = partition_tags(A), partition_tags(A, B), tags_of_some([A, B])
    assert f"{RANGE}_start" in some
    assert {lacking(tags)[ONE_BY_ONE] for tags in (one, some, all_of)} == {A.instrument}


def test_what_is_said_stays_and_no_partition_waits_for_nothing() -> None:
    assert lacking({}) == AGAIN
    said = {"dagster/retry_strategy": "FROM_FAILURE", ONE_BY_ONE: "mine"}
    assert lacking(said | partition_tags(A)) == {}
    assert lacking({"dagster/partition": "no key of ours"}) == AGAIN


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    settings = Settings.from_environment({"KARAT_HOME": str(tmp_path)})
    with open_instance(settings) as made:
        yield made


def test_the_shipped_queue_adds_them_to_a_run_of_a_job_that_dagster_made(
    instance: dg.DagsterInstance,
) -> None:
    assert isinstance(instance.run_coordinator, TaggingRunCoordinator)
    made = dg.Definitions(assets=[_asset]).resolve_implicit_global_asset_job_def()
    place = RegisteredCodeLocationOrigin("karat")
    origin = RemoteRepositoryOrigin(place, "repository").get_job_origin(made.name)
    run = instance.create_run_for_job(
        made,
        tags=partition_tags(A),
        remote_job_origin=origin,
        status=dg.DagsterRunStatus.NOT_STARTED,
    )
    nowhere: Any = None
    queued = instance.run_coordinator.submit_run(SubmitRunContext(run, nowhere))
    assert queued.status is dg.DagsterRunStatus.QUEUED
    kept = instance.get_run_by_id(run.run_id)
    assert kept is not None
    assert kept.tags.items() >= {**AGAIN, ONE_BY_ONE: A.instrument}.items()
    assert queued.tags == kept.tags


@dg.asset
def _asset() -> None:
    pass
