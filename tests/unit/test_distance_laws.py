"""Laws of distances: who is golden, three sides, moved rows, finer cells, and what bounds what."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from numpy.typing import NDArray

from karat.distances import (
    Distance,
    acf_distance,
    atom_distance,
    contained,
    jaccard,
    ks,
    scale_free,
    total_variation,
    variance_ratio_distance,
)
from karat.states import ACF, Atoms, NGramSketch, ReferenceCounts, VarianceRatio

LEAST, MOST = -(2**63), 2**63 - 1
Int64s = NDArray[np.int64]
few = settings(max_examples=60)
some = st.lists(st.integers(-4, 9), min_size=1, max_size=40)
far = st.lists(st.one_of(st.integers(-3, 3), st.integers(LEAST, MOST)), min_size=1, max_size=30)
floats = st.lists(
    st.one_of(st.floats(allow_nan=False), st.sampled_from([0.0, -0.0, np.inf, -np.inf, 5e-324])),
    min_size=1,
    max_size=30,
)


def exact(golden: list[int], rows: list[int]) -> Distance:
    stat = ReferenceCounts.from_golden(np.array(golden, np.int64), None)
    return ks(stat, stat.observe(np.array(rows, np.int64)))


def by_definition(golden: list[float], rows: list[float]) -> Fraction:
    def share(side: list[float], limit: float) -> Fraction:
        return Fraction(sum(value <= limit for value in side), len(side))

    return max(abs(share(golden, x) - share(rows, x)) for x in {*golden, *rows})


@few
@given(far, far, far)
def test_ks_is_a_metric_between_rows(a: list[int], b: list[int], c: list[int]) -> None:
    ab, bc, ac = exact(a, b), exact(b, c), exact(a, c)
    assert ab.lower == exact(b, a).lower == by_definition([*a], [*b])
    assert ac.lower <= ab.lower + bc.lower
    assert exact(a, a).lower == 0
    assert (ab.lower == 0) == (exact(a * 2, b * 3).lower == 0)


@few
@given(some, some)
def test_ks_knows_only_the_order_of_values(a: list[int], b: list[int]) -> None:
    there = exact(a, b).lower
    assert exact([x**3 + 7 for x in a], [x**3 + 7 for x in b]).lower == there
    assert exact([-x for x in a], [-x for x in b]).lower == there


@few
@given(some, some)
def test_no_order_of_values_is_further_than_their_shares(a: list[int], b: list[int]) -> None:
    left, right = (Atoms().observe(np.array(side)) for side in (a, b))
    shares, one = total_variation(left, right), atom_distance(left, right)
    assert exact(b, a).lower <= shares.lower
    assert one.lower <= min(shares.lower, 2 * exact(b, a).lower)
    assert total_variation(right, left).lower == shares.lower
    assert atom_distance(right, left).lower == one.lower


@few
@given(some, some, some)
def test_atoms_keep_the_triangle(a: list[int], b: list[int], c: list[int]) -> None:
    x, y, z = (Atoms().observe(np.array(side)) for side in (a, b, c))
    for distance in (atom_distance, total_variation):
        assert distance(x, z).lower <= distance(x, y).lower + distance(y, z).lower
        assert distance(x, Atoms().merge(x, x)).lower == 0


@few
@given(st.one_of(far, floats), st.one_of(far, floats), st.data())
def test_every_coarsening_brackets_the_exact_distance(
    a: list[float], b: list[float], data: st.DataObject
) -> None:
    whole = all(isinstance(x, int) for x in (*a, *b))
    assume(whole or not any(isinstance(x, int) for x in (*a, *b)))
    kind = np.int64 if whole else np.float64
    golden, rows = np.array(a, kind), np.array(b, kind)
    full = ReferenceCounts.from_golden(golden, None)
    true = by_definition(a, b)
    levels = sorted({*data.draw(st.lists(st.integers(1, 40), max_size=4)), 1, 2, 5}, reverse=True)
    found = [ks(full, full.observe(rows))]
    stat, state = full, full.observe(rows)
    for cells in levels:
        coarse = stat.coarser(cells)
        state, stat = stat.coarsen(state, coarse), coarse
        assert state == coarse.observe(rows)
        found.append(ks(coarse, state))
    assert found[0].lower == found[0].upper == true
    for finer, wider in pairwise(found):
        assert wider.lower <= finer.lower <= true <= finer.upper <= wider.upper


@few
@given(some, some, st.integers(2, 9))
def test_a_stretched_golden_is_as_near_as_the_golden(a: list[int], b: list[int], by: int) -> None:
    golden, rows = np.array(a), np.array(b)
    stat, wide = (ReferenceCounts.from_golden(side, None) for side in (golden, golden * by))
    raw, free = ks(stat, stat.observe(rows)), scale_free(stat, stat.observe(rows)).distance
    assert 0 <= free.lower <= free.upper <= raw.upper
    both = scale_free(wide, wide.observe(rows * by)).distance
    assert both.lower <= free.upper
    assert free.lower <= both.upper
    alone = scale_free(stat, stat.observe(golden)).distance
    assert alone.lower == alone.upper == 0


@few
@given(st.lists(far, min_size=3, max_size=3))
def test_differences_of_numbers_keep_the_triangle(sides: list[list[int]]) -> None:
    lags = [ACF(2).observe(np.array(side, np.int64)) for side in sides]
    ratios = [VarianceRatio(2).observe(np.array(side, np.int64)) for side in sides]
    acf = [[acf_distance(p, q) for q in lags] for p in lags]
    ratio = [[variance_ratio_distance(p, q) for q in ratios] for p in ratios]
    for found in (acf, ratio):
        if all(one.count for row in found for one in row):
            assert [found[n][n].lower for n in range(3)] == [0, 0, 0]
            assert found[0][1].lower == found[1][0].lower
            assert found[0][2].lower <= found[0][1].lower + found[1][2].lower
    assert all(one.upper <= 2 for row in acf for one in row)


@few
@given(some, some)
def test_what_two_sketches_share_is_what_sets_share(a: list[int], b: list[int]) -> None:
    stat = NGramSketch(2, 64)
    left, right = (stat.observe(np.array(side)) for side in (a, b))
    ours, theirs = ({*pairwise(side)} for side in (a, b))
    there, back = jaccard(stat, left, right), jaccard(stat, right, left)
    assert there == back
    found, other = contained(stat, left, right), contained(stat, right, left)
    if not (ours and theirs):
        assert (there, found, other) == (None, None, None)
        return
    assert there is not None
    assert found is not None
    assert other is not None
    assert (there.share, there.margin) == (Fraction(len(ours & theirs), len(ours | theirs)), 0)
    assert (found.common, found.sampled) == (len(ours & theirs), len(ours))
    assert there.share <= min(found.share, other.share)


@pytest.mark.parametrize("times", [1, 2**20, 2**40])
def test_many_times_the_same_rows_are_as_far(times: int) -> None:
    """Counts whose products int64 does not hold give the fractions that small ones give."""
    rng = default_rng(9)
    golden, rows = rng.integers(0, 9, 50), rng.integers(0, 12, 70)
    stat = ReferenceCounts.from_golden(golden, 4)
    state = stat.observe(rows)
    many = type(state)(state.cells, state.counts * times, 0)
    wide = ReferenceCounts(stat.points, stat.golden * times)
    for one in (ks(stat, many), ks(wide, state), ks(wide, many)):
        assert (one.lower, one.upper) == (ks(stat, state).lower, ks(stat, state).upper)
    near, far_ = scale_free(stat, state), scale_free(wide, many)
    assert (near.distance.lower, near.scale) == (far_.distance.lower, far_.scale)
