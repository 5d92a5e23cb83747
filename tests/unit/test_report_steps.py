"""Distribution functions as drawn: their corners are exact, and thinning moves nothing."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from karat.distances import ks
from karat.report.steps import candidate_steps, golden_steps, thinned, widest
from karat.states import ReferenceCounts

VALUES = st.lists(st.integers(-20, 20), min_size=1, max_size=60).map(np.array)
CELLS = st.one_of(st.none(), st.integers(1, 12))


def shares(values: Any, points: Any) -> list[float]:
    """Return the shares below and at or below each point, between 0 and 1, by counting."""
    pairs = ([float((values < p).mean()), float((values <= p).mean())] for p in points)
    return [0.0, *(share for pair in pairs for share in pair), 1.0]


@given(golden=VALUES, rows=VALUES, cells=CELLS)
def test_corners_are_counted_shares(golden: Any, rows: Any, cells: int | None) -> None:
    stat = ReferenceCounts.from_golden(golden, cells)
    for steps, values in (
        (golden_steps(stat), golden),
        (candidate_steps(stat, stat.observe(rows)), rows),
    ):
        assert np.allclose(steps.share, shares(values, stat.points), rtol=0, atol=1e-12)
        assert steps.share.size == 2 * stat.points.size + 2
        assert (np.diff(steps.share) >= 0).all()


@given(golden=VALUES, rows=VALUES, cells=CELLS)
def test_the_widest_corner_is_where_ks_is_attained(golden: Any, rows: Any, cells: Any) -> None:
    stat = ReferenceCounts.from_golden(golden, cells)
    state = stat.observe(rows)
    a, b = golden_steps(stat), candidate_steps(stat, state)
    peak = widest(a, b)
    assert abs(abs(a.share[peak] - b.share[peak]) - float(ks(stat, state).lower)) < 1e-12
    assert widest(b, a) == peak


@given(golden=VALUES)
def test_corners_stand_at_their_points_and_at_the_ends(golden: Any) -> None:
    stat = ReferenceCounts.from_golden(golden, None)
    x = golden_steps(stat).at(-30.0, 30.0)
    assert (x[0], x[-1]) == (-30.0, 30.0)
    assert x[1:-1].tolist() == [float(p) for p in stat.points for _ in "ab"]


def test_what_lies_beyond_an_axis_stands_at_its_end() -> None:
    stat = ReferenceCounts.from_golden(np.array([-np.inf, 0.0, np.inf]), None)
    assert golden_steps(stat).at(-1.0, 1.0).tolist() == [-1, -1, -1, 0, 0, 1, 1, 1]


RISES = st.lists(st.tuples(st.floats(0, 3), st.floats(0, 3)), min_size=1, max_size=300)


@given(rises=RISES, data=st.data())
def test_thinning_moves_nothing_by_a_pixel(rises: Any, data: Any) -> None:
    pixels = np.cumsum(np.array(rises), axis=0)
    peak = data.draw(st.integers(0, len(rises) - 1))
    kept = thinned(pixels, peak)
    assert {0, peak, len(rises) - 1} <= set(kept.tolist())
    assert (np.diff(kept) > 0).all()
    before = kept[np.searchsorted(kept, np.arange(len(rises)), "right") - 1]
    assert (np.abs(pixels - pixels[before]) < 1).all()


@given(rises=RISES)
def test_what_is_kept_is_bounded_by_the_picture(rises: Any) -> None:
    pixels = np.cumsum(np.array(rises), axis=0)
    kept = thinned(pixels, 0)
    across, up = np.ceil(pixels[-1] - pixels[0]) + 1
    assert kept.size <= across + up + 2


def test_thinning_leaves_a_short_line_alone() -> None:
    far_apart = np.array([[0.0, 0.0], [5.0, 0.0], [5.0, 9.0]])
    assert thinned(far_apart, 1).tolist() == [0, 1, 2]
