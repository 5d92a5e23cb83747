"""While too much waits, judging goes down to a budget; what that left open is done again."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.remote_origin import (
    GrpcServerCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)

from karat.assets.overload import LEVEL, LOWERED
from karat.assets.partitions import key_of
from karat.cli.settings import Settings
from karat.definitions import compose
from karat.jobs.in_process import partition_tags
from karat.resources import contracts_of, lake_resource
from karat.resources.dagster_private import without_previews
from karat.resources.dagster_rows import told_of
from karat.resources.run_tags import INSTEAD
from karat.simulation import corrected, lost_deltas
from tests.dagster.meanwhile import meanwhile

RULE = "locator:", 'runs: {overload: {waiting: 3, budget: "1B"}}\nlocator:'

SHOWN = "sequence", "dataset_root"
"""A family, of which each day is shown, and all days together."""


@pytest.fixture
def busy(world: Any, tmp_path: Path) -> Any:
    """Return the world under a contract that calls three waiting runs too many."""
    file = tmp_path / "contract.yaml"
    text = world.settings.contract.read_text()
    assert text.count(RULE[0]) == 1
    file.write_text(text.replace(*RULE))
    environment = {"KARAT_HOME": str(world.settings.home), "KARAT_CONTRACT": str(file)}
    settings = Settings.from_environment(environment)
    (contract,) = contracts_of(settings).values()
    (old,) = contracts_of(world.settings).values()
    assert contract.digest == old.digest, "it rules what is done, not what data should be"
    with without_previews():
        definitions = compose(settings)
    first, *_, last = world.partitions
    object.__setattr__(world, "definitions", definitions)
    object.__setattr__(world, "settings", settings)
    assert world.run("rebuild", first, last).success
    return world


def queue(world: Any, count: int) -> list[str]:
    """Let runs wait that nobody begins."""
    job = world.definitions.resolve_job_def("observe")
    where = GrpcServerCodeLocationOrigin(host="localhost", port=1, location_name="nowhere")
    origin = RemoteJobOrigin(RemoteRepositoryOrigin(where, "__repository__"), job.name)
    how = {"status": dg.DagsterRunStatus.QUEUED, "remote_job_origin": origin}
    runs = [world.instance.create_run_for_job(job, **how) for _ in range(count)]
    return [run.run_id for run in runs]


def tick(world: Any) -> Any:
    sensor = world.definitions.resolve_sensor_def("caught_up")
    with dg.build_sensor_context(
        world.instance,
        definitions=world.definitions,
        resources={"lake": lake_resource(world.settings)},
    ) as context:
        return sensor.evaluate_tick(context)


def again(world: Any, request: Any) -> Any:
    job = world.definitions.resolve_job_def(request.job_name)
    return job.execute_in_process(
        instance=world.instance, tags=dict(request.tags), raise_on_error=False
    )


def stored(world: Any, result: Any) -> Any:
    return world.instance.get_run_by_id(result.run_id).tags


@pytest.mark.filterwarnings("ignore:Non-compliant tag keys:DeprecationWarning")
def test_the_level_goes_down_admits_nothing_and_comes_up_again(busy: Any) -> None:
    day, tags = busy.partitions[1], partition_tags(busy.partitions[1])
    before = busy.passed("paired")
    queue(busy, 2)
    assert busy.run("revalidate", day).success, "two that wait are not too many"
    waiting = queue(busy, 1)
    busy.restate(1, corrected(busy.days[1].raw))
    low = busy.run("rebuild", day)
    assert not low.success, "a lesser level passes nothing"
    assert stored(busy, low)[LOWERED] == "book_events"
    assert stored(busy, low)[LEVEL] in {"L2", "L3"}
    said = {c.description for c in low.get_asset_check_evaluations() if not c.passed}
    assert any("INCONCLUSIVE" in text for text in said)
    assert not tick(busy).run_requests, "too much waits still"
    for run in waiting:
        busy.instance.delete_run(run)
    (request,) = tick(busy).run_requests
    assert request.job_name == "rebuild"
    assert request.tags.items() >= {**tags, INSTEAD: low.run_id}.items()
    full = again(busy, request)
    assert full.success
    assert LEVEL not in stored(busy, full)
    assert busy.passed("paired") == before
    assert not tick(busy).run_requests, "it is done once"


def test_without_the_rule_nothing_is_lowered(world: Any) -> None:
    assert world.run("rebuild", world.partitions[0]).success
    queue(world, 50)
    judged = world.run("revalidate", world.partitions[0])
    assert judged.success
    assert LEVEL not in stored(world, judged)
    assert not tick(world).run_requests


def test_a_fault_found_at_a_lesser_level_is_not_hidden_by_who_judged_the_bytes_before(
    busy: Any,
) -> None:
    """He ends last, when nothing waits any more, and tells of each day in a row of his own."""
    day = busy.partitions[0]

    def found() -> None:
        busy.restate(0, lost_deltas(busy.days[0].raw, 0.01, seed=3).raw)
        waiting = queue(busy, 3)
        low = busy.run("rebuild", day)
        assert stored(busy, low)[LEVEL] in {"L2", "L3"}
        for run in waiting:
            busy.instance.delete_run(run)

    meanwhile(busy, "revalidate", {}, "validate: 1 of", found)
    checks = [dg.AssetCheckKey(dg.AssetKey("book_events"), name) for name in SHOWN]
    keys = (str(key_of(day)), None)
    of = [told_of(busy.instance, *one) for one in zip(checks, keys, strict=True)]
    assert [told["outcome"] for told in of] == ["FAIL", "FAIL"]
