"""Another contract, another lake, other raw files: what is composed follows the settings."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from karat import open_lake
from karat.assets.chain import chain, newest_with_chain
from karat.assets.partitions import INSTRUMENT, key_of
from karat.cli.settings import Settings
from karat.definitions import compose
from karat.errors import ContractError, InputError
from karat.flow import captures_in, ingest
from karat.jobs import run_in_process
from karat.jobs.in_process import partition_tags
from karat.lake.layout import MAIN, Partition
from karat.resources import Connection, lake_resource
from karat.resources.dagster_private import without_previews
from karat.simulation import Day, corrected, simulate, write


@pytest.fixture
def elsewhere(tmp_path: Path) -> Settings:
    """Return settings of a lake of its own and a stricter contract that begins in 2023."""
    text = Settings.from_environment({}).contract.read_text()
    ours = tmp_path / "my contract.yaml"
    strict = text.replace("first_day: 2024-01-01", "first_day: 2023-06-01")
    strict = strict.replace("unpaired: gate", "unpaired: warn")
    ours.write_text(strict[: strict.index("# One score for a partition")])
    named = {
        "KARAT_HOME": str(tmp_path / "home"),
        "KARAT_LAKE": (tmp_path / "far away").as_uri(),
        "KARAT_CONTRACT": str(ours),
    }
    return Settings.from_environment(named)


def composed(settings: Settings) -> dg.Definitions:
    with without_previews():
        return compose(settings)


def test_another_contract_and_lake(elsewhere: Settings, simulated: tuple[Day, ...]) -> None:
    write(elsewhere.home / "captures", simulated[:1])
    lake = open_lake(elsewhere.lake, files=elsewhere.key_files)
    ingest(lake, captures_in([elsewhere.home / "captures"]))
    definitions = composed(elsewhere)
    names = {key.name for key in definitions.resolve_asset_graph().asset_check_keys}
    families = {"invariants", "sequence", "paired"}
    assert names == families | {"dataset_root", "main_audit", "overdue"}
    day = Partition(simulated[0].instrument, simulated[0].date.isoformat())
    with dg.DagsterInstance.ephemeral() as instance:
        assert run_in_process(definitions, "rebuild", instance, day).success
        early = Partition(day.instrument, "2023-06-01")
        assert not run_in_process(definitions, "rebuild", instance, early).success
    assert not (elsewhere.home / "lake").exists()
    assert (elsewhere.home / "store").is_dir()


def test_a_contract_that_changed_since_fails_closed(world: Any, elsewhere: Settings) -> None:
    """Definitions loaded with unpaired rules, run with a contract that lost them."""
    mine = Path(world.settings.home.parent / "mine.yaml")
    mine.write_text(world.settings.contract.read_text())
    settings = Settings(world.settings.home, world.settings.lake, mine)
    definitions = composed(settings)
    mine.write_text(elsewhere.contract.read_text())
    result = run_in_process(definitions, "rebuild", world.instance, world.partitions[0])
    said = {c.check_name: str(c.description) for c in result.get_asset_check_evaluations()}
    assert said["paired"].startswith("PASS")
    assert said["unpaired"].startswith("INCONCLUSIVE: the contract has no rules for it any more")


def test_a_contract_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for text in ("", "- a list\n", "dataset: [\n"):
        (tmp_path / "ours.yaml").write_text(text)
        with pytest.raises(ContractError, match=r"ours\.yaml"):
            compose(Settings.from_environment({"KARAT_CONTRACT": str(tmp_path / "ours.yaml")}))


@pytest.mark.parametrize(
    ("named", "url"),
    [
        ("here", "{}/here"),
        ("./a b", "{}/a%20b"),
        ("file:///far", "file:///far"),
        ("memory:one", "memory:one"),
        ("lakefs://host/repo", "lakefs://host/repo"),
    ],
)
def test_a_lake_is_the_same_from_every_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str, url: str
) -> None:
    """A run starts in another directory than the one that the settings were read in."""
    monkeypatch.chdir(tmp_path)
    settings = Settings.from_environment({"KARAT_LAKE": named, "KARAT_CONTRACT": "c.yaml"})
    assert settings.lake == url.format(tmp_path.as_uri())
    assert settings.contract == tmp_path / "c.yaml"
    assert lake_resource(settings).url == settings.lake


def observed(world: Any) -> dict[str, str]:
    """Return the data version of each raw partition that Dagster was told of now, by date."""
    result = world.run("observe")
    seen = [e.event_specific_data.asset_observation for e in result.all_events
            if e.event_type_value == "ASSET_OBSERVATION"]  # fmt: skip
    return {one.partition.partition("|")[0]: one.data_version for one in seen}


def test_only_a_restated_capture_has_another_version(world: Any) -> None:
    first = observed(world)
    assert len(first) == len(set(first.values())) == len(world.days)
    assert observed(world) == {}
    world.restate(1, corrected(world.days[1].raw))
    second = observed(world)
    assert second.keys() == {"2024-01-02"}
    assert second["2024-01-02"] != first["2024-01-02"]
    world.restate(1, world.days[1].raw)
    assert observed(world) == {"2024-01-02": first["2024-01-02"]}


def test_a_new_instrument_becomes_known(world: Any) -> None:
    world.run("observe")
    dates = [world.days[0].date]
    write(world.captures, simulate("sim-spot-newusdt", dates, seed=2, messages_per_day=500))
    ingest(world.lake, captures_in([world.captures]))
    world.run("observe")
    known = world.instance.get_dynamic_partitions(INSTRUMENT)
    assert sorted(known) == ["sim-spot-newusdt", "sim-usdm-karusdt"]


def test_an_empty_lake_is_looked_at_and_judged_unknown(elsewhere: Settings) -> None:
    definitions = composed(elsewhere)
    with dg.DagsterInstance.ephemeral() as instance:
        assert run_in_process(definitions, "observe", instance).success
        assert instance.get_dynamic_partitions(INSTRUMENT) == []
        result = run_in_process(definitions, "revalidate", instance)
        (root,) = result.get_asset_check_evaluations()
        assert (root.check_name, root.passed) == ("dataset_root", False)
        assert not run_in_process(definitions, "train", instance).success


def test_what_hangs_on_a_day_goes_with_it(world: Any) -> None:
    """The third day opens with the book of the second; the second with a snapshot."""
    on: Connection = lake_resource(world.settings).connect()
    first, second, third = world.partitions
    assert [link.partition for link in chain(on, [first])] == [first]
    assert newest_with_chain(on, None) == {}
    assert newest_with_chain(on, [second]) == {}
    assert world.run("rebuild", first, third).success
    assert [link.partition for link in chain(on, [first])] == [first]
    assert [link.partition for link in chain(on, [second])] == [second, third]
    assert list(chain(on, [])) == []
    assert newest_with_chain(on, [second]) == {MAIN: [second, third]}
    assert newest_with_chain(on, None) == {MAIN: [first, second, third]}
    world.restate(1, corrected(world.days[1].raw))
    assert newest_with_chain(on, [first]) == {MAIN: [first]}
    assert newest_with_chain(on, [second]) == {}


def test_a_range_begins_somewhere() -> None:
    day = Partition("sim-usdm-karusdt", "2024-01-02")
    with pytest.raises(InputError, match="name its first day"):
        partition_tags(None, day)
    assert partition_tags(day)["dagster/partition"] == str(key_of(day))
