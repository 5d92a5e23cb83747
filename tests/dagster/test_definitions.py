"""What Dagster loads: the names that others call, and what guards what."""

from pathlib import Path

import dagster as dg
import pytest

from karat.assets import Dataset, assets_of, checks_of
from karat.cli.settings import Settings
from karat.contracts import load_contract, parse_contract
from karat.definitions import compose, defs
from karat.resources import dagster_home, lake_resource, open_instance
from karat.resources.dagster_private import without_previews

SETTINGS = Settings.from_environment({"KARAT_HOME": "/nowhere"})


def test_the_assets_have_their_fixed_names() -> None:
    graph = defs.resolve_asset_graph()
    assert {key.to_user_string() for key in graph.get_all_asset_keys()} == {
        *("raw_messages", "book_events", "published_events", "golden_reference"),
        *("training_inputs", "training_dataset"),
    }


def test_the_flow_goes_from_captures_to_training() -> None:
    graph = defs.resolve_asset_graph()
    parents = {
        key.to_user_string(): {p.to_user_string() for p in graph.get(key).parent_keys}
        for key in graph.get_all_asset_keys()
    }
    assert parents == {
        "raw_messages": set(),
        "golden_reference": set(),
        "book_events": {"raw_messages"},
        "published_events": {"book_events", "golden_reference"},
        "training_inputs": {"published_events"},
        "training_dataset": {"published_events", "training_inputs"},
    }


def test_gate_families_block_and_others_warn() -> None:
    graph = defs.resolve_asset_graph()
    blocking = {key.name: graph.get(key).blocking for key in graph.asset_check_keys}
    assert blocking == {
        **dict.fromkeys(("invariants", "sequence", "paired", "unpaired"), True),
        "dataset_root": False,
        "main_audit": False,
        "overdue": False,
    }


def test_only_families_with_rules_are_checks() -> None:
    text = SETTINGS.contract.read_text()
    without = text[: text.index("# One score for a partition")].replace(
        "unpaired: gate", "unpaired: warn"
    )
    with without_previews():
        checks, _late = checks_of(Dataset(parse_contract(without, "here")))
    assert {key.name for key in checks.check_keys} == {
        *("invariants", "sequence", "paired", "dataset_root")
    }


def test_jobs_run_in_one_process() -> None:
    for name in ("observe", "rebuild", "revalidate", "train"):
        assert defs.resolve_job_def(name).executor_def.name == "in_process"


def test_rebuild_is_what_it_says() -> None:
    job = defs.resolve_job_def("rebuild")
    assert {node.name for node in job.nodes} == {"book_events", "verdicts", "published_events"}
    assert {node.name for node in defs.resolve_job_def("revalidate").nodes} == {"verdicts"}
    assert {node.name for node in defs.resolve_job_def("train").nodes} == {"training_dataset"}


def test_the_first_day_is_the_contracts() -> None:
    with without_previews():
        assets = assets_of(Dataset(load_contract(SETTINGS.contract)))
    book_events = next(a for a in assets if a.key == dg.AssetKey("book_events"))
    days = book_events.partitions_def.get_partitions_def_for_dimension("date")
    assert days.get_first_partition_key() == "2024-01-01"


def test_what_is_wrong_is_looked_for_from_the_start() -> None:
    sensor = defs.resolve_sensor_def("degraded")
    assert sensor.default_status is dg.DefaultSensorStatus.RUNNING
    assert not sensor.targets, "it starts no run"


def test_to_compose_touches_no_disk(tmp_path: Path) -> None:
    with without_previews():
        compose(Settings.from_environment({"KARAT_HOME": str(tmp_path / "none")}))
    assert list(tmp_path.iterdir()) == []


def test_previews_warn_outside_of_ours() -> None:
    with pytest.warns(dg.PreviewWarning):
        dg.AssetCheckSpec("a", asset="b", partitions_def=dg.StaticPartitionsDefinition(["one"]))


def test_the_resource_opens_what_the_settings_name(tmp_path: Path) -> None:
    settings = Settings.from_environment({"KARAT_HOME": str(tmp_path)})
    on = lake_resource(settings).connect()
    assert on.lake.head("main")
    assert on.contract.dataset == "book_events"
    assert (tmp_path / "store").is_dir()


def test_dagster_lives_below_our_home_and_calls_nobody(tmp_path: Path) -> None:
    settings = Settings.from_environment({"KARAT_HOME": str(tmp_path)})
    with open_instance(settings) as instance:
        assert instance.root_directory == str(tmp_path / "dagster")
        assert not instance.telemetry_enabled
        assert not instance.nux_enabled
    written = dagster_home(settings) / "dagster.yaml"
    written.write_text("nux: {enabled: true}\n")
    assert dagster_home(settings) == written.parent
    assert written.read_text() == "nux: {enabled: true}\n"


def test_who_makes_steps_of_published_events_is_said_of_their_source() -> None:
    """Dagster draws no edge to what is observed."""
    steps = Dataset(load_contract(Path("contracts/rl_steps.yaml")), "rl_steps.yaml")
    with without_previews():
        there = dg.Definitions(assets_of(steps), resources={"lake": lake_resource(SETTINGS)})
        graph = there.resolve_asset_graph()
    said = str(graph.get(steps.key("source")).description)
    assert "`book_events/`" in said
    assert "karat ingest" not in said
