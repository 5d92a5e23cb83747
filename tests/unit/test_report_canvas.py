"""What all pictures share: bytes that repeat, text that can be read, and settings left alone."""

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
import pytest

from karat.report import acf_plot, calendar_plot, ecdf_plot, render, score_plot
from karat.report.canvas import WIDTH, notice, panel
from karat.report.looks import LOOKS, Mark
from karat.report.rendering import style
from karat.states import ACF, ReferenceCounts
from karat.verdicts import Finding, Outcome, Verdict
from karat.verdicts.verdict import Inputs

NAMES = ["binance-usdm-btcusdt", "binance-coinm-btcusd_perp", "binance-spot-btcusdt"]


def verdict(instrument: str, day: int, score: float | None, hour: str = "") -> Verdict:
    partition = f"{instrument}/2024-0{1 + day // 28}-{1 + day % 28:02}{hour}"
    numbers = {} if score is None else {"score": score, "score_high": 1.1 * score, "q": 2.0}
    outcome = Outcome.INCONCLUSIVE if score is None else Outcome.FAIL if score > 2 else Outcome.PASS
    found = Finding("unpaired", "gate", "score", outcome, "", numbers)
    return Verdict(Inputs("events", partition, "", (), "", "", "", "", 1), (found,))


def many(names: list[str], days: int, hour: str = "") -> list[Verdict]:
    scores = np.random.default_rng(2).gamma(6, 0.2, days * len(names)).tolist()
    drawn = [verdict(name, day, scores.pop(), hour) for name in names for day in range(days)]
    return [*drawn, verdict(names[0], days, None, hour)]


def ecdf(golden: Any, rows: Any, cells: int | None = None, name: str = "size_lots") -> Any:
    stat = ReferenceCounts.from_golden(np.array(golden), cells)
    return ecdf_plot(stat, stat.observe(np.array(rows)), name=name, unit="lots")


def acf(rows: int, lags: int = 20) -> Any:
    values = np.random.default_rng(5).integers(-9, 9, 500)
    return acf_plot(ACF(lags).observe(values), ACF(lags).observe(values[:rows]), name="sign")


CASES: dict[str, Callable[[], Any]] = {
    "ecdf": lambda: ecdf(range(1, 3_000), range(1, 2_000, 3)),
    "coarse": lambda: ecdf(np.arange(1, 3_000) ** 2, np.arange(1, 2_500) ** 2, 16),
    "price": lambda: ecdf(range(634_000, 635_000), range(634_400, 634_900), None, "price_ticks"),
    "right": lambda: ecdf(range(1_000), [999, 999, 999]),
    "left": lambda: ecdf(range(1_000), [0, 0, 0]),
    "no rows": lambda: ecdf([1, 2], [2, 2][:0]),
    "no golden": lambda: ecdf(np.arange(0), np.arange(0)),
    "odd names": lambda: ecdf([1, 2], [2], None, r"$\frac{a}_^%&<>" + "long name " * 30),
    "acf": lambda: acf(300),
    "one lag": lambda: acf(300, 1),
    "many lags": lambda: acf(300, 150),
    "short acf": lambda: acf(5),
    "no acf": lambda: acf_plot(ACF(3).empty(), ACF(3).empty(), name="sign"),
    "scores": lambda: score_plot(many(NAMES[:1], 60), calibration={f"{NAMES[0]}/2023-12": (1, 2)}),
    "hours": lambda: score_plot(many(NAMES[:1], 9, "T05:00")),
    "instruments": lambda: score_plot(many(NAMES, 40)),
    "uneven": lambda: score_plot([*many(NAMES, 2), *many(["a-b-c"], 90)]),
    "one score": lambda: score_plot([verdict(NAMES[0], 0, 1.5)]),
    "no score": lambda: score_plot([verdict(NAMES[0], 0, None)]),
    "far scores": lambda: score_plot([verdict(NAMES[0], d, 10.0 ** (d - 3)) for d in range(9)]),
    "nothing": lambda: score_plot([]),
    "calendar": lambda: calendar_plot(many(NAMES, 80)),
    "one day": lambda: calendar_plot(many(NAMES[:1], 1)),
    "no day": lambda: calendar_plot([]),
}  # fmt: skip
figure_of = cache(lambda name: CASES[name]())


