"""Every way to launch a step by hand: the gate answers in the body, with a reason, for good."""

from collections.abc import Callable
from typing import Any

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from karat import dataset
from karat.assets.partitions import key_of
from karat.breaker import reset
from karat.flow import Capture, ingest, published_root
from karat.jobs import run_in_process
from karat.jobs.in_process import partition_tags
from karat.lake.append import append
from karat.lake.layout import MAIN, Partition, dataset_path, golden_path
from karat.simulation import corrected, lost_deltas

RETRY = dg.RetryPolicy(max_retries=2)
PUBLISH = dg.define_asset_job(
    "publish_only", dg.AssetSelection.assets("published_events"), op_retry_policy=RETRY
)
UNCHECKED = dg.define_asset_job(
    "unchecked",
    dg.AssetSelection.assets("book_events", "published_events").without_checks(),
    op_retry_policy=RETRY,
)
TRAIN = dg.define_asset_job(
    "train_only", dg.AssetSelection.assets("training_dataset"), op_retry_policy=RETRY
)
ADOPT = dg.define_asset_job(
    "adopt_only", dg.AssetSelection.assets("golden_reference"), op_retry_policy=RETRY
)
Launch = Callable[..., Any]


@pytest.fixture
def published(world: Any) -> Any:
    first, *_, last = world.partitions
    assert world.run("rebuild", first, last).success
    return world


def launch(world: Any, job: Any, *days: Partition, **config: Any) -> Any:
    """Run a job of one's own by raw tags, as the web page sends them; retries would be granted."""
    both = dg.Definitions.merge(world.definitions, dg.Definitions(jobs=[job]))
    return both.resolve_job_def(job.name).execute_in_process(
        instance=world.instance,
        tags=partition_tags(*days) if days else {},
        run_config={
            "ops": {name: {"config": value} for name, value in config.items()},
            "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
        },
        raise_on_error=False,
    )


def tried_again(result: Any) -> bool:
    kinds = {event.event_type_value for event in result.all_events}
    return bool(kinds & {"STEP_UP_FOR_RETRY", "STEP_RESTARTED"})


def refused(result: Any, why: Any, step: str, *said: str) -> None:
    assert not result.success
    told = why(result)[step]
    assert all(text in told for text in said), told
    assert not tried_again(result)


def root(world: Any) -> str:
    return published_root(world.lake, "book_events")


def over_main(world: Any, partition: Partition, table: pa.Table | None = None) -> None:
    """Write bytes onto main as a client does who asks no one."""
    path = dataset_path("book_events", partition.instrument, partition.date)
    held = pq.read_table(world.lake.local_path(MAIN, path))
    sink = pa.BufferOutputStream()
    pq.write_table(held.slice(1) if table is None else table, sink)
    append(world.lake, MAIN, {path: sink.getvalue().to_pybytes()}, message="Mine")


def restate_golden(world: Any, day: int) -> None:
    """Let the second recording of a day come again, with other sizes at the bid."""
    partition, golden = world.partitions[day], world.days[day].golden
    file, at = world.captures / "again.parquet", golden.schema.get_field_index("bid_qty_e8")
    sizes = golden["bid_qty_e8"].combine_chunks().to_pylist()
    other = pa.array([size + 100_000 for size in sizes])
    pq.write_table(golden.set_column(at, "bid_qty_e8", other), file)
    ingest(world.lake, [Capture(file, partition, "golden")])


def test_proved_data_passes_every_way(published: Any, why: Any) -> None:
    day = published.partitions[0]
    before = root(published)
    for job, days in ((PUBLISH, [day]), (UNCHECKED, [day]), (TRAIN, []), (ADOPT, [])):
        assert why(launch(published, job, *days)) == {}
    assert root(published) == before
    assert len(dataset.open(published.lake, "demo@1.0.0").partitions) == 3


def test_a_run_over_no_partition_has_not_passed(world: Any, why: Any) -> None:
    for job, step in ((PUBLISH, "published_events"), (UNCHECKED, "book_events")):
        result = launch(world, job)
        refused(result, why, step, "name a day and an instrument")
        assert not [e for e in result.all_events if e.is_step_materialization]


