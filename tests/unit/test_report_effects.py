"""Effects and bounds as drawn: each number where it belongs, and nothing for none."""

from typing import Any

import pytest

from karat.report import bounds_plot, effects_plot, render


def lines(figure: Any) -> dict[str, Any]:
    return {one.get_gid(): one for one in figure.axes[0].lines if one.get_gid()}


def test_each_effect_has_its_interval_and_the_sure_ones_are_full() -> None:
    effects = {"data": (-2.0, -2.5, -1.5), "code": (0.1, -0.2, 0.4)}
    drawn = lines(effects_plot(effects, "Moved by: data", "8 seeds"))
    for name, (value, low, high) in effects.items():
        assert drawn[name].get_xdata().tolist() == [value]
        assert drawn[f"{name} interval"].get_xdata().tolist() == [low, high]
    assert drawn["data"].get_ydata() > drawn["code"].get_ydata()
    assert drawn["code"].get_markerfacecolor() == "white" != drawn["data"].get_markerfacecolor()
    assert set(lines(effects_plot({}, "none", ""))) == {"zero"}


@pytest.mark.parametrize("stopped", [None, 2])
def test_bounds_and_where_they_left_zero(stopped: int | None) -> None:
    figure = bounds_plot([-1.0, 0.1, 0.2], [1.0, 0.9, 0.8], stopped, "b is better")
    drawn = lines(figure)
    assert drawn["low"].get_ydata().tolist() == [-1.0, 0.1, 0.2]
    assert drawn["high"].get_ydata().tolist() == [1.0, 0.9, 0.8]
    assert ("stopped" in drawn) == (stopped is not None)
    assert render(figure, "png") == render(figure, "png")


def test_no_pairs_are_told() -> None:
    assert not lines(bounds_plot([], [], None, "a and b: not sure yet"))
