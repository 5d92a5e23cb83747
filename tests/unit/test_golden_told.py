"""What is told of golden days: what q promises, how alike they are, and what has changed."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import beta, spearmanr

from karat.errors import CorruptError, InputError, UnavailableError
from karat.golden import (
    GoldenManifest,
    changed_days,
    described,
    likeness,
    manifest_of,
    read_folder,
    split,
    split_strata,
    write_folder,
)
from karat.messages.ahead import each_ahead
from karat.report.likeness_page import likeness_page
from karat.verdicts.table_sample import TableSample
from tests.unit.test_golden import contract, day, manifest, samples


def dated(n: int, table: pa.Table | None = None) -> TableSample:
    return TableSample(f"i/2024-01-{n + 1:02}", day(n) if table is None else table)


def drifting(n: int) -> pa.Table:
    """Return a day whose level grows with its number."""
    rows = np.random.default_rng(n).integers(0, 9, 300) + n
    return pa.table({"x": rows, "time": np.arange(300)})


RULE = {"name": "level", "column": "x"}


def level(days: int, first: int = 3) -> GoldenManifest:
    known = [dated(n, drifting(n)) for n in range(days)]
    return manifest_of(contract([RULE]), known[:first], known[first:])


def test_a_description_is_plain_and_complete() -> None:
    made = manifest()
    told = described(made, [Fraction(1, 3)])
    json.dumps(told, allow_nan=False)
    assert told["digest"] == made.digest
    assert (told["reference"], told["calibration"]) == (
        ["i/0", "i/1", "i/2"],
        ["i/3", "i/4", "i/5", "i/6"],
    )
    for row in told["yardsticks"]:
        one = made.strata[""][row["name"]]
        assert row["scale"] == float(one.scale) >= row["floor"] > 0
        assert row["left_out"] == float(max(one.left_out))
        assert (row["cells"] is None) == (one.rule.kind != "ks")
    value = next(row for row in told["yardsticks"] if row["name"] == "value")
    assert value["floor"] == 1 / value_rows()
    assert value["m_eff"] < 3 * 400


def value_rows() -> int:
    """Return the median number of values of a reference day, counted again."""
    return int(sorted(day(n)["x"].drop_null().length() for n in range(3))[1])


def test_a_quantile_needs_its_days_and_tells_a_beta_law() -> None:
    rows = {row["alpha"]: row for row in described(level(12), [Fraction(1, 3)])["quantiles"]}
    assert sorted(rows) == [0.01, 0.05, 0.1, 0.2, 1 / 3]
    assert (rows[0.05]["q"], rows[0.05]["false_alarms"]) == (None, None)
    assert (rows[0.05]["days"], rows[0.05]["needed"], rows[0.1]["days"]) == (9, 19, 9)
    scores = sorted(float(low) for low, _ in level(12).scores(["level"], ["level"]))
    for alpha, rank in ((0.1, 9), (0.2, 8), (1 / 3, 7)):
        row = rows[alpha]
        assert row["q"][0] == scores[rank - 1]
        law = beta(10 - rank, rank)
        assert row["false_alarms"]["mean"] == pytest.approx(law.mean())
        assert row["false_alarms"]["high"] == pytest.approx(law.ppf(0.95), abs=2e-6)


def test_a_scale_at_its_floor_is_told() -> None:
    levels = [np.roll([1, 2, 3, 4] * 99, n) for n in range(4)]
    days = [dated(n, pa.table({"x": x, "time": range(396)})) for n, x in enumerate(levels)]
    rule = {"name": "level", "column": "x"}
    (row,) = described(manifest_of(contract([rule]), days[:3], days[3:]))["yardsticks"]
    assert row["at_floor"]
    assert row["scale"] == row["floor"] == 1 / 396


def test_days_that_drift_are_told_and_the_last_is_the_worst() -> None:
    alike = likeness(level(12))
    assert [d.partition[-2:] for d in alike.days] == [f"{n:02}" for n in range(1, 13)]
    assert [d.reference for d in alike.days] == [True] * 3 + [False] * 9
    assert alike.worst[0].partition == "i/2024-01-12"
    assert "i/2024-01-12 differs most, in level" in alike.words[0]
    (drift,) = alike.drifts
    ratios = [d.ratios[0] for d in alike.days]
    assert drift.correlation == pytest.approx(spearmanr(range(12), ratios).statistic)
    assert drift.correlation > 0.9
    assert "level drifts with time: rank correlation +" in alike.words[1]


def test_ratios_are_distances_in_units_of_scale() -> None:
    made = level(6)
    one, alike = made.strata[""]["level"], likeness(made)
    left = [float(each / one.scale) for each in one.left_out]
    assert [d.ratios[0] for d in alike.days[:3]] == left
    above = [float(d.distances["level"][1] / one.scale) for d in made.calibration]
    assert [d.ratios[0] for d in alike.days[3:]] == above


def test_one_odd_day_among_many_is_named() -> None:
    days = [dated(n) for n in range(9)]
    odd = dated(9, pa.table({"x": range(500, 900), "time": range(400)}))
    alike = likeness(manifest_of(contract([RULE]), days[:4], [*days[4:], odd]))
    assert alike.worst[0].partition == odd.name
    calm = likeness(manifest_of(contract([RULE]), days[:4], days[4:]))
    assert calm.words[0].startswith("golden days are alike: ")


def test_too_few_days_have_no_drift_and_one_day_no_likeness() -> None:
    assert likeness(level(3)).drifts == ()
    alone = likeness(level(1))
    assert alone.words == ["one golden day alone cannot be compared with any other"]
    assert (alone.typical, alone.days[0].ratios) == (0.0, (None,))
    assert "Too few days" in likeness_page(alone, "one")


def test_the_page_holds_every_day_and_distance_and_escapes_names() -> None:
    rules = [RULE, {"name": "<script>", "column": "time", "kind": "atom"}]
    made = manifest_of(contract(rules), [dated(n) for n in range(3)], [dated(n) for n in (3, 4, 5)])
    page = likeness_page(likeness(made), "a & b")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "a &amp; b" in page
    assert all(page.count(f"i/2024-01-0{n}") >= 1 for n in range(1, 7))


def test_changed_days_are_added_removed_restated_or_moved() -> None:
    old = manifest_of(contract([RULE]), samples(0, 2), samples(2, 3))
    assert list(changed_days(old, old)) == []
    other = TableSample("i/1", day(77))
    new = manifest_of(contract([RULE]), [*samples(0, 1), other, *samples(2, 1)], samples(4, 2))
    found = {one.partition: one.what for one in changed_days(old, new)}
    assert found == {"i/1": "restated", "i/2": "moved", "i/3": "removed", "i/5": "added"}
    assert {one.what for one in changed_days(None, old)} == {"added"}
    assert list(changed_days(None, None)) == []


def test_a_folder_gives_the_manifest_back(tmp_path: Path) -> None:
    made = manifest()
    write_folder(made, tmp_path / "g")
    before = {p: p.stat().st_size for p in (tmp_path / "g").rglob("*")}
    write_folder(made, tmp_path / "g")
    assert {p: p.stat().st_size for p in (tmp_path / "g").rglob("*")} == before
    assert read_folder(tmp_path / "g") == made
    assert read_folder(tmp_path / "g").digest == made.digest
    with pytest.raises(InputError, match="holds another golden manifest"):
        write_folder(level(4), tmp_path / "g")


def test_a_damaged_folder_is_corrupt_and_an_empty_one_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no golden manifest here"):
        read_folder(tmp_path)
    write_folder(manifest(), tmp_path)
    part = next((tmp_path / "cells").iterdir())
    whole = part.read_bytes()
    part.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(CorruptError, match="do not match"):
        read_folder(tmp_path)
    part.unlink()
    with pytest.raises(CorruptError, match="lacks a part"):
        read_folder(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError, match="cannot be written"):
        write_folder(manifest(), tmp_path / "file" / "g")


@pytest.mark.parametrize("count", [0, 1, 4, 5, 30])
@pytest.mark.parametrize("how", [{}, {"first": 2}, {"every": 2}, {"every": 7}])
def test_a_split_is_disjoint_and_whole(count: int, how: dict[str, Any]) -> None:
    days = list(range(count))
    reference, calibration = split(days, **how)
    assert sorted(reference + calibration) == days
    assert not set(reference) & set(calibration)
    expected = days[:: how["every"]] if "every" in how else days[: how.get("first", 4)]
    assert reference == expected


def test_a_split_that_leaves_nothing_is_refused() -> None:
    for how in ({"first": 0}, {"every": 1}, {"every": -2}):
        with pytest.raises(InputError, match="cannot be reference"):
            split([1, 2, 3], **how)


def test_every_stratum_is_split_alike() -> None:
    days = [f"{kind}{n}" for n in range(5) for kind in "ab"]
    reference, calibration = split_strata(days, lambda name: name[0], first=2)
    assert sorted(reference) == ["a0", "a1", "b0", "b1"]
    assert len(calibration) == 6


def test_work_ahead_keeps_order_and_does_no_more_than_it_may() -> None:
    begun: list[int] = []

    def squared(n: int) -> int:
        begun.append(n)
        return n * n

    found = each_ahead(squared, iter(range(100)), 3)
    assert next(found) == 0
    assert len(begun) <= 4
    assert list(found) == [n * n for n in range(1, 100)]
    with pytest.raises(InputError, match="0 threads"):
        list(each_ahead(str, [1], 0))


def test_an_error_ahead_comes_in_its_place() -> None:
    found = each_ahead(lambda n: 6 // (n - 2), range(9), 2)
    assert [next(found), next(found)] == [-3, -6]
    with pytest.raises(ZeroDivisionError):
        next(found)


def test_threads_and_the_order_of_days_change_nothing() -> None:
    made = manifest()
    reference, calibration = samples(0, 3), samples(3, 4)
    assert manifest_of(contract(), reference[::-1], calibration[::-1]).digest == made.digest
    assert manifest_of(contract(), reference, calibration, threads=3) == made
    other = replace(made, dataset="other")
    assert other.digest != made.digest
