"""A user's days in Dagster: proved and published, restated with a fault, refused, put right.

All of it on a lake of this machine, and unchanged on a lakeFS server.
"""

from typing import Any

import dagster as dg
import pytest

from karat import dataset
from karat.assets.partitions import key_of
from karat.contracts import load_contract
from karat.errors import DatasetRefused
from karat.flow import published_root
from karat.jobs.in_process import partition_tags
from karat.lake.layout import Partition
from karat.simulation import corrected, lost_deltas
from karat.verdicts import current_golden

pytestmark = pytest.mark.parametrize("world", ["local", "lakefs"], indirect=True)
GATES = ("invariants", "sequence", "paired")


@pytest.fixture
def published(world: Any) -> Any:
    """Return the world after all days were rebuilt, proved and published in one run."""
    first, *_, last = world.partitions
    assert world.run("rebuild", first, last).success
    return world


@pytest.fixture
def faulted(published: Any) -> Any:
    """Return the world after the second day lost messages and was looked at."""
    published.restate(1, lost_deltas(published.days[1].raw, 0.01, seed=3).raw)
    assert not published.run("rebuild", published.partitions[1]).success
    return published


def versions(world: Any, asset: str) -> dict[str, str]:
    """Return the content digest in which Dagster knows each partition, by date."""
    found = {}
    for partition in world.partitions:
        asked = dg.AssetRecordsFilter(
            asset_key=dg.AssetKey(asset), asset_partitions=[str(key_of(partition))]
        )
        for record in world.instance.fetch_materializations(asked, limit=1).records:
            found[partition.date] = record.asset_materialization.tags["dagster/data_version"]
    return found


def column(said: Any, table: str, name: str) -> list[Any]:
    """Return a column of a table in a check's metadata."""
    return [record.data[name] for record in said.metadata[table].value.records]


def root(world: Any) -> str:
    return published_root(world.lake, "book_events")


def test_to_observe_makes_instruments_known(world: Any) -> None:
    result = world.run("observe")
    seen = [e.event_specific_data.asset_observation for e in result.all_events
            if e.event_type_value == "ASSET_OBSERVATION"]  # fmt: skip
    assert {one.partition for one in seen} == {str(key_of(p)) for p in world.partitions}
    assert world.instance.get_dynamic_partitions("instrument") == ["sim-usdm-karusdt"]


def test_one_partition_takes_its_dependants_along(world: Any) -> None:
    result = world.run("rebuild", world.partitions[1])
    assert result.success
    for family in GATES:
        assert world.passed(family) == [False, True, True]
    assert versions(world, "book_events") == versions(world, "published_events")
    assert len(versions(world, "published_events")) == 2


def test_a_range_is_one_run_with_each_partitions_own_version(published: Any) -> None:
    for family in GATES:
        assert published.passed(family) == [True, True, True]
    assert len(set(versions(published, "book_events").values())) == 3
    assert versions(published, "book_events") == versions(published, "published_events")


def test_too_few_golden_days_warn_and_hold_up_nothing(published: Any) -> None:
    assert published.passed("unpaired") == [False, False, False]
    assert published.run("train").success


def test_no_partition_means_everything_newest(published: Any, why: Any) -> None:
    result = published.run("revalidate")
    assert why(result) == {}
    said = result.get_asset_check_evaluations()
    assert len(said) == 4 * 3 + 1
    (whole,) = [one for one in said if one.check_name == "dataset_root"]
    assert whole.partition is None
    assert whole.passed
    assert column(whole, "roots", "root")[-1] == root(published)


def test_one_check_can_be_run_by_itself(published: Any) -> None:
    asked = dg.AssetSelection.checks(dg.AssetCheckKey(dg.AssetKey("book_events"), "paired"))
    job = dg.define_asset_job("paired_only", asked)
    both = dg.Definitions.merge(published.definitions, dg.Definitions(jobs=[job]))
    result = both.resolve_job_def("paired_only").execute_in_process(
        instance=published.instance, tags=partition_tags(published.partitions[0])
    )
    (said,) = result.get_asset_check_evaluations()
    assert (said.check_name, said.passed) == ("paired", True)


def test_a_check_says_what_was_found_and_where(faulted: Any) -> None:
    result = faulted.run("revalidate", faulted.partitions[1])
    said = [one for one in result.get_asset_check_evaluations() if one.check_name == "sequence"]
    second = next(one for one in said if one.partition.startswith(faulted.partitions[1].date))
    assert second.description.startswith("FAIL: continuity: ")
    assert "first gap: update ids" in second.description
    numbers = dict(
        zip(column(second, "numbers", "number"), column(second, "numbers", "value"), strict=True)
    )
    assert int(numbers["gaps"]) > 0
    assert second.metadata["threshold"].value["gaps"] == 0
    assert second.metadata["where"].value.startswith("wap-")
    commit = second.metadata["commit"].value.rpartition("/")[2]
    assert second.metadata["where"].value.endswith(f"commit {commit}")
    facts = dict(
        zip(
            column(second, "at a glance", "fact"),
            column(second, "at a glance", "value"),
            strict=True,
        )
    )
    assert facts["worst statistic"] == "continuity"
    assert facts["worst chunk"].startswith("2024-01-02T")
    assert facts["partition"] == str(faulted.partitions[1])
    assert "karat explain sim-usdm-karusdt/2024-01-02" in second.metadata["report"].md_str


def test_a_fault_fails_its_day_and_what_hangs_on_it(faulted: Any) -> None:
    assert faulted.passed("sequence") == [True, False, True]
    assert faulted.passed("paired") == [True, False, False]


