"""What we rely on and Dagster does not promise: run this first when Dagster is raised."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.data_version import DataProvenance

from karat.resources.dagster_private import (
    CheckStatus,
    Result,
    Version,
    check_statuses,
    evaluation,
    known_versions,
    version_tags,
    without_previews,
)

DAYS = dg.StaticPartitionsDefinition(["a", "b", "c"])
ASSET = dg.AssetKey("rows")


def flow(ranks: dict[str | None, int], *, blocking: bool = True) -> dg.Definitions:
    """Return an asset, its check with these ranks by partition, and what comes after."""
    with without_previews():
        spec = dg.AssetCheckSpec("sums", asset=ASSET, blocking=blocking, partitions_def=DAYS)

    @dg.asset(key=ASSET, partitions_def=DAYS)
    def rows() -> None:
        return None

    @dg.multi_asset_check(name="check", specs=[spec])
    def check(context: dg.AssetCheckExecutionContext) -> Iterator[Any]:
        for partition, rank in ranks.items():
            result = Result(partition, rank, f"rank {rank}", {"rank": rank})
            yield evaluation(context.instance, spec, result)
        yield dg.Output(None, output_name=spec.get_python_identifier())

    @dg.asset(deps=[ASSET], partitions_def=DAYS)
    def after() -> None:
        return None

    jobs = [
        dg.define_asset_job("all", dg.AssetSelection.assets("rows", "after")),
        dg.define_asset_job("alone", dg.AssetSelection.checks_for_assets("rows")),
    ]
    return dg.Definitions(
        [rows, after], asset_checks=[check], jobs=jobs, executor=dg.in_process_executor
    )


def run(
    definitions: dg.Definitions, instance: dg.DagsterInstance, job: str, **tags: str
) -> dg.ExecuteInProcessResult:
    named = {f"dagster/{name}": value for name, value in tags.items()}
    return definitions.resolve_job_def(job).execute_in_process(
        instance=instance, tags=named, raise_on_error=False
    )


def statuses(instance: dg.DagsterInstance) -> dict[str, CheckStatus]:
    return check_statuses(instance, dg.AssetCheckKey(ASSET, "sums"), ["a", "b", "c"])


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as opened:
        yield opened


RANGE = {"asset_partition_range_start": "a", "asset_partition_range_end": "c"}


def test_one_run_speaks_of_other_partitions_than_its_own(instance: dg.DagsterInstance) -> None:
    assert run(flow({"a": 0, "b": 0}), instance, "all", partition="a").success
    assert statuses(instance) == {
        "a": CheckStatus(succeeded=True, current=True),
        "b": CheckStatus(succeeded=True, current=True),
    }


def test_a_range_has_a_result_for_each_partition(instance: dg.DagsterInstance) -> None:
    result = run(flow({"a": 0, "b": 2, "c": 1}), instance, "all", **RANGE)
    assert not result.success
    assert [statuses(instance)[key].succeeded for key in "abc"] == [True, False, False]
    made = [event.asset_key for event in result.all_events if event.is_step_materialization]
    assert dg.AssetKey("after") not in made


def test_a_check_that_does_not_block_only_warns(instance: dg.DagsterInstance) -> None:
    result = run(flow({"a": 2}, blocking=False), instance, "all", partition="a")
    assert result.success
    (said,) = result.get_asset_check_evaluations()
    assert (said.passed, said.severity) == (False, dg.AssetCheckSeverity.WARN)


def test_a_result_is_bound_to_the_partitions_last_materialization(
    instance: dg.DagsterInstance,
) -> None:
    definitions = flow({"a": 0})
    (said,) = run(definitions, instance, "all", partition="a").get_asset_check_evaluations()
    target = said.target_materialization_data
    assert target is not None
    assert said.partition == "a"
    dg.materialize([definitions.resolve_assets_def("rows")], partition_key="a", instance=instance)
    assert statuses(instance) == {"a": CheckStatus(succeeded=True, current=False)}


def test_checks_run_alone_by_tag_and_without_a_partition(instance: dg.DagsterInstance) -> None:
    assert run(flow({"b": 0}), instance, "alone", partition="b").success
    assert run(flow({"a": 0, "c": 0}), instance, "alone").success
    assert set(statuses(instance)) == {"a", "b", "c"}


def test_the_whole_asset_is_no_partition(instance: dg.DagsterInstance) -> None:
    run(flow({None: 0}), instance, "alone")
    assert statuses(instance) == {}


def test_the_last_version_of_each_partition_is_known(instance: dg.DagsterInstance) -> None:
    """What a later event says counts; what has none is left out."""
    for partition, version in (("a", "1"), ("b", "1"), ("a", "2")):
        tags = version_tags(version, {})
        instance.report_runless_asset_event(
            dg.AssetMaterialization(ASSET, partition=partition, tags=tags)
        )
        instance.report_runless_asset_event(
            dg.AssetObservation(ASSET, partition=partition, tags=version_tags("seen", {}))
        )
    known = known_versions(instance, ASSET, ["a", "b", "c"])
    assert {key: one.data for key, one in known.items()} == {"a": "2", "b": "1"}
    assert known["a"].event > known["b"].event
    seen = known_versions(instance, ASSET, ["b"], observed=True)
    assert [one.data for one in seen.values()] == ["seen"]
    assert known_versions(instance, ASSET, []) == {}


def test_tags_name_inputs_as_dagster_reads_them() -> None:
    read = DataProvenance.from_tags(version_tags("1", {dg.AssetKey(["x", "y"]): Version("2", 3)}))
    assert read is not None
    key = dg.AssetKey(["x", "y"])
    assert read.input_data_versions[key].value == "2"
    assert read.input_storage_ids[key] == 3
    assert read.is_user_provided
