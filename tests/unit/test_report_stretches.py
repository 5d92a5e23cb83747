"""The stretches of a day as drawn: each where it begins, the farthest marked and in the title."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karat.report import render, stretches_plot

SECOND = 10**9
START = 1_723_075_200 * SECOND
"""2024-08-08T00:00:00Z."""


def plotted(distances: list[float], most: float | None = None, seconds: int = 600) -> Any:
    starts = START + np.arange(len(distances)) * seconds * SECOND
    return stretches_plot(
        starts, distances, name="spread", width_ns=seconds * SECOND, usual=0.25, most=most
    )


def lines(figure: Any) -> dict[str, Any]:
    return {one.get_gid(): one for one in figure.axes[0].lines if one.get_gid()}


@settings(max_examples=15)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=140), st.one_of(st.none(), st.floats(0.3, 2)))
def test_every_stretch_is_drawn_and_the_farthest_marked(
    distances: list[float], most: float | None
) -> None:
    figure = plotted(distances, most)
    drawn = lines(figure)
    hours, far = drawn["stretches"].get_data()
    assert far.tolist() == distances
    assert hours.tolist() == [at / 6 for at in range(len(distances))]
    worst = int(np.argmax(distances))
    (hour,), (height,) = drawn["worst"].get_data()
    assert (hour, height) == (hours[worst], distances[worst])
    assert drawn["usual"].get_ydata() == [0.25, 0.25]
    assert ("most" in drawn) == (most is not None)
    assert figure.axes[0].get_ylim()[1] >= max([*distances, 0.25, most or 0])


def test_the_title_says_when_and_how_far() -> None:
    figure = plotted([0.1, 0.2, 0.75, 0.3])
    words = [text.get_text() for text in figure.texts]
    assert words[0] == "spread: farthest at 00:20:00 UTC, 0.75 from golden"
    assert words[1] == "4 stretches of 600 s on 2024-08-08 · median 0.25"


def test_without_a_stretch_the_picture_says_so() -> None:
    figure = plotted([])
    assert figure.texts[0].get_text() == "spread: no stretches"


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_a_day_of_ten_seconds_is_a_small_picture_of_equal_bytes(kind: Any) -> None:
    distances = np.random.default_rng(1).random(8640).tolist()
    data = render(plotted(distances, 1.5, 10), kind)
    assert data == render(plotted(distances, 1.5, 10), kind)
    assert len(data) < (60_000 if kind == "png" else 300_000)
