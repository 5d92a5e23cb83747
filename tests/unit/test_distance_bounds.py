"""What distances promise: brackets that hold and narrow, ties decided exactly, nulls left out."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from karat.distances import (
    Distance,
    cell_variation,
    chi_squared,
    cramer_von_mises,
    hellinger,
    jensen_shannon,
    ks,
    kuiper,
    likelihood_ratio,
    mann_whitney,
    psi,
    quantile_moved,
    quantile_shift,
    scale_free,
    total_variation,
    wasserstein,
)
from karat.errors import InputError
from karat.states import Categories, GapSums, ReferenceCounts

rows = st.lists(st.none() | st.integers(-3, 25), max_size=60)
few = settings(max_examples=60)


def brute(golden: list[int | None], seen: list[int | None]) -> Fraction:
    """The largest difference at any value, and just below it."""
    a, b = ([value for value in side if value is not None] for side in (golden, seen))

    def share(side: list[int], limit: float) -> Fraction:
        return Fraction(sum(value <= limit for value in side), len(side))

    limits = [value - below for value in {*a, *b} for below in (0, 0.5)]
    return max(abs(share(a, limit) - share(b, limit)) for limit in limits)


def column(values: list[int | None]) -> pa.Array:
    return pa.array(values, pa.int32())


@few
@given(golden=rows, seen=rows)
def test_the_bracket_holds_and_narrows_from_level_to_level(
    golden: list[int | None], seen: list[int | None]
) -> None:
    assume(any(value is not None for value in golden))
    assume(any(value is not None for value in seen))
    full = ReferenceCounts.from_golden(column(golden), None)
    state = full.observe(column(seen))
    exact = brute(golden, seen)
    assert ks(full, state) == Distance(exact, exact, len(seen) - seen.count(None))
    for cells in (1, 2, 3, 7, 30):
        coarse = full.coarser(cells)
        found = ks(coarse, full.coarsen(state, coarse))
        assert found.lower <= exact <= found.upper
        assert found.upper - found.lower <= Fraction(1, cells)
        again = coarse.coarser(max(1, cells // 2))
        wider = ks(again, coarse.coarsen(full.coarsen(state, coarse), again))
        # The points of a level made of another are among its points: it knows no more.
        assert wider.lower <= found.lower
        assert wider.upper >= found.upper


@few
@given(golden=rows.filter(len), seen=rows)
def test_verdicts_of_a_coarse_level_are_never_taken_back(
    golden: list[int | None], seen: list[int | None]
) -> None:
    full = ReferenceCounts.from_golden(column(golden), None)
    exact = ks(full, full.observe(column(seen)))
    for cells in (1, 4):
        found = ks(full.coarser(cells), full.coarser(cells).observe(column(seen)))
        for threshold in (Fraction(n, 12) for n in range(13)):
            decided = found.exceeds(threshold)
            assert decided is None or decided == exact.exceeds(threshold)


@pytest.mark.parametrize("shift", [-100, 100])
@pytest.mark.parametrize("cells", [None, 1, 3])
def test_all_on_one_side_is_as_far_as_can_be(shift: int, cells: int | None) -> None:
    golden = np.arange(20)
    stat = ReferenceCounts.from_golden(golden, cells)
    found = ks(stat, stat.observe(golden + shift))
    # The outermost gap of a coarse level may hold golden values beyond its last point.
    least = Fraction(1) if cells is None else 1 - Fraction(1, cells)
    assert least <= found.lower <= found.upper == 1


def test_a_single_golden_value_splits_the_line_in_three() -> None:
    stat = ReferenceCounts.from_golden(np.array([5, 5, 5]), 1)
    for seen, far in (([5], 0), ([4, 5], "1/2"), ([5, 6, 6], "2/3"), ([4, 6], "1/2"), ([4], 1)):
        found = ks(stat, stat.observe(np.array(seen)))
        assert found.lower == found.upper == Fraction(far)


@pytest.mark.parametrize("parts", [3, 7, 10, 97, 10**9 + 7])
def test_a_tie_with_the_threshold_is_no_excess(parts: int) -> None:
    limit = Fraction(1, parts)
    at = Distance(limit, limit, 5)
    assert [at.exceeds(t) for t in (limit, f"1/{parts}", str(limit))] == [False] * 3
    assert at.exceeds(limit - Fraction(1, 10**30)) is True
    assert at.exceeds(limit + Fraction(1, 10**30)) is False
    below = Distance(limit - Fraction(1, 10**30), limit, 5)
    assert below.exceeds(limit) is False
    assert below.exceeds(below.lower) is None
    assert not below.exact


@pytest.mark.parametrize("text", ["1/0", "0/0", "", "x", "1/2/3", "inf", "-inf", "nan", "0x1"])
def test_what_is_no_threshold_is_told(text: str) -> None:
    with pytest.raises(InputError, match="is not a number such as"):
        Distance(Fraction(0), Fraction(0), 1).exceeds(text)


def test_numbers_of_numpy_are_thresholds_too() -> None:
    tenth = Distance(Fraction(1, 10), Fraction(1, 10), 1)
    assert tenth.exceeds(np.float64(0.1)) is False
    assert tenth.exceeds("1e-1") is False
    assert tenth.exceeds(-1) is True


@few
@given(parts=st.lists(rows, min_size=3, max_size=3))
def test_total_variation_is_a_metric_between_shares(parts: list[list[int | None]]) -> None:
    assume(all(parts))
    a, b, c = (Categories().observe(column(part)) for part in parts)
    ab, bc, ac = (total_variation(*pair).lower for pair in ((a, b), (b, c), (a, c)))
    assert 0 <= ac <= min(Fraction(1), ab + bc)
    # Twice the same rows are the same shares.
    assert total_variation(Categories().merge(a, a), b).lower == ab


@pytest.mark.parametrize(
    "distance",
    [
        *(ks, kuiper, mann_whitney, cramer_von_mises, quantile_shift, quantile_moved, scale_free),
        *(cell_variation, chi_squared, psi, jensen_shannon, hellinger, likelihood_ratio),
    ],
)
@pytest.mark.parametrize("size", [20, 5000])
def test_a_state_of_another_golden_is_refused(distance: Callable[..., object], size: int) -> None:
    """Cells beyond golden's would be read from whatever memory lies behind them."""
    ours, theirs = (ReferenceCounts.from_golden(np.arange(n), None) for n in (10, size))
    state = theirs.observe(np.arange(size))
    with pytest.raises(InputError, match=f"cell {2 * size - 1} is none of these 21 cells"):
        distance(ours, state)
    with pytest.raises(InputError, match="observe its rows with this statistic"):
        ours.coarsen(state, ours)


def test_sums_of_another_golden_are_refused() -> None:
    ours, theirs = (GapSums(ReferenceCounts.from_golden(np.arange(n), None)) for n in (10, 20))
    golden, state = (stat.observe(np.arange(30)) for stat in (ours, theirs))
    with pytest.raises(InputError, match="none of these 21 cells"):
        wasserstein(ours, golden, state)
