"""Effects and bounds as drawn: each number where it belongs, and nothing for none."""

from typing import Any

import numpy as np
import pytest

from karat.feedback import Factorial, attribute
from karat.feedback.picture import attribution_plot
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


@pytest.mark.parametrize("count", [1, 4, 9])
def test_no_word_lies_on_another_effect(count: int) -> None:
    effects = {f"effect number {n}": (n / 9, n / 9 - 1, n / 9 + 1) for n in range(count)}
    figure = effects_plot(effects, "All of them", "8 seeds", "half ticks a lot")
    axes = figure.axes[0]
    render(figure, "png")
    rows = [axes.transData.transform((0, at))[1] for at in range(count)]
    assert [one.get_text() for one in axes.get_yticklabels()] == list(reversed(effects))
    for own, words in zip(rows, axes.texts, strict=True):
        assert words.get_bbox_patch() is not None, "a line behind a number would cross it out"
        box = words.get_window_extent()
        assert not any(box.y0 - 3 <= row <= box.y1 for row in rows), "the line of no effect"
        assert box.y0 > own
        assert box.y1 <= axes.bbox.y1 + 1
    for name in axes.get_yticklabels():
        assert name.get_window_extent().x0 >= 0, "no name is cut off"
    assert axes.get_xlabel() == "half ticks a lot"


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


def test_an_attribution_says_what_changed_and_no_word_of_it_is_cut_off() -> None:
    """Of long names too, where both changed."""
    scores = np.zeros((2, 2, 5))
    scores[1] = [[-3.0, -3.1, -2.9, -3.0, -3.2]] * 2
    between = "golden-steps@10.0.0 to golden-steps@10.10.1, code e0ba5cea1c70 to 15c7abbe0927"
    figure = attribution_plot(
        attribute(Factorial(scores, tuple("abcde"))), "half ticks a lot", between
    )
    words = [one.get_text() for one in figure.texts]
    assert words == ["Moved by: data", f"{between}; 5 seeds, intervals of 95 %"]
    axis = figure.axes[0].get_xlabel()
    assert axis == "change of worth a step, half ticks a lot; a full point is surely not 0"
