"""The bench of memory: arrays really are copied, alone and beside others."""

from __future__ import annotations

from benchmarks import bench_memory
from benchmarks.bench_memory import Copy, _arrays


def test_what_is_timed_is_copied() -> None:
    source, target = _arrays(0.5)
    assert source.nbytes == 500_000
    assert not target.any()
    Copy(0.5, copied=0.1)()
    assert (target == source).all()


def test_a_row_a_size_of_one_and_of_two_at_once() -> None:
    rows = bench_memory.run(copied=2, runs=1)
    assert [row.what.split(" MB")[0] for row in rows] == [
        f"arrays of {size:g}" for size in bench_memory.SIZES
    ]
    assert all(row.ratio and row.ratio > 0.2 for row in rows)
