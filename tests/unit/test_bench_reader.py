"""The bench of the training reader: a dataset that is proved, and the same weights either way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import bench_reader
from benchmarks.bench_reader import COLUMNS, decoded, made, proved, raw, trained
from karat import dataset
from karat.errors import CorruptError


def test_training_sees_the_same_observations_by_every_way(tmp_path: Path) -> None:
    places = made(tmp_path, days=2, rows=300)
    assert [e.partition for e in dataset.open(places.lake, places.tag).manifest.entries] == [
        str(day) for day in places.days
    ]
    seen = [np.concatenate(list(way(places))) for way in (raw, proved, decoded)]
    assert all(np.array_equal(seen[0], other) for other in seen[1:])
    assert seen[0].shape == (600, COLUMNS)
    assert np.array_equal(trained(raw(places)), trained(proved(places)))
    assert not np.array_equal(trained(raw(places)), trained(iter(()))), "a step changes weights"


def test_only_ours_refuses_what_is_not_proved(tmp_path: Path) -> None:
    places = made(tmp_path, days=1, rows=300)
    entry = dataset.open(places.lake, places.tag).manifest.entries[0]
    file = places.lake.local_path("main", entry.path, verify=False)
    file.chmod(0o600)
    data = file.read_bytes()
    file.write_bytes(data.replace(data[4:8], bytes(4), 1))
    with pytest.raises(CorruptError):
        list(proved(places))


def test_other_weights_have_no_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_reader, "decoded", lambda _: iter(()))
    with pytest.raises(RuntimeError, match="ends differently"):
        bench_reader.run(1, 300)


def test_rows_tell_what_the_design_asks() -> None:
    rows = bench_reader.run(1, 300)
    assert [bool(row.goal) for row in rows] == [True, False, False, False]
    assert [bool(row.ratio) for row in rows] == [True, True, True, False]
