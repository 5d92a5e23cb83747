"""How far one column is from golden, against oracles that share nothing with the engine."""

import datetime as dt
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import karat
from karat.comparison import Column, Comparison
from karat.comparison.met import meet
from karat.errors import InputError

GRID = st.lists(st.integers(-9, 9), min_size=1, max_size=60)
WORDS = st.lists(st.sampled_from(["buy", "sell", "none", None]), min_size=1, max_size=60)


def one(found: Comparison, name: str = "x") -> Column:
    return next(column for column in found.columns if column.name == name)


def compared(candidate: Any, golden: Any, **options: Any) -> Column:
    return one(karat.compare(pa.table({"x": candidate}), pa.table({"x": golden}), **options))


@given(GRID, GRID)
@settings(max_examples=60)
def test_values_have_the_distance_that_scipy_gives(a: list[int], b: list[int]) -> None:
    from scipy.stats import ecdf

    found = compared(a, b, exact=True)
    if found.measured == "values":  # sorted lists are compared by their steps
        assert found.distance.exact
        ours, theirs = (ecdf(side).cdf.evaluate(np.arange(-9, 10)) for side in (a, b))
        assert found.distance.value == pytest.approx(abs(ours - theirs).max())


@pytest.mark.parametrize("stretch", [1.0, 1.05])
def test_a_coarse_bracket_holds_the_exact_distance(stretch: float) -> None:
    from scipy.stats import ks_2samp

    rng = np.random.default_rng(3)
    golden, candidate = rng.lognormal(size=20_000), stretch * rng.lognormal(size=15_000)
    coarse, exact = (compared(candidate, golden, exact=flag).distance for flag in (False, True))
    assert coarse.lower <= exact.lower == exact.upper <= coarse.upper
    assert 0 < coarse.upper - coarse.lower <= Fraction(1, 4096) + Fraction(1, 15_000)
    assert exact.value == pytest.approx(ks_2samp(candidate, golden).statistic, abs=1e-12)


@given(WORDS, WORDS)
@settings(max_examples=60)
def test_categories_have_total_variation_and_name_the_value(
    a: list[str | None], b: list[str | None]
) -> None:
    found = compared(pa.array(a, pa.string()), pa.array(b, pa.string()).dictionary_encode())
    ours, theirs = Counter(a), Counter(b)
    apart = {
        word: Fraction(ours[word], len(a)) - Fraction(theirs[word], len(b))
        for word in ours | theirs
    }
    assert found.distance.lower == found.distance.upper == sum(map(abs, apart.values())) / 2
    told = {word: abs(share) for word, share in apart.items() if word is not None and share}
    assert (found.atom is None) == (not told)
    if found.atom:
        assert told[found.atom.value] == max(told.values())
        assert found.atom.candidate == ours[found.atom.value] / len(a)
    assert found.nulls == (ours[None], theirs[None])


def test_a_stretched_column_is_mostly_scale_and_a_clipped_one_mostly_shape() -> None:
    golden = np.random.default_rng(5).exponential(size=20_000)
    stretched, clipped = compared(golden * 1.25, golden), compared(golden.clip(max=1), golden)
    assert "golden x 1.25" in stretched.split
    assert stretched.split.endswith("mostly scale")
    assert "shape" in clipped.split
    assert clipped.atom is not None
    assert clipped.atom.value == 1.0
    assert clipped.atom.candidate == pytest.approx(np.exp(-1), abs=0.02)


@pytest.mark.parametrize("kind", ["int", "float", "time"])
def test_what_rises_is_compared_by_its_steps(kind: str) -> None:
    steps = np.random.default_rng(7).integers(1, 50, (2, 3000))
    sides = list(np.cumsum(steps, axis=1) + np.array([[10**9], [0]]))
    if kind == "float":
        sides = [side.astype(float) for side in sides]
    tables: list[Any] = [pa.array(side) for side in sides]
    if kind == "time":
        tables = [table.cast(pa.timestamp("us")) for table in tables]
    found = compared(*tables, exact=True)
    from scipy.stats import ks_2samp

    oracle = ks_2samp(*(np.diff(side) for side in sides)).statistic
    assert found.measured == "steps"
    assert found.distance.value == pytest.approx(oracle)
    shuffled = np.random.default_rng(1).permutation(sides[1])
    assert compared(sides[0], shuffled).measured == "values"


def test_a_clock_tells_effective_rows_and_the_least_tolerance() -> None:
    rng = np.random.default_rng(9)
    time = np.cumsum(rng.integers(1, 2000, (2, 40_000)), axis=1)
    free, slow = rng.normal(size=(2, 40_000)), np.repeat(rng.normal(size=(2, 400)), 100, axis=1)
    sides = [
        pa.table({"t_ns": t, "x": x, "y": y}) for t, x, y in zip(time, free, slow, strict=True)
    ]
    found = karat.compare(*sides)
    assert found.clock == "t_ns"
    alone, repeated = one(found).reach, one(found, "y").reach
    assert alone is not None
    assert repeated is not None
    assert alone.candidate is not None
    assert repeated.candidate is not None
    assert 20_000 < alone.candidate <= 40_000
    assert 100 < repeated.candidate < 1_000
    assert alone.tolerance == one(found).distance.upper + (alone.half_width or 0)
    backwards = sides[0].set_column(0, "t_ns", pa.array(time[0][::-1]))
    again = karat.compare(backwards, sides[1])
    assert again.clock is None
    assert one(again).reach is None
    assert any("never falls" in words for words in again.missing)


