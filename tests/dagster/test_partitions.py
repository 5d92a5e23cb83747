"""Partitions as Dagster writes them."""

from dataclasses import dataclass, field
from typing import Self

import dagster as dg
import pytest

from karat.assets import Dataset
from karat.assets.partitions import asked, key_of
from karat.cli.settings import Settings
from karat.contracts import load_contract
from karat.jobs.in_process import partition_tags, tags_of_some
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
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def run(self) -> Self:
        return self


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
    assert partition_tags(None) == {} == tags_of_some([])


OTHER = Partition("sim-spot-aaa", "2024-01-03")


@pytest.mark.parametrize(
    "days",
    [[FIRST, LATER], [OTHER, FIRST], [LATER, OTHER, FIRST], [OTHER, OTHER, LATER]],
    ids=["a gap", "two instruments", "both", "one twice"],
)
def test_a_run_is_over_any_partitions(days: list[Partition]) -> None:
    assert asked(Run([], tags=tags_of_some(days))) == sorted(set(days))


def test_days_that_follow_each_other_are_a_range() -> None:
    between = [Partition(FIRST.instrument, f"2024-01-{n:02}") for n in (4, 3, 5, 2, 3)]
    assert tags_of_some(between) == partition_tags(FIRST, LATER)
    assert tags_of_some([FIRST, FIRST]) == partition_tags(FIRST)


@pytest.mark.parametrize(("file", "name"), [(None, "instrument"), ("x", "book_events_instrument")])
def test_instruments_are_registered_once(file: str | None, name: str) -> None:
    dataset = Dataset(load_contract(SHIPPED), file)
    with dg.DagsterInstance.ephemeral() as instance:
        dataset.register(instance, [])
        dataset.register(instance, [FIRST, LATER])
        dataset.register(instance, [FIRST])
        assert instance.get_dynamic_partitions(name) == [FIRST.instrument]