def test_a_range_from_the_end_is_over_no_partition(world: Any, why: Any) -> None:
    first, *_, last = world.partitions
    refused(world.run("rebuild", last, first), why, "book_events", "no partition")


def test_good_days_of_a_range_are_published_and_the_bad_one_named(published: Any, why: Any) -> None:
    """Restated: the first day well, the second with a fault that the third carries on."""
    first, second, third = published.partitions
    published.restate(0, corrected(published.days[0].raw))
    published.restate(1, lost_deltas(published.days[1].raw, 0.01, seed=3).raw)
    before = root(published)
    result = published.run("rebuild", first, third)
    refused(result, why, "published_events", f"{second}: FAIL")
    assert f"{first}:" not in why(result)["published_events"]
    assert root(published) != before
    told = [e.event_specific_data.materialization for e in result.all_events
            if e.is_step_materialization]  # fmt: skip
    there = [m.partition for m in told if m.asset_key == dg.AssetKey("published_events")]
    assert there == [str(key_of(first))]
    before = root(published)
    again = launch(published, PUBLISH, first, third)
    refused(again, why, "published_events", f"{second}: FAIL")
    assert root(published) == before
    refused(launch(published, TRAIN), why, "training_dataset", str(second))
    part = {"name": "first", "partitions": ["*/2024-01-01"]}
    assert why(launch(published, TRAIN, training_dataset=part)) == {}


def test_one_day_that_was_never_proved_refuses_all_and_no_other_pattern(
    world: Any, why: Any
) -> None:
    assert world.run("rebuild", world.partitions[0]).success
    refused(launch(world, TRAIN), why, "training_dataset", str(world.partitions[1]), "not rebuilt")
    named = {"name": "two", "partitions": ["*-01", "*-02"]}
    refused(launch(world, TRAIN, training_dataset=named), why, "training_dataset", "2024-01-02")
    named = {"name": "one", "partitions": ["sim-usdm-*/2024-01-01", "*-01"]}
    assert why(launch(world, TRAIN, training_dataset=named)) == {}
    assert len(dataset.open(world.lake, "one@1.0.0").partitions) == 1


def test_a_pattern_that_matches_nothing_is_told_once_and_not_tried_again(
    published: Any, why: Any
) -> None:
    named = {"name": "none", "partitions": ["*/1999-*"]}
    refused(launch(published, TRAIN, training_dataset=named), why, "training_dataset", "1999")


def test_bytes_that_nobody_proved_are_refused(published: Any, why: Any) -> None:
    day = published.partitions[1]
    over_main(published, day)
    refused(
        launch(published, TRAIN), why, "training_dataset", str(day), "another raw or opening book"
    )
    refused(launch(published, PUBLISH, published.partitions[0], day), why, "published_events",
            f"1 partitions: not published\n{day}: ")  # fmt: skip
    assert why(launch(published, UNCHECKED, published.partitions[0])) == {}
    assert published.run("rebuild", day).success, "rebuilt, the day is what it was"
    assert why(launch(published, TRAIN)) == {}


def test_bytes_of_another_form_are_refused(published: Any, why: Any) -> None:
    over_main(published, published.partitions[1], pa.table({"note": ["mine"]}))
    said = (str(published.partitions[1]), "is missing; have note")
    refused(launch(published, TRAIN), why, "training_dataset", *said)


def test_a_verdict_on_another_golden_capture_is_stale(published: Any, why: Any) -> None:
    """The bytes are the same; what they were held against is not."""
    assert why(launch(published, TRAIN)) == {}
    before = root(published)
    restate_golden(published, 1)
    day = published.partitions[1]
    refused(launch(published, TRAIN), why, "training_dataset", str(day), "no verdict under the")
    refused(launch(published, PUBLISH, day), why, "published_events", "no verdict under the")
    assert not published.run("revalidate", day).success, "other sizes are seen"
    refused(launch(published, TRAIN), why, "training_dataset", str(day), "FAIL paired")
    file = published.captures / "again.parquet"
    pq.write_table(published.days[1].golden, file)
    ingest(published.lake, [Capture(file, day, "golden")])
    refused(launch(published, TRAIN), why, "training_dataset", "breaker of", "is open")
    reset(published.lake, "book_events", day.instrument, who="a test", reason="golden was wrong")
    assert why(launch(published, TRAIN)) == {}
    assert root(published) == before
    first, second = dataset.manifests(published.lake)
    assert (first.version, second.version) == ("1.0.0", "1.0.1")
    assert second.overruled, "1.0.0 was revoked when its day failed, and stays so"