def test_texts_that_occur_once_are_not_compared_by_shares() -> None:
    golden = pa.table({"x": [f"id-{n}" for n in range(100)], "n": range(100)})
    found = karat.compare(golden, golden)
    assert "100 different texts in 100 golden rows" in found.uncompared["x"]
    assert found.outcome == "SAME"
    wrong = golden.set_column(0, "x", pa.array(["id-0"] * 100))
    census = karat.compare(wrong, golden, "n").census
    assert census is not None
    assert (census.columns[0].name, census.columns[0].rows) == ("x", 99)


DAY = dt.date(2024, 1, 2)
NOON = dt.datetime(2024, 1, 2)  # noqa: DTZ001 - a file without a zone
ALIKE = {
    "whole and floating": (pa.array([1, 2]), pa.array([1.0, 2.0])),
    "narrow and wide": (pa.array([1, 2], pa.uint8()), pa.array([1, 2], pa.int64())),
    "decimals": (pa.array([Decimal("0.10")]), pa.array([Decimal("0.1000")])),
    "units": (pa.array([1000], pa.timestamp("ms")), pa.array([1], pa.timestamp("s"))),
    "zones": (pa.array([5], pa.timestamp("us", "Europe/Paris")), pa.array([5], pa.timestamp("us"))),
    "dates": (pa.array([DAY]), pa.array([NOON])),
    "clocks": (pa.array([7], pa.time32("ms")), pa.array([7000], pa.time64("us"))),
    "spans": (pa.array([2], pa.duration("s")), pa.array([2000], pa.duration("ms"))),
    "texts": (pa.array(["a", None]).dictionary_encode(), pa.array(["a", None], pa.large_string())),
    "bytes": (pa.array([b"a"]), pa.array([b"a"], pa.large_binary())),
    "flags": (pa.array([True, None]), pa.array([True, None])),
    "nothing": (pa.nulls(2), pa.array([None, None], pa.float64())),
    "nothing of times": (pa.nulls(1), pa.array([None], pa.timestamp("s"))),
    "nothing at all": (pa.nulls(3), pa.nulls(3)),
}


@pytest.mark.parametrize("name", ALIKE)
def test_types_meet_where_values_are_equal(name: str) -> None:
    a, b = (pa.chunked_array([column]) for column in ALIKE[name])
    for left, right in ((a, b), (b, a)):
        met = meet("x", left, right)
        assert met.equal
        assert met.candidate.values.dtype == met.golden.values.dtype


@pytest.mark.parametrize(
    ("a", "b", "told"),
    [
        (pa.array([1]), pa.array(["1"]), "candidate is int64, golden is string: cast one"),
        (pa.array([True]), pa.array([1]), "candidate is bool, golden is int64"),
        (pa.array([b"a"]), pa.array(["a"]), "candidate is binary, golden is string"),
        (pa.array([2**53 + 1]), pa.array([0.5]), "no float64"),
        (pa.array([2**63], pa.uint64()), pa.array([1]), "does not fit int64"),
        (pa.array([[1]]), pa.array([[1]]), "take 'x' apart"),
        (pa.array([1], pa.duration("s")), pa.array([1], pa.timestamp("s")), "cast one"),
        (pa.array([2**62], pa.timestamp("s")), pa.array([1], pa.timestamp("ns")), "cast one"),
    ],
)
def test_types_that_do_not_meet_say_why(a: pa.Array, b: pa.Array, told: str) -> None:
    with pytest.raises(InputError, match=told):
        meet("x", pa.chunked_array([a]), pa.chunked_array([b]))
    found = karat.compare(pa.table({"x": a, "y": [1]}), pa.table({"x": b, "y": [1]}))
    assert told in found.uncompared["x"]
    assert found.outcome == "INCONCLUSIVE"


def test_values_are_shown_as_the_file_holds_them() -> None:
    stamps = [pa.array([n], pa.timestamp("ns", "UTC")) for n in (1, 2)]
    for column, text in (
        (stamps, "1970-01-01 00:00:00.000000001"),
        ([pa.array([DAY]), pa.array([DAY])], "2024-01-02 00:00:00"),
        ([pa.array(["é"]), pa.array(["é"])], "é"),
        ([pa.array([b"\xff"]), pa.array([b"\xff"])], "ff"),
    ):
        met = meet("x", *(pa.chunked_array([side]) for side in column))
        assert met.show(met.candidate.values[0]) == text


def test_no_rows_are_no_distance() -> None:
    none = pa.table({"x": pa.array([], pa.int64()), "s": pa.array([], pa.string())})
    found = karat.compare(none, none)
    assert found.outcome == "INCONCLUSIVE"
    assert [column.distance.count for column in found.columns] == [0, 0]
    assert "no values" in str(found)
