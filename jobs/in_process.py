"""A job in this process, on an instance that keeps it: no daemon, no web server."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg
from dagster import ExecuteInProcessResult

from karat.assets.partitions import key_of
from karat.errors import InputError
from karat.lake.layout import Partition
from karat.resources.dagster_private import without_previews
from karat.resources.run_tags import DATE, INSTRUMENT, PARTITION, RANGE, SOME


def run_in_process(
    definitions: dg.Definitions,
    job: str,
    instance: dg.DagsterInstance,
    first: Partition | None = None,
    last: Partition | None = None,
    *,
    config: Mapping[str, Any] | None = None,
    log_level: str = "ERROR",
    instruments: str = INSTRUMENT,
) -> ExecuteInProcessResult:
    """Run a job over the days `first` to `last`, over `first` alone, or over no partition.

    A failed step is told by the result's `success`, not raised. Instruments of `first` and `last`
    become known to `instance` under the name `instruments`, by default as the first dataset's.
    `config` is the configuration of ops, by asset; `log_level` is what the console hears, the
    instance keeps everything.
    """
    if names := sorted({p.instrument for p in (first, last) if p}):
        instance.add_dynamic_partitions(instruments, names)
    with without_previews():
        return definitions.resolve_job_def(job).execute_in_process(
            instance=instance,
            tags=partition_tags(first, last),
            run_config={
                "ops": {name: {"config": value} for name, value in (config or {}).items()},
                "loggers": {"console": {"config": {"log_level": log_level}}},
            },
            raise_on_error=False,
        )


def partition_tags(first: Partition | None, last: Partition | None = None) -> dict[str, str]:
    """Return the tags that tell a run which partitions it is over; none for no partition.

    Raises InputError for a last day without a first one.
    """
    if first is None and last is not None:
        raise InputError(f"a range that ends at {last} begins nowhere: name its first day")
    if first is None:
        return {}
    if last is not None and last != first:
        return {f"{RANGE}_start": str(key_of(first)), f"{RANGE}_end": str(key_of(last))}
    dimensions = {DATE: first.date, INSTRUMENT: first.instrument}
    named = {f"{PARTITION}/{name}": value for name, value in dimensions.items()}
    return {PARTITION: str(key_of(first)), **named}


def tags_of_some(partitions: Sequence[Partition]) -> dict[str, str]:
    """Return the tags of a run over any partitions: Dagster's own, or the list; none for none.

    Days of one instrument that follow each other are a range. To Dagster a run over a list is one
    over the first of it: it begins no step on partitions in a run that it takes to be over none.
    """
    days, dates = sorted(set(partitions)), {date.fromisoformat(one.date) for one in partitions}
    if not days:
        return {}
    first, last = days[0], days[-1]
    span = date.fromisoformat(last.date) - date.fromisoformat(first.date)
    if first.instrument == last.instrument and span.days + 1 == len(dates):
        return partition_tags(first, last)
    return partition_tags(first) | {SOME: ",".join(str(key_of(one)) for one in days)}
