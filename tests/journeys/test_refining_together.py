"""All days as one by all golden values: days that the coarse cells tell are not read for it."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from benchmarks.partitions import days, lean_table
from karat.compute import Reading, partition_content
from karat.distances import ks
from karat.flow import validate
from karat.flow.exact_together import exact, unread
from karat.flow.judged import Named, Trial
from karat.flow.leaf_states import LeafStates
from karat.flow.summary import partition_key, partition_tree
from karat.golden import GoldenManifest
from karat.lake.layout import MAIN, Partition
from karat.store import DiskStore
from karat.verdicts import current_golden
from karat.verdicts.full_values import full_values
from tests.journeys.refined_days import ROWS, Days, contract

pytestmark = pytest.mark.e2e

COUNT, EVERY = 6, 3


def plain(place: Days, name: str, golden: GoldenManifest) -> dict[Partition, pa.Table]:
    """Return days of which each third lies on a point of coarse cells, and so in none of them."""
    cells = golden.strata[""][name].cells
    assert cells is not None
    point = int(cells.points[2])
    flat = np.full(ROWS, point) if name == "value" else np.arange(ROWS) % 2 * point
    held = {}
    for n, one in enumerate(days(COUNT)):
        table = lean_table(n, ROWS)
        held[one] = table if n % EVERY else table.set_column(1, "value", pa.array(flat))
    place.put(held.items())
    return held


def seen(name: str, values: Any) -> Any:
    return values if name == "value" else np.abs(np.diff(values))


@pytest.mark.parametrize("name", ["value", "steps"])
def test_only_days_with_rows_in_divided_cells_are_read(tmp_path: Path, name: str) -> None:
    asked, store = contract(), DiskStore(tmp_path / "store")
    place = Days(tmp_path, asked)
    golden = place.adopt([lean_table(10**6 + n, ROWS) for n in range(22)])
    held = plain(place, name, golden)
    lake = place.lake()
    validate(lake, asked, store=store)
    head = lake.head(MAIN)
    trial = Trial(lake, asked, head, head, current_golden(lake, head, "many"), store)
    known = [Named(one, partition_content(Reading(lake, head, place.path(one)), store))
             for one in held]  # fmt: skip
    tree = partition_tree({one.partition: one.digest for one in known})
    leaves = LeafStates(trial, {partition_key(one.partition): one for one in known})
    one = trial.rules.held("")[name]
    told = unread(leaves, one, tree)
    flat = [day for n, day in enumerate(held) if not n % EVERY]
    for file in {lake.local_path(head, place.path(day)) for day in held.keys() - set(told)}:
        file.unlink()
    found = exact(leaves, one, tree)
    assert list(found.read) == told
    assert told
    assert not set(flat) & set(told)
    every = full_values(lake, head, one.full)
    rows = np.concatenate([table["value"].to_numpy() for table in held.values()])
    whole = ks(every, every.observe(seen(name, rows)))
    assert found.bounds == (whole.lower, whole.upper)
    assert exact(leaves, one, tree) == found._replace(read=())
