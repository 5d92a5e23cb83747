"""Autocorrelations as drawn: every lag, and the bar where they differ most."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karat.distances import acf_distance
from karat.errors import InputError
from karat.report import acf_plot, render
from karat.states import ACF

COLUMNS = st.lists(st.integers(-5, 5), min_size=1, max_size=40).map(np.array)


def lines(figure: Any) -> dict[str, Any]:
    return {one.get_gid(): one for one in figure.axes[0].lines if one.get_gid()}


@settings(max_examples=15)
@given(golden=COLUMNS, candidate=COLUMNS, lags=st.integers(1, 6))
def test_every_lag_is_drawn_and_the_widest_marked(golden: Any, candidate: Any, lags: int) -> None:
    a, b = ACF(lags).observe(golden), ACF(lags).observe(candidate)
    distance, drawn = acf_distance(b, a), lines(acf_plot(a, b, name="sign"))
    if not drawn:
        assert np.isnan([*a.correlations(), *b.correlations()]).all()
        return
    for who, state in (("golden", a), ("candidate", b)):
        assert drawn[who].get_xdata().tolist() == list(range(1, lags + 1))
        assert np.array_equal(drawn[who].get_ydata(), state.correlations(), equal_nan=True)
    assert ("largest" in drawn) == (distance.count > 0 and distance.upper > 0)
    if "largest" in drawn:
        (lag, other), ends = drawn["largest"].get_data()
        assert lag == other
        assert abs(abs(ends[0] - ends[1]) - distance.value) < 1e-12
        assert list(ends) == [state.correlations()[lag - 1] for state in (a, b)]


def test_the_title_is_the_finding() -> None:
    golden, candidate = (
        ACF(2).observe(np.array([1, 1, 1, 5])),
        ACF(2).observe(np.array([1, -1, 1, -1, 1, -1])),
    )
    figure = acf_plot(golden, candidate, name="trade sign")
    differences = np.subtract(golden.correlations(), candidate.correlations())
    lag = int(np.abs(differences).argmax()) + 1
    widest = f"{np.abs(differences).max():.3g}"
    assert figure.texts[0].get_text() == (
        f"trade sign: largest difference {widest} at lag {lag}, n 6"
    )
    assert figure.texts[1].get_text() == "golden 4 rows · candidate 6 rows"


def test_equal_sides_have_no_mark() -> None:
    state = ACF(3).observe(np.array([1, 2, 4, 4, 1]))
    figure = acf_plot(state, state, name="sign")
    assert "largest" not in lines(figure)
    assert figure.texts[0].get_text().startswith("sign: largest difference 0 at lag 1")


@pytest.mark.parametrize("rows", [[], [7], [3, 3, 3, 3], [1, 2]])
def test_a_side_without_autocorrelation_is_named(rows: list[int]) -> None:
    golden = ACF(3).observe(np.array([1, 2, 4, 4, 1]))
    short = ACF(3).observe(np.array(rows, np.int64))
    figure = acf_plot(golden, short, name="sign")
    assert figure.texts[0].get_text() == "sign: candidate too short or all equal"
    assert "largest" not in lines(figure)
    swapped = acf_plot(short, golden, name="sign")
    assert swapped.texts[0].get_text() == "sign: golden too short or all equal"
    assert render(figure, "png") != render(swapped, "png")


def test_nothing_on_either_side_says_so() -> None:
    figure = acf_plot(ACF(3).empty(), ACF(3).empty(), name="sign")
    assert figure.texts[0].get_text() == "sign: no autocorrelation"
    assert not lines(figure)


def test_unequal_lags_are_refused() -> None:
    with pytest.raises(InputError, match="3 lags and 2"):
        acf_plot(ACF(2).empty(), ACF(3).empty(), name="sign")