def test_a_golden_capture_that_is_gone_is_no_pass(published: Any, why: Any) -> None:
    day = published.partitions[1]
    with published.lake.session(published.lake.head(MAIN)) as session:
        session.delete(golden_path(day.instrument, day.date))
        commit = session.commit("Lose a golden capture")
    published.lake.merge(commit, MAIN, message="Lose a golden capture")
    refused(launch(published, TRAIN), why, "training_dataset", str(day), "no verdict")
    judged = published.run("revalidate", day)
    assert not judged.success
    blocking = {c.check_name: c.blocking for c in judged.get_asset_check_evaluations()
                if c.partition == str(key_of(day)) and not c.passed}  # fmt: skip
    assert blocking == {"unpaired": True}, (
        "golden trades still agree; for quotes golden days decide"
    )
    refused(launch(published, TRAIN), why, "training_dataset", "INCONCLUSIVE unpaired: score")


IMPOSSIBLE: list[tuple[dict[str, list[str]], str]] = [
    ({"reference": ["2024-01-01"]}, "write instrument/date"),
    ({"reference": ["sim-usdm-karusdt/2024-02-30"]}, "YYYY-MM-DD"),
    ({"calibration": ["sim-usdm-karusdt/2024-01-01"]}, "at least one reference day"),
    ({"reference": ["sim-usdm-karusdt/2024-01-01"] * 2}, "name each once"),
    ({"reference": ["2024-01-09|sim-usdm-karusdt"]}, "sim-usdm-karusdt/2024-01-09"),
]


def test_golden_days_that_cannot_be_are_told(published: Any, why: Any) -> None:
    """No instrument, no such day, nothing to refer to, twice the same, and one not rebuilt."""
    for days, said in IMPOSSIBLE:
        named = {"who": "desk", "reason": "a try", **days}
        result = launch(published, ADOPT, golden_reference=named)
        refused(result, why, "golden_reference", "nothing is adopted", said)


def test_golden_days_need_a_pass_and_someone_who_adopts(published: Any, why: Any) -> None:
    days = {"reference": [str(key_of(p)) for p in published.partitions[:2]]}
    nobody = launch(published, ADOPT, golden_reference=days | {"who": " ", "reason": "x"})
    refused(nobody, why, "golden_reference", "by someone and for a reason")
    restate_golden(published, 1)
    named = days | {"who": "desk", "reason": "quiet days"}
    result = launch(published, ADOPT, golden_reference=named)
    refused(result, why, "golden_reference", "without a PASS", str(published.partitions[1]))
    (made,) = launch(published, ADOPT).asset_materializations_for_node("golden_reference")
    assert made.metadata["golden"].value == "no golden manifest is adopted"


def test_everything_means_what_is_not_rebuilt_too(published: Any, why: Any) -> None:
    """A check over no partition speaks of all raw captures, also of those it cannot judge."""
    assert published.run("revalidate").success
    published.restate(1, lost_deltas(published.days[1].raw, 0.01, seed=3).raw)
    result = published.run("revalidate")
    assert "blocking asset checks failed" in why(result)["verdicts"]
    said = {c.partition: c.passed for c in result.get_asset_check_evaluations()
            if c.check_name in {"sequence", "dataset_root"}}  # fmt: skip
    keys = [str(key_of(day)) for day in published.partitions]
    assert said == {keys[0]: True, keys[1]: False, keys[2]: False, None: False}


def test_a_failing_step_is_told_and_not_raised(world: Any, why: Any) -> None:
    never = Partition(world.partitions[0].instrument, "2024-02-01")
    result = run_in_process(world.definitions, "rebuild", world.instance, never)
    assert not result.success
    assert "ingest raw/sim-usdm-karusdt/2024-02-01.parquet first" in why(result)["book_events"]
