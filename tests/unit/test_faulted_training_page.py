"""The page says what was found, good or not, and draws the same picture of the same numbers."""

import numpy as np
import pytest

from benchmarks.faulted_training import Arm, Found
from benchmarks.faulted_training_page import CASES, PLAN, Page
from benchmarks.real_training import Real
from benchmarks.timing import Took
from karat.report.rendering import render
from karat.training import Rivals

EPISODES = 40


def arm(name: str, mean: float, refused: int = 0, spread: float = 1.0) -> Arm:
    random = np.random.default_rng(len(name))
    return Arm(name, random.normal(mean, spread, (6, EPISODES)), refused, 20, ("c",))


def found(*means: float) -> Found:
    gains = {"do nothing": np.zeros(EPISODES), "by chance": -np.ones(EPISODES)}
    against = Rivals(
        gains | {"as done a step before": np.full(EPISODES, 10.0)}, np.full(EPISODES, 5.0)
    )
    names = ("clean", "lost deltas, 2 %", "stale book, 10 %")
    arms = [arm(n, m, 20 * (n != "clean")) for n, m in zip(names, means, strict=True)]
    return Found(against, tuple(arms))


def test_it_says_what_is_sure_and_what_is_not() -> None:
    told = Page(found(3, 0, 3)).verdict()
    assert "and beats doing nothing" in told
    assert "Measurably worse after lost deltas, 2 %." in told
    assert "**Not** measurably worse after stale book, 10 %." in told
    assert "which is **not** sure" not in told, "3 is surely more than 10 / 5"
    doubtful = Page(found(0, 0, -3)).verdict()
    assert "does **not** surely beat doing nothing" in doubtful
    assert "which is **not** sure" in doubtful
    assert "Measurably worse after stale book, 10 %." in doubtful


def test_every_arm_is_a_line_and_what_was_refused_is_told() -> None:
    page = Page(found(3, 0, 3)).text()
    assert page.count("\n| ") == 1 + 3
    assert "| clean | 0 of 20 |" in page
    assert "| lost deltas, 2 % | 20 of 20 |" in page
    assert "The gate refused 40 of 40;" in page
    assert "*as done a step before*" in page
    assert "{" not in page.replace("{md,svg}", "")


def test_the_page_says_how_long_it_took() -> None:
    page = Page(found(3, 0, 3), took=Took(2400, 1380)).text()
    assert "All of it, the real captures too: 40 minutes by the clock, 23 minutes of one" in page


def test_real_days_are_told_where_there_are_any() -> None:
    own = found(3, 0, 3)
    assert "## Real captures" not in Page(own).text()
    real = Page(own, [Real("binance-spot-btcusdt", 1234, own.against, own.clean)]).text()
    assert "| binance-spot-btcusdt | 1,234, 200 |" in real


def test_the_picture_has_all_arms_and_is_the_same_each_time() -> None:
    page = Page(found(3, 0, 3))
    first, again = (render(page.figure(), "svg") for _ in range(2))
    assert first == again
    words = [text.get_text() for text in page.figure().axes[0].get_yticklabels()]
    assert words == ["clean", "lost deltas, 2 %", "stale book, 10 %"]


def test_the_plan_leaves_a_day_between_training_and_evaluation() -> None:
    days = PLAN.days
    assert len(days) == PLAN.golden + PLAN.train + 1 + PLAN.held
    assert days[PLAN.golden + PLAN.train] not in days[-PLAN.held :]
    assert {fault for fault, _ in CASES} == {"lost_deltas", "side_flip", "stale_book"}
    assert len(PLAN.pin) == 64


@pytest.mark.parametrize("name", ["faulted_training.md", "faulted_training.svg"])
def test_what_is_shown_was_written(name: str) -> None:
    from benchmarks.faulted_training_page import DOCS

    assert (DOCS / name).stat().st_size > 1000
