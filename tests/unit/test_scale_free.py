"""The scale-free distance against every scale there is, in rationals, on small samples."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from karat.distances import Distance, ScaleFree, ks, scale_free, scale_search
from karat.distances.scaled_cells import ScaledCells
from karat.states import ReferenceCounts

Values = NDArray[Any]
ONE = Fraction(1)


def exact(values: Values) -> list[Fraction]:
    return [Fraction(value) for value in values.tolist()]


def to(values: Sequence[Fraction], limit: Fraction) -> Fraction:
    return Fraction(sum(value <= limit for value in values), len(values))


def below(values: Sequence[Fraction], limit: Fraction) -> Fraction:
    return Fraction(sum(value < limit for value in values), len(values))


def supremum(golden: Sequence[Fraction], rows: Sequence[Fraction], scale: Fraction) -> Fraction:
    """Largest difference of the distribution functions of scaled golden and rows."""
    scaled = [scale * g for g in golden]
    return max(abs(at(scaled, x) - at(rows, x)) for x in {*scaled, *rows} for at in (to, below))


def ratios(over: Iterable[Fraction], under: Sequence[Fraction]) -> set[Fraction]:
    """Return 1 and the scales that put one of `under` on one of `over`."""
    return {a / b for a in set(over) for b in under if a * b > 0} | {ONE}


def by_every_scale(golden: Values, rows: Values) -> Fraction:
    """The supremum is lower semicontinuous in the scale: its least value is met at a ratio."""
    left, right = exact(golden), exact(rows)
    return min(supremum(left, right, scale) for scale in ratios(right, left))


def known(
    points: Sequence[Fraction], golden: Sequence[Fraction], limit: Fraction
) -> tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction]]:
    """Bounds of the golden's distribution function and of its left limit, from its points."""
    if limit in points:
        return (to(golden, limit),) * 2, (below(golden, limit),) * 2
    low = max((to(golden, p) for p in points if p < limit), default=Fraction(0))
    both = low, min((below(golden, p) for p in points if p > limit), default=ONE)
    return both, both


def least_known(points: Values, golden: Values, rows: Values) -> Fraction:
    """Least distance that the counts alone imply, at every ratio of points and between them."""
    cells, left, right = exact(points), exact(golden), exact(rows)

    def least(scale: Fraction) -> Fraction:
        found = Fraction(0)
        for p in cells:
            bounds = known(cells, left, p / scale)
            for (low, high), g in zip(bounds, (to(right, p), below(right, p)), strict=True):
                found = max(found, low - g, g - high)
        return found

    cuts = sorted(ratios(cells, cells))
    between = [(a + b) / 2 for a, b in pairwise(cuts)]
    return min(least(scale) for scale in [*cuts, *between, cuts[0] / 2, cuts[-1] * 2])


def sample(rng: Generator) -> tuple[Values, Values]:
    """Two samples of up to 12 values with ties: positive, of both signs, or dyadic floats."""
    width, kind = int(rng.integers(2, 9)), int(rng.integers(0, 3))
    low = 1 if kind == 0 else -3
    golden, rows = (rng.integers(low, low + width, rng.integers(1, 13)) for _ in "gr")
    return (golden * 0.5, rows * 0.375) if kind == 2 else (golden, rows * rng.integers(1, 3))


@pytest.mark.parametrize("block", range(4))
def test_the_true_distance_lies_within_the_bounds(block: int) -> None:
    rng = default_rng(block)
    for _ in range(25):
        golden, rows = sample(rng)
        stat = ReferenceCounts.from_golden(golden, (None, 2, 4)[int(rng.integers(0, 3))])
        state = stat.observe(rows)
        found, true = scale_free(stat, state).distance, by_every_scale(golden, rows)
        assert found.lower <= true <= found.upper <= ks(stat, state).upper
        assert found.lower == least_known(stat.points, golden, rows)
        inside = [0, *state.counts[state.cells % 2 == 0].tolist()]
        slack = Fraction(int(stat.golden[::2].max()), stat.rows) + Fraction(max(inside), state.rows)
        assert found.upper - found.lower <= slack


@pytest.mark.parametrize("low", [1, -4])
def test_it_is_exact_on_a_grid_and_the_scale_attains_it(low: int) -> None:
    rng = default_rng(low + 10)
    for _ in range(25):
        golden = np.append(np.arange(low, low + 9), rng.integers(low, low + 9, 8))
        rows = rng.integers(low, low + 9, 10)
        stat = ReferenceCounts.from_golden(golden, None)
        found = scale_free(stat, stat.observe(rows))
        assert found.distance.exact
        assert found.distance.lower == by_every_scale(golden, rows)
        assert supremum(exact(golden), exact(rows), found.scale) == found.distance.lower


def test_a_stretched_golden_is_no_further_than_its_scale() -> None:
    rng = default_rng(3)
    golden, shape = rng.lognormal(12, 1, 40_000), rng.lognormal(12, 1.3, 40_000)
    stat = ReferenceCounts.from_golden(golden.astype(np.int64))
    one = stat.observe((golden * 1.25).astype(np.int64))
    found, raw = scale_free(stat, one), ks(stat, one)
    assert raw.low > 0.08
    assert found.distance.high < 6 / 4096
    assert float(found.scale) == pytest.approx(1.25, rel=0.002)
    assert found.words(raw).startswith("golden x 1.25 fits best: D goes from 0.0")
    assert found.words(raw).endswith("mostly scale")
    other = stat.observe(shape.astype(np.int64))
    kept = scale_free(stat, other)
    assert kept.distance.upper - kept.distance.lower <= Fraction(3, 4096)
    assert kept.distance.low > 0.05
    assert kept.words(ks(stat, other)).endswith("mostly shape")


