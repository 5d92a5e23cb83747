"""A run over a list of days: what Dagster holds afterwards is of days, each in its version."""

from typing import Any

import dagster as dg
import pytest

from karat.assets.partitions import key_of
from karat.jobs.in_process import tags_of_some
from karat.resources.dagster_private import known_versions, without_previews
from karat.resources.run_tags import ONE_BY_ONE, SOME, lacking
from karat.verdicts import links

MADE = ("book_events", "published_events")


@pytest.fixture
def listed(world: Any) -> Any:
    """Return the world after a run over its first and last day."""
    days = world.partitions[::2]
    tags = tags_of_some(days)
    assert SOME in tags
    assert lacking(tags)[ONE_BY_ONE] == days[0].instrument
    world.instance.add_dynamic_partitions("instrument", [days[0].instrument])
    with without_previews():
        job = world.definitions.resolve_job_def("rebuild")
        assert job.execute_in_process(instance=world.instance, tags=tags).success
    return world


def test_no_row_is_without_a_partition_and_each_day_has_its_version(listed: Any) -> None:
    """The day between is rebuilt too: the last one opens with its book."""
    head, name = listed.lake.head("main"), listed.partitions[0].instrument
    built = {str(key_of(one.partition)): one.build.content
             for one in links(listed.lake, head, "book_events", name) if one.build}  # fmt: skip
    for asset in map(dg.AssetKey, MADE):
        records = listed.instance.fetch_materializations(asset, limit=99).records
        assert {record.partition_key for record in records} == set(built)
        known = known_versions(listed.instance, asset, list(built))
        assert {key: one.data for key, one in known.items()} == built
