"""Partitions as Dagster writes them."""

from dataclasses import dataclass

import dagster as dg
import pytest

from karat.assets import Dataset
from karat.assets.partitions import asked, key_of
from karat.cli.settings import Settings
from karat.contracts import load_contract
from karat.jobs.in_process import partition_tags
from karat.lake.layout import Partition

SHIPPED = Settings.from_environment({}).contract
FIRST = Partition("sim-usdm-karusdt", "2024-01-02")
LATER = Partition("sim-usdm-karusdt", "2024-01-05")


@dataclass
class Run:
    """A run as far as its partitions go."""

    partition_keys: list[str]
    has_partition_key: bool = False
    has_partition_key_range: bool = False


def test_a_key_says_day_and_instrument() -> None:
    assert str(key_of(FIRST)) == "2024-01-02|sim-usdm-karusdt"
    assert Partition.parse(str(key_of(FIRST))) == FIRST


def test_a_run_is_over_one_several_or_none() -> None:
    keys = [str(key_of(LATER)), str(key_of(FIRST))]
    assert asked(Run([])) is None
    assert asked(Run(keys[:1], has_partition_key=True)) == [LATER]
    assert asked(Run(keys, has_partition_key_range=True)) == [FIRST, LATER]


@pytest.mark.parametrize(
    ("last", "names"),
    [
        (None, {"dagster/partition", "dagster/partition/date", "dagster/partition/instrument"}),
        (FIRST, {"dagster/partition", "dagster/partition/date", "dagster/partition/instrument"}),
        (LATER, {"dagster/asset_partition_range_start", "dagster/asset_partition_range_end"}),
    ],
    ids=["one", "a range of one", "a range"],
)
def test_tags_name_the_partitions(last: Partition | None, names: set[str]) -> None:
    assert set(partition_tags(FIRST, last)) == names


def test_no_partition_has_no_tags() -> None:
    assert partition_tags(None) == {}


@pytest.mark.parametrize(("file", "name"), [(None, "instrument"), ("x", "book_events_instrument")])
def test_instruments_are_registered_once(file: str | None, name: str) -> None:
    dataset = Dataset(load_contract(SHIPPED), file)
    with dg.DagsterInstance.ephemeral() as instance:
        dataset.register(instance, [])
        dataset.register(instance, [FIRST, LATER])
        dataset.register(instance, [FIRST])
        assert instance.get_dynamic_partitions(name) == [FIRST.instrument]
