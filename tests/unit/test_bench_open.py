"""The benchmark of opening a dataset: what is opened is cut by the gate, and refused like any."""

import json
from pathlib import Path

import pytest

from benchmarks import bench_open
from benchmarks.gated_lake import gated_lake
from karat import dataset
from karat.errors import DatasetRefused
from karat.store import MemoryStore


def test_opening_is_held_to_what_is_asked() -> None:
    opened, anew, cut, size = rows = bench_open.run(instruments=1, days=3)
    assert opened.goal is not None
    assert (opened.goal.must, opened.goal.unit) == (1000, "ms")
    assert "3 partitions" in opened.what
    assert anew.ours.endswith(" ms")
    assert cut.ours.endswith(" s")
    assert size.ours.endswith(" MB")
    assert json.loads(json.dumps([row.plain() for row in rows]))


def test_what_is_opened_was_proved(tmp_path: Path) -> None:
    gated = gated_lake(tmp_path, 1, 3)
    gated.publish(*gated.partitions)
    title = dataset.cut(gated.lake, gated.contract, "many", store=MemoryStore()).title
    assert len(bench_open.opened_anew(gated, title).partitions) == 3
    assert len(list(dataset.open(gated.lake, title, verify="all").verify())) == 3
    with pytest.raises(DatasetRefused, match="no such version"):
        bench_open.opened_anew(gated, "many@2.0.0")
