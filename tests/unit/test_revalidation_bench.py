"""The benchmark of many partitions agrees with scipy or fails, and asks nothing of small ones."""

import numpy as np
import pyarrow as pa
import pytest

from benchmarks import bench_revalidation as bench
from benchmarks import bench_state_sizes, partitions, revalidation_rival
from benchmarks.judged_days import shipped
from karat.lake.layout import Partition
from karat.verdicts import Finding, Outcome, Verdict
from karat.verdicts.verdict import Inputs


def test_a_small_dataset_is_measured_and_nothing_asked_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bench, "REPLACED", 2)
    rows = list(bench._measured(bench._lean(4, 300)))
    assert [row.what.split(": ")[1] for row in rows] == [
        "all of them",
        "nothing changed",
        "nothing changed, lake kept open",
        "a tolerance changed",
        "1 replaced, the files of 3 gone",
        "less time than all of them",
    ]
    assert all(row.goal is None for row in rows)
    assert "0 bytes read" in rows[1].ours
    assert all("p50" in row.ours and "p95" in row.ours for row in rows[1:5])
    assert all("scipy" in row.rival and row.ratio for row in rows[1:5])
    assert bench._lean(bench.PARTITIONS, bench.ROWS).whole


def test_a_wrong_distance_has_no_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "REPLACED", 1)
    case = bench._lean(3, 200)
    drawn: set[int] = set()

    def other_the_second_time(number: int) -> pa.Table:
        table = case.draw(number)
        if number not in drawn:
            drawn.add(number)
            return table
        return table.set_column(1, "value", pa.array(np.zeros(200, np.int64)))

    wrong = bench.Case(case.name, case.partitions, other_the_second_time, case.contract, whole=True)
    with pytest.raises(RuntimeError, match="scipy's"):
        list(bench._measured(wrong))


def test_a_verdict_that_says_another_distance_has_no_speed() -> None:
    (day,) = partitions.days(1)
    golden, values = np.arange(100.0), np.arange(100.0) + 50
    inputs = Inputs("many", str(day), "c", (), "", "", "k", "L0", 1)

    def said(low: float, high: float) -> dict[Partition, Verdict]:
        numbers = {"low": low, "high": high}
        finding = Finding("unpaired", "gate", "value", Outcome.PASS, "so", numbers)
        return {day: Verdict(inputs, (finding,))}

    assert revalidation_rival.measured("it", golden, {day: values}, said(0.4, 0.5)) > 0
    for low, high in ((0.51, 0.6), (0.4, 0.49)):
        with pytest.raises(RuntimeError, match="scipy's"):
            revalidation_rival.measured("it", golden, {day: values}, said(low, high))


def test_bytes_read_where_nothing_changed_are_an_error() -> None:
    case = bench._lean(3, 200)
    with pytest.raises(RuntimeError, match="7 bytes read"):
        bench._zero(case, [0, 7, 0])


def test_a_moved_threshold_is_another_contract_with_the_same_statistics() -> None:
    first, moved = shipped(), bench._shipped(3)
    assert first.digest != moved.digest
    assert first.unpaired is not None
    assert moved.unpaired is not None
    assert first.unpaired.distances[1:] == moved.unpaired.distances[1:]
    assert float(moved.unpaired.distances[0].tolerance or 0) == pytest.approx(0.063)


def test_the_shares_of_states_are_of_the_whole() -> None:
    whole, *largest = bench_state_sizes._sized(20_000, 100.0)
    assert whole.goal is not None
    assert whole.goal.met
    assert len(largest) == bench_state_sizes.LARGEST
    shares = [float(row.rival.removesuffix(" %")) for row in largest]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) <= whole.goal.value + 0.01 * len(shares)