def texts(figure: Any) -> list[Any]:
    """Return every text that shows."""
    found = [*figure.texts, *(text for legend in figure.legends for text in legend.get_texts())]
    for axes in figure.axes:
        found += axes.texts
        for axis in (axes.xaxis, axes.yaxis) if axes.axison else ():
            low, high = sorted(axis.get_view_interval())
            labels = zip(axis.get_majorticklocs(), axis.get_ticklabels(), strict=True)
            found += [axis.label, *(label for at, label in labels if low <= at <= high)]
    return [text for text in found if text.get_text() and text.get_visible()]


@pytest.mark.parametrize("name", CASES)
def test_no_text_overlaps_or_leaves_the_picture(name: str) -> None:
    figure = figure_of(name)
    with style():
        figure.draw_without_rendering()
        places = [(text.get_text(), text.get_window_extent()) for text in texts(figure)]
    whole = figure.bbox
    assert [
        t for t, b in places if b.x0 < 0 or b.x1 > whole.x1 or b.y0 < 0 or b.y1 > whole.y1
    ] == []
    pairs = combinations(places, 2)
    assert [(a, b) for (a, one), (b, other) in pairs if one.overlaps(other)] == []
    assert places, "a picture without a word"


@pytest.mark.parametrize("name", CASES)
def test_bytes_repeat_and_are_few(name: str) -> None:
    for kind, most in (("png", 60_000), ("svg", 200_000)):
        again = render(CASES[name](), kind)  # type: ignore[arg-type]
        assert render(figure_of(name), kind) == again  # type: ignore[arg-type]
        assert len(again) < most


def test_no_bytes_tell_when_or_by_what_they_were_made() -> None:
    svg = render(figure_of("ecdf"), "svg")
    assert b"<dc:date>" not in svg
    assert b"<dc:creator>" not in svg
    assert b"Software" not in render(figure_of("ecdf"), "png")


CODE = """
import hashlib, sys, numpy as np
import karat.report
assert not {"matplotlib", "scipy", "numba"} & sys.modules.keys()
from karat.states import ReferenceCounts
stat = ReferenceCounts.from_golden(np.arange(1, 900) ** 2, 16)
figure = karat.report.ecdf_plot(stat, stat.observe(np.arange(1, 800)), name="x", unit="lots")
for kind in ("png", "svg"):
    print(hashlib.sha256(karat.report.render(figure, kind)).hexdigest())
assert "matplotlib.pyplot" not in sys.modules
"""


def test_the_same_bytes_whoever_draws(tmp_path: Path) -> None:
    """Neither a person's settings nor the process reach a picture; pyplot is never loaded."""
    rules = tmp_path / "matplotlibrc"
    rules.write_text("font.size: 30\nfigure.dpi: 37\nsavefig.bbox: tight\nsvg.fonttype: none\n")
    printed = set()
    for seed, settings in (("1", {}), ("2", {"MATPLOTLIBRC": str(rules)})):
        environment = {**os.environ, "PYTHONHASHSEED": seed, **settings}
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", CODE],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        printed.add(done.stdout)
    assert len(printed) == 1


def test_settings_of_others_are_left_alone() -> None:
    with mpl.rc_context({"font.size": 23.0, "svg.hashsalt": "theirs"}):
        before = dict(mpl.rcParams)
        render(ecdf([1, 2], [2]), "svg")
        assert dict(mpl.rcParams) == before
        with pytest.raises(ZeroDivisionError), style():
            raise ZeroDivisionError
        assert dict(mpl.rcParams) == before


def test_threads_do_not_disturb_each_other() -> None:
    def png(name: str) -> bytes:
        return render(CASES[name](), "png")

    names = ["ecdf", "acf", "scores", "calendar"]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(png, names)) == [render(figure_of(name), "png") for name in names]


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_a_picture_has_its_size(kind: Literal["png", "svg"]) -> None:
    with style():
        figure, axes = panel("title", "line below", height=300)
    assert (figure.get_size_inches() * figure.dpi).tolist() == [WIDTH, 300]
    assert axes.get_position().x1 < 1
    assert render(figure, kind)[:5] in (b"\x89PNG\r", b"<?xml")


def test_a_notice_says_all_of_a_long_message() -> None:
    with style():
        figure = notice("title", "word " * 40)
    assert figure.axes[0].texts[0].get_text().split() == ["word"] * 40


def test_looks_are_told_apart_in_three_ways() -> None:
    assert set(LOOKS) == set(Mark)
    assert {Mark[outcome.name] for outcome in Outcome} < set(Mark)
    for way in ("colour", "marker", "letter"):
        assert len({getattr(look, way) for look in LOOKS.values()}) == len(Mark)
