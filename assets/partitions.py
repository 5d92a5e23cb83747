"""Partitions as Dagster writes them: a day, when it is over, and an instrument."""

from collections.abc import Iterable, Mapping
from typing import Protocol

import dagster as dg

from karat.contracts import Contract
from karat.lake.layout import Partition
from karat.resources.run_tags import DATE, INSTRUMENT, PARTITION, RANGE, SOME

__all__ = ["INSTRUMENT", "Run", "Tagged", "asked", "key_of", "partitions_of", "required"]

TWO = (
    "the run names a range and one partition, as Dagster's daemon has it for a job's backfill: "
    "backfill the assets instead, or the job by dagster job backfill"
)


class Tagged(Protocol):
    """A run's own tags."""

    @property
    def tags(self) -> Mapping[str, str]:
        """Return what was said when it was launched."""


class Run(Protocol):
    """What a run knows of its partitions."""

    @property
    def has_partition_key(self) -> bool:
        """Return whether it is a run over one partition."""

    @property
    def has_partition_key_range(self) -> bool:
        """Return whether it is a run over several."""

    @property
    def partition_keys(self) -> Iterable[str]:
        """Return the keys of all of them."""

    @property
    def run(self) -> Tagged:
        """Return the run itself."""


def partitions_of(contract: Contract, instruments: str) -> dg.MultiPartitionsDefinition:
    """Return every day from the contract's first one on, of all that Dagster keeps by a name."""
    days = dg.DailyPartitionsDefinition(start_date=contract.first_day.isoformat())
    return dg.MultiPartitionsDefinition(
        {DATE: days, INSTRUMENT: dg.DynamicPartitionsDefinition(name=instruments)}
    )


def key_of(partition: Partition) -> dg.MultiPartitionKey:
    """Return a partition's key in Dagster, ``date|instrument``."""
    return dg.MultiPartitionKey({DATE: partition.date, INSTRUMENT: partition.instrument})


def asked(run: Run) -> list[Partition] | None:
    """Return the partitions a run is over, by instrument and day; None for a run over none."""
    _refuse_two(run.run.tags)
    if some := run.run.tags.get(SOME, ""):
        return sorted({Partition.parse(key) for key in some.split(",")})
    if run.has_partition_key or run.has_partition_key_range:
        return sorted(Partition.parse(str(key)) for key in run.partition_keys)
    return None


def _refuse_two(tags: Mapping[str, str]) -> None:
    """Refuse a run whose tags name a range, and one partition beside it.

    Dagster's daemon makes such runs of a job's backfill, and takes them for the one partition: the
    rest would never be done, and the run succeed.
    """
    one = {tags.get(f"{PARTITION}/{name}") for name in (DATE, INSTRUMENT)} - {None}
    if one and f"{RANGE}_start" in tags:
        raise dg.Failure(TWO, allow_retries=False)


def required(run: Run) -> list[Partition]:
    """Return the partitions a run is over; a run over none would pass, having done nothing."""
    if days := asked(run):
        return days
    raise dg.Failure(
        "the run is over no partition: name a day and an instrument", allow_retries=False
    )
