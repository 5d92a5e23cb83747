"""The benchmark of the lake on lakeFS does the same work both ways."""

from pathlib import Path

from benchmarks import bench_lakefs
from benchmarks.bench_lakefs import Bench
from tests.lakefs_double.server import serving


def test_rows_compare_ours_and_the_clients() -> None:
    rows = bench_lakefs.run(((2, 1000),), runs=1)
    assert [row.what.split()[0] for row in rows] == ["publish", "read", "read"]
    assert all(row.ratio for row in rows)
    assert [row.goal.must if row.goal else None for row in rows] == [1.2, 1.2, None]


def test_both_ways_move_the_same_bytes(tmp_path: Path) -> None:
    with serving() as double:
        bench = Bench(double.url, tmp_path, 3, 1000, 1)
        assert bench.read() == bench.read_again() == bench.read_bare() == 3000
        bench.publish_bare()
        sizes = [len(list(bench.lake.list("main", prefix))) for prefix in ("o", "b")]
        assert sizes == [3, 3]
        bench.publish()
        assert len(list(bench.lake.list("main", "o"))) == 6
