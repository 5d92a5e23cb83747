"""How alike golden days are, against a table of ratios and scipy; when it is called drift."""

import json
from dataclasses import replace
from fractions import Fraction
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from karat.golden import GoldenManifest, described, likeness, manifest_of, quantile
from karat.golden.day_likeness import ALIKE, LEAST, STRONG, DayLikeness, Drift, Likeness
from karat.golden.description import all_names
from karat.verdicts.table_sample import TableSample
from tests.unit.test_golden import contract, day, manifest

RULES = [{"name": "level", "column": "x"}, {"name": "spell", "column": "time", "of": "change"}]
RATIOS = st.lists(st.none() | st.floats(0, 9), min_size=2, max_size=2)
MATRIX = st.lists(RATIOS, max_size=9)


def of(matrix: list[list[float | None]]) -> Likeness:
    days = [
        DayLikeness(f"i/2024-01-{n:02}", "", reference=True, ratios=tuple(row))
        for n, row in enumerate(matrix, start=1)
    ]
    return Likeness(("level", "spell"), tuple(days), ())


@given(MATRIX)
def test_the_worst_day_comes_first_and_is_named_with_what_differs(matrix: Any) -> None:
    alike = of(matrix)
    known = {f"i/2024-01-{n:02}": max(found) for n, row in enumerate(matrix, start=1)
             if (found := [one for one in row if one is not None])}  # fmt: skip
    assert [day.score for day in alike.worst] == sorted(known.values(), reverse=True)
    assert {day.partition: day.score for day in alike.worst} == known
    assert alike.typical == (median(known.values()) if known else 0)
    first = alike.words[0]
    if not known:
        assert first == "one golden day alone cannot be compared with any other"
        return
    most = max(known.values())
    assert f"{alike.worst[0].partition} differs most, in" in first
    assert f"{most:.3g} scales" in first
    assert first.startswith("golden days are alike: ") is (most <= ALIKE * alike.typical)
    at = alike.names.index(first.partition(" in ")[2].partition(":")[0])
    assert alike.worst[0].ratios[at] == most


@pytest.mark.parametrize("correlation", [0.0, STRONG - 0.01, STRONG, -STRONG, -1.0])
def test_only_a_strong_correlation_is_called_drift(correlation: float) -> None:
    alike = replace(of([[1.0, 1.0]] * 5), drifts=(Drift("spell", 5, correlation, 0.2),))
    told = "spell drifts with time: rank correlation "
    assert any(told in line for line in alike.words) is (abs(correlation) >= STRONG)
    assert alike.drifts[0].words == f"rank correlation {correlation:+.2f} over 5 days (p 0.2)"


def made(days: int, first: int, trend: int) -> GoldenManifest:
    def table(n: int) -> pa.Table:
        rng = np.random.default_rng(n)
        times = rng.integers(0, 5, 200).cumsum()
        return pa.table({"x": rng.integers(0, 30, 200) + trend * n, "time": times})

    samples = [TableSample(f"i/2024-01-{n + 1:02}", table(n)) for n in range(days)]
    return manifest_of(contract(RULES), samples[:first], samples[first:])


@pytest.mark.parametrize("days", [LEAST - 1, LEAST, 9])
@pytest.mark.parametrize("trend", [0, 3])
def test_drifts_are_rank_correlations_with_the_date(days: int, trend: int) -> None:
    alike = likeness(made(days, 2, trend))
    wanted = {}
    for at, name in enumerate(alike.names):
        ratios = [one.ratios[at] for one in alike.days]
        if len(ratios) >= LEAST and len(set(ratios)) > 1:
            wanted[name] = spearmanr(range(len(ratios)), ratios)
    assert {one.name for one in alike.drifts} == set(wanted)
    for one in alike.drifts:
        assert one.correlation == pytest.approx(wanted[one.name].statistic)
        assert one.p == pytest.approx(wanted[one.name].pvalue)
        assert one.days == days
    strengths = [abs(one.correlation) for one in alike.drifts]
    assert strengths == sorted(strengths, reverse=True)


def test_days_are_in_order_of_time_whatever_they_are_called() -> None:
    names = ("z/2024-01-01", "a/2024-01-03", "z/2024-01-02", "b/2024-01-02")
    days = [TableSample(name, day(n)) for n, name in enumerate(names)]
    alike = likeness(manifest_of(contract(RULES), days[:2], days[2:]))
    assert [one.partition for one in alike.days] == [
        "z/2024-01-01", "b/2024-01-02", "z/2024-01-02", "a/2024-01-03",
    ]  # fmt: skip


@settings(max_examples=20)
@given(st.lists(st.fractions(Fraction(1, 50), Fraction(49, 50)), max_size=3))
def test_a_description_tells_q_over_all_distances(alphas: list[Fraction]) -> None:
    golden = manifest()
    told = described(golden, alphas)
    json.dumps(told, allow_nan=False)
    rows = {row["alpha"]: row for row in told["quantiles"]}
    assert sorted(rows) == sorted({0.01, 0.05, 0.1, 0.2, *map(float, alphas)})
    scores = golden.scores(all_names(golden))
    for alpha in alphas:
        low, high = (quantile([score[end] for score in scores], alpha) for end in (0, 1))
        wanted = None if low is None or high is None else [float(low), float(high)]
        assert rows[float(alpha)]["q"] == wanted
        assert (rows[float(alpha)]["false_alarms"] is None) is (wanted is None)


def test_names_of_all_strata_are_told_once_in_order() -> None:
    days = [TableSample(f"i/{n}", day(n), "ab"[n % 2]) for n in range(6)]
    golden = manifest_of(contract(RULES), days[:4], days[4:])
    assert all_names(golden) == ["level", "spell"]
    told = described(golden)
    assert [(row["stratum"], row["name"]) for row in told["yardsticks"]] == [
        ("a", "level"), ("a", "spell"), ("b", "level"), ("b", "spell"),
    ]  # fmt: skip