def test_a_fault_never_reaches_main(published: Any, why: Any) -> None:
    before = root(published)
    published.restate(1, lost_deltas(published.days[1].raw, 0.01, seed=3).raw)
    result = published.run("rebuild", published.partitions[1])
    assert set(why(result)) == {"verdicts"}
    assert root(published) == before


def test_the_gate_holds_without_the_check(faulted: Any, why: Any) -> None:
    before = root(faulted)
    later = launched_alone(faulted)
    assert "not published" in why(later)["published_events"]
    assert "FAIL sequence: continuity" in why(later)["published_events"]
    assert root(faulted) == before


def test_the_gate_holds_where_nothing_was_checked(published: Any, why: Any) -> None:
    before = root(published)
    published.restate(1, corrected(published.days[1].raw))
    assert "not rebuilt" in why(launched_alone(published))["published_events"]
    result = materialize_without_checks(published)
    assert "no verdict" in why(result)["published_events"]
    assert root(published) == before


def test_a_day_without_a_capture_is_named(world: Any, why: Any) -> None:
    never = Partition(world.partitions[0].instrument, "2024-02-01")
    assert "no raw capture; ingest" in why(world.run("rebuild", never))["book_events"]
    reason = why(launched_alone(world, never))["published_events"]
    assert f"{never}: there is no raw capture" in reason


def launched_alone(world: Any, partition: Partition | None = None) -> Any:
    job = dg.define_asset_job("publish_only", dg.AssetSelection.assets("published_events"))
    return run_extra(world, job, partition)


def materialize_without_checks(world: Any) -> Any:
    asked = dg.AssetSelection.assets("book_events", "published_events").without_checks()
    return run_extra(world, dg.define_asset_job("unchecked", asked))


def run_extra(world: Any, job: Any, partition: Partition | None = None) -> Any:
    both = dg.Definitions.merge(world.definitions, dg.Definitions(jobs=[job]))
    return both.resolve_job_def(job.name).execute_in_process(
        instance=world.instance,
        partition_key=str(key_of(partition or world.partitions[1])),
        raise_on_error=False,
    )


def test_training_is_refused_and_the_old_version_still_opens(published: Any, why: Any) -> None:
    assert published.run("train").success
    published.restate(1, lost_deltas(published.days[1].raw, 0.01, seed=3).raw)
    published.run("rebuild", published.partitions[1])
    refused = why(published.run("train"))["training_dataset"]
    assert str(published.partitions[1]) in refused
    assert "no PASS" in refused
    assert dataset.open(published.lake, "demo@1.0.0").manifest.version == "1.0.0"


def test_put_back_then_put_right(faulted: Any, why: Any) -> None:
    second = faulted.partitions[1]
    before = root(faulted)
    faulted.restate(1, faulted.days[1].raw)
    assert why(faulted.run("rebuild", second)) == {}
    assert root(faulted) == before
    for family in GATES:
        assert faulted.passed(family) == [True, True, True]
    assert versions(faulted, "book_events") == versions(faulted, "published_events")
    assert faulted.run("train").success
    faulted.restate(1, corrected(faulted.days[1].raw))
    assert why(faulted.run("rebuild", second)) == {}
    assert root(faulted) != before
    assert faulted.run("train").success
    assert dataset.open(faulted.lake, "demo@1.0.1").partitions


def test_a_day_that_cannot_be_rebuilt_is_named(published: Any, why: Any) -> None:
    raw = published.days[0].raw
    column = raw.schema.get_field_index("payload")
    spoiled = raw["payload"].combine_chunks().to_pylist()
    spoiled[100] = "{"
    published.restate(0, raw.set_column(column, "payload", [spoiled]))
    reason = why(published.run("rebuild", published.partitions[0]))["book_events"]
    assert str(published.partitions[0]) in reason
    checked = published.run("revalidate", published.partitions[0])
    assert "blocking asset checks failed" in why(checked)["verdicts"]
    assert published.passed("paired") == [False, True, True]


def test_a_config_of_training_chooses_partitions(published: Any, why: Any) -> None:
    named = {"name": "january", "partitions": ["*/2024-01-0[12]"]}
    assert why(published.run("train", training_dataset=named)) == {}
    assert len(dataset.open(published.lake, "january@1.0.0").partitions) == 2
    with pytest.raises(DatasetRefused):
        dataset.open(published.lake, "demo@1.0.0")


def test_golden_days_are_adopted_on_purpose(published: Any) -> None:
    job = dg.define_asset_job("golden", dg.AssetSelection.assets("golden_reference"))
    both = dg.Definitions.merge(published.definitions, dg.Definitions(jobs=[job]))
    keys = [str(key_of(partition)) for partition in published.partitions]
    days = {"reference": keys[:2], "calibration": keys[2:], "who": "desk", "reason": "quiet days"}

    def adopt(config: dict[str, Any]) -> Any:
        result = both.resolve_job_def("golden").execute_in_process(
            instance=published.instance,
            run_config={"ops": {"golden_reference": {"config": config}}},
        )
        (made,) = result.asset_materializations_for_node("golden_reference")
        return made.metadata

    assert adopt({})["golden"].value == "no golden manifest is adopted"
    adopted = adopt(days)["golden"].value
    assert adopt({})["golden"].value == adopted
    golden = current_golden(published.lake, published.lake.head("main"), "book_events")
    assert golden is not None
    assert golden.digest == adopted
    said = published.run("revalidate").get_asset_check_evaluations()
    (whole,) = [one for one in said if one.check_name == "dataset_root"]
    distances = column(whole, "merged distances", "distance")
    rule = load_contract(published.settings.contract).unpaired
    assert rule is not None
    assert distances == [distance.name for distance in rule.distances]
