"""The bench of mapped steps: the same weights by every way of reading, told in pairs."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import bench_steps
from benchmarks.bench_steps import (
    PARTITIONS,
    batches,
    copied,
    decoded,
    fresh,
    made,
    mapped,
    saved,
    trained,
)

pytest.importorskip("torch", reason="PyTorch is not installed: see the extra `train`")


def test_every_way_of_reading_ends_with_the_same_weights(tmp_path: Path) -> None:
    files = made(tmp_path, 300)
    saved(files, tmp_path)
    held = copied(mapped(tmp_path))
    ways = [batches(files), batches(fresh(files)), mapped(tmp_path), held, decoded(tmp_path)]
    one, *others = [trained(way) for way in ways]
    assert all(np.array_equal(one, other) for other in others)
    assert not np.array_equal(one, trained(iter(()))), "a step changes weights"
    assert sum(len(batch) for batch in decoded(tmp_path)) == 300 * PARTITIONS


def test_rows_tell_what_the_design_asks() -> None:
    rows = bench_steps.run(300, 1)
    assert [bool(row.goal) for row in rows] == [False, True, True, False, False]


def test_other_weights_have_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_steps, "decoded", lambda _: iter(()))
    with pytest.raises(RuntimeError, match="ends differently"):
        bench_steps.run(300, 1)