def test_a_search_that_stops_early_is_wider_and_still_certain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = default_rng(4)
    stat = ReferenceCounts.from_golden(rng.integers(1, 400, 3000), None)
    state = stat.observe(rng.integers(1, 300, 2000))
    done = scale_free(stat, state).distance
    assert done.exact
    before = Distance(Fraction(0), ks(stat, state).upper, state.rows)
    monkeypatch.setattr(scale_search, "WORK", 0)
    for splits in (0, 1, 3, 8):
        monkeypatch.setattr(scale_search, "LEAST_SPLITS", splits)
        early = scale_free(stat, state).distance
        assert before.lower <= early.lower <= done.lower <= early.upper <= before.upper
        assert not early.exact
        before = early


def by_bisection(points: Values, scale: Fraction) -> list[int]:
    whole = exact(points)
    return [sum(p < q / scale for p in whole) + sum(p <= q / scale for p in whole) for q in whole]


POINTS = {
    "small": np.arange(-6, 13),
    "extreme": np.array([-(2**63), 1 - 2**63, -3, 0, 2**62, 2**62 + 1, 2**63 - 2, 2**63 - 1]),
    "floats": np.array([-1.5, -0.1, 0.0, 0.1, 0.2, 0.3, 0.6, 1.1, 1e15, 3e15]),
    "tiny": np.array([5e-324, 1e-323, 1e-310, 2e-308, 1.0]),
    "huge": np.array([-1.7e308, -1e300, 1e290, 1.6e308, 1.7e308]),
}


@pytest.mark.parametrize("points", POINTS.values(), ids=POINTS)
def test_quotients_are_placed_exactly(points: Values) -> None:
    whole = [value for value in exact(points) if value]
    wide = Fraction(2**64)
    exactly = {abs(a / b) for a in whole for b in whole} | {Fraction(10**19 + 1, 10**19), wide}
    for scale in sorted(s for s in exactly if 1 / wide <= s <= wide):
        assert ScaledCells(points).cells(scale).tolist() == by_bisection(points, scale)


def test_infinities_stay_where_they_are() -> None:
    points = np.array([-np.inf, -1.0, 2.0, np.inf])
    assert ScaledCells(points).cells(Fraction(1, 2)).tolist() == [1, 2, 6, 7]
    stat = ReferenceCounts.from_golden(points)
    found = scale_free(stat, stat.observe(np.array([-np.inf, np.inf, np.inf, np.inf])))
    assert found.distance == Distance(Fraction(1, 2), Fraction(1, 2), 4)


def test_nothing_to_stretch_leaves_the_distance_as_it_is() -> None:
    stat = ReferenceCounts.from_golden(np.array([0, 0]), None)
    state = stat.observe(np.array([0, 1, 2, 3]))
    assert scale_free(stat, state) == ScaleFree(ks(stat, state), ONE)
    same = stat.observe(np.array([0, 0, 0]))
    assert scale_free(stat, same).words(ks(stat, same)).endswith("no difference")


def test_no_rows_give_no_distance() -> None:
    nothing = ReferenceCounts.from_golden(np.array([np.nan]))
    stat = ReferenceCounts.from_golden(np.array([1.0]))
    for empty in (
        scale_free(nothing, nothing.observe(np.array([1.0]))),
        scale_free(stat, stat.empty()),
    ):
        assert (empty.distance.count, empty.scale) == (0, ONE)
        assert empty.words(Distance.none()) == "no rows to compare"


def test_products_beyond_int64_are_computed_in_python() -> None:
    stat = ReferenceCounts(np.array([1, 2, 4]), np.array([0, 2**40, 0, 2**40, 0, 0, 0]))
    state = stat.observe(np.array([2, 2, 4, 4]))
    for _ in range(30):
        state = stat.merge(state, state)
    assert stat.rows * state.rows > 2**63
    found = scale_free(stat, state)
    assert found == ScaleFree(Distance(Fraction(0), Fraction(0), state.rows), Fraction(2))


def test_cells_that_do_not_tell_say_so() -> None:
    stat = ReferenceCounts.from_golden(np.array([1, 2]), None)
    far = stat.observe(np.array([7, 8]))
    found = scale_free(stat, far)
    assert found.distance.lower == 0
    assert found.words(ks(stat, far)).endswith("cannot tell scale from shape")


def test_one_cell_tells_neither_scale_nor_shape() -> None:
    stat = ReferenceCounts.from_golden(np.arange(9), cells=1)
    assert stat.points.size == 0
    state = stat.observe(np.arange(20))
    found = scale_free(stat, state)
    assert (found.distance, found.scale) == (ks(stat, state), ONE)
    assert found.distance == Distance(Fraction(0), ONE, 20)
    assert "cannot tell scale from shape" in found.words(ks(stat, state))
