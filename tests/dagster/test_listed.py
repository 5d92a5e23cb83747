"""A run over partitions that are no range: Dagster itself knows no such thing."""

from pathlib import Path
from typing import Any

import dagster as dg

from karat.assets.partitions import key_of
from karat.simulation import corrected
from tests.dagster.ticking import watching


def test_days_apart_are_one_run_that_tells_of_each_and_of_nothing_else(
    tmp_path: Path, simulated: Any
) -> None:
    with watching(tmp_path, simulated) as watch:
        watch.bring(*((n, day.raw) for n, day in enumerate(watch.days)))
        watch.go()
        watch.bring(*((n, corrected(watch.days[n].raw)) for n in (0, 2)))
        assert watch.go() == ["rebuild"], "one run, though Dagster was told of the captures before"
        assert watch.runs[-1][2], "and it succeeds"
        newest = watch.instance.get_runs(limit=1)[0].run_id
        for asset in ("book_events", "published_events"):
            made = watch.instance.fetch_materializations(dg.AssetKey(asset), limit=50).records
            told = [one.partition_key for one in made if one.run_id == newest]
            assert set(told) == {str(key_of(watch.partitions[n])) for n in (0, 2)}
