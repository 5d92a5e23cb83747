"""The benchmark of distances: it runs, and does not hide that an answer is wrong."""

from __future__ import annotations

import pytest

from benchmarks import bench_distances
from karat.distances import Distance


def test_every_distance_is_measured_on_both_columns() -> None:
    rows = bench_distances.run(3000, 2000)
    assert [row.what.split(":")[0] for row in rows] == ["ticks"] * 9 + ["waiting times"] * 9
    assert sum(bool(row.ratio) for row in rows) == 10
    assert "ticks: Kuiper (0." in rows[7].what
    assert " within " in rows[10].what


def test_a_distance_that_is_not_scipys_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_distances, "mann_whitney", lambda *_: Distance.none())
    with pytest.raises(RuntimeError, match=r"ticks: Mann-Whitney: ours Distance\(.*scipy's 0"):
        bench_distances.run(300, 200)
