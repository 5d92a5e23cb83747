"""The calendar: every day stands where it belongs, in the colour and letter of its outcome."""

import datetime as dt
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex

from karat.report import calendar_plot, render
from karat.report.looks import LOOKS, Mark
from karat.verdicts import Finding, Outcome, Verdict
from karat.verdicts.verdict import Inputs

PASS, FAIL, OPEN = Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE
NAME = "binance-spot-btcusdt"
START = dt.date(2024, 1, 1)


def verdict(partition: str, outcome: Outcome) -> Verdict:
    found = Finding("invariants", "gate", "rule", outcome, "", {})
    return Verdict(Inputs("events", partition, "", (), "", "", "", "", 1), (found,))


def cells(figure: Any) -> dict[tuple[int, int], str]:
    """Return the mark at each (day, line), read off the coloured squares."""
    found = {}
    for line in figure.axes[0].lines:
        if line.get_gid() in set(Mark):
            assert to_hex(line.get_color()) == LOOKS[Mark(line.get_gid())].colour
            for day, at in line.get_xydata().tolist():
                assert (day, at) not in found, "two marks in one cell"
                found[int(day), int(at)] = line.get_gid()
    return found


def letters(figure: Any) -> dict[tuple[int, int], str]:
    """Return the letter at each (day, line)."""
    wanted = {look.letter for look in LOOKS.values()}
    lines = [line for line in figure.axes[0].lines if line.get_gid() in wanted]
    return {(int(x), int(y)): line.get_gid() for line in lines for x, y in line.get_xydata()}


def rows(figure: Any) -> dict[tuple[str, str], int]:
    """Return the line of each instrument's month, read off the labels."""
    found, instrument = {}, ""
    for text in figure.axes[0].texts:
        if text.get_fontweight() == "bold":
            instrument = text.get_text()
        elif "-" in text.get_text():
            found[instrument, text.get_text()] = int(text.get_position()[1])
    return found


DAYS = st.dictionaries(
    st.tuples(st.sampled_from([NAME, "sim-usdm-a"]), st.integers(0, 200)),
    st.sampled_from([PASS, FAIL, OPEN]),
    min_size=1,
    max_size=40,
)


@settings(max_examples=15)
@given(days=DAYS, waived=st.integers(0, 40), waiting=st.integers(0, 40))
def test_every_day_stands_in_its_place(days: Any, waived: int, waiting: int) -> None:
    named = {
        f"{name}/{START + dt.timedelta(day)}": outcome for (name, day), outcome in days.items()
    }
    forgiven, later = list(named)[:waived], list(named)[:waiting]
    judged = {name: outcome for name, outcome in named.items() if name not in later}
    verdicts = [verdict(name, outcome) for name, outcome in judged.items()]
    figure = calendar_plot(verdicts, expected=named, waived=forgiven)
    lines, shown, written = rows(figure), cells(figure), letters(figure)
    wanted = {}
    for name, outcome in named.items():
        instrument, date = name.split("/")
        mark = Mark.NOT_JUDGED if name in later else Mark[outcome.name]
        if mark is Mark.FAIL and name in forgiven:
            mark = Mark.WAIVED
        wanted[int(date[8:]), lines[instrument, date[:7]]] = mark
    assert shown == wanted
    assert written == {place: LOOKS[mark].letter for place, mark in wanted.items()}


def test_the_title_counts_and_the_legend_explains() -> None:
    marks = [PASS, FAIL, FAIL, OPEN]
    names = [f"{NAME}/2024-01-0{day}" for day in range(1, 6)]
    verdicts = [verdict(name, outcome) for name, outcome in zip(names, marks, strict=False)]
    figure = calendar_plot(verdicts, expected=names, waived=names[2:3])
    assert figure.texts[0].get_text() == "1 of 5 partitions PASS, 1 FAIL"
    assert figure.texts[1].get_text() == (
        "1 PASS · 1 FAIL · 1 INCONCLUSIVE · 1 FAIL, waived · 1 not judged"
    )
    explained = [text.get_text() for text in figure.legends[0].get_texts()]
    assert explained == [f"{LOOKS[mark].letter}  {mark}" for mark in Mark]


def test_a_waiver_changes_no_pass() -> None:
    name = f"{NAME}/2024-01-01"
    for outcome in (PASS, OPEN):
        assert list(cells(calendar_plot([verdict(name, outcome)], waived=[name])).values()) == [
            Mark[outcome.name]
        ]


def test_the_last_verdict_of_a_partition_counts() -> None:
    name = f"{NAME}/2024-01-01"
    figure = calendar_plot([verdict(name, FAIL), verdict(name, PASS)])
    assert list(cells(figure).values()) == [Mark.PASS]
    assert figure.texts[0].get_text() == "The only partition is a PASS"


def test_a_day_of_hours_shows_the_worst() -> None:
    hours = [PASS, OPEN, FAIL, PASS]
    names = [f"{NAME}/2024-01-01T0{hour}" for hour in range(4)]
    verdicts = [verdict(name, outcome) for name, outcome in zip(names, hours, strict=True)]
    assert list(cells(calendar_plot(verdicts)).values()) == [Mark.FAIL]
    assert list(cells(calendar_plot(verdicts[:2])).values()) == [Mark.INCONCLUSIVE]
    assert calendar_plot(verdicts).texts[0].get_text() == "2 of 4 partitions PASS, 1 FAIL"


def test_old_months_are_counted_not_drawn() -> None:
    verdicts = [verdict(f"{NAME}/{START + dt.timedelta(day)}", PASS) for day in range(1000)]
    figure = calendar_plot(verdicts)
    assert len(rows(figure)) == 24
    assert max(month for _, month in rows(figure)) == "2026-09"
    assert figure.texts[1].get_text().endswith("9 older months not shown")
    assert figure.texts[0].get_text() == "All 1,000 partitions PASS"
    assert len(render(figure, "png")) < 60_000
    assert len(render(figure, "svg")) < 200_000


def test_undated_partitions_are_counted_not_drawn() -> None:
    figure = calendar_plot([verdict("a-b-c/all", FAIL), verdict(f"{NAME}/2024-01-01", PASS)])
    assert list(cells(figure).values()) == [Mark.PASS]
    assert figure.texts[1].get_text().endswith("1 without a date not shown")


def test_nothing_says_so() -> None:
    for figure in (calendar_plot([]), calendar_plot([verdict("all", PASS)])):
        assert figure.texts[0].get_text() == "No outcomes yet"
        assert cells(figure) == {}
