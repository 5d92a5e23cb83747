"""Each fault of the catalogue against the shipped contract: what catches it, by its name.

In a soak 3,000 trials at ten times our floors, of which at least 99.9 % must FAIL; else a tenth,
of which every one must: a share of 300 says nothing about one in a thousand.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmarks.bench_faults import failed, floor, measured, missed, table
from benchmarks.fault_trials import HEALTHY, MODES, Case, Days, Mode, Trial, made, tenfold, trials
from karat.simulation.catalogue import CATALOGUE
from karat.verdicts import Outcome

SOAK = bool(os.environ.get("KARAT_SOAK"))
DAYS = 126 if SOAK else 13
STEPS = "invariants: best prices follow from the rows"

FLOORS: Mapping[Mode, Mapping[int, float]] = {
    "unpaired": {
        1: 1e-4, 2: 0.01, 5: 0.2, 8: 3e-4, 10: 2, 12: 0.01, 15: 10, 19: 1.01, 22: 0.01, 26: 1.1,
        28: 1, 36: 0.001,
    },
    "paired": {
        1: 1e-4, 2: 0.01, 5: 0.02, 8: 3e-4, 10: 2, 12: 0.01, 15: 10, 19: 1.01, 22: 0.01, 26: 1.1,
        28: 1, 36: 0.001,
    },
}  # fmt: skip
"""Our floors, as `make bench` prints them."""

CAUGHT_BY: Mapping[Mode, Mapping[int, str]] = {
    "unpaired": {
        1: "sequence: continuity",
        2: STEPS,
        5: "unpaired: memory of sides",
        8: "sequence: continuity",
        10: STEPS,
        12: "unpaired: memory of sides",
        15: STEPS,
        19: "unpaired: last digit of size",
        22: "unpaired: even steps",
        26: STEPS,
        28: STEPS,
        36: "invariants: copies of the day before",
    },
    "paired": {
        1: "paired: trades",
        2: "paired: trades",
        5: "paired: trades",
        8: "sequence: continuity",
        10: "paired: census",
        12: "paired: trades",
        15: STEPS,
        19: "paired: census",
        22: "paired: trades",
        26: "paired: census",
        28: STEPS,
        36: "paired: census",
    },
}
"""What catches each fault at ten times our floor."""

TENFOLD = [(mode, row) for mode in MODES for row in FLOORS[mode]]


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Days:
    """Days to spoil; behind them 20 + 99 golden days in a soak, else fewer: 7 + 20."""
    folder = tmp_path_factory.mktemp("days")
    return (
        made(folder, DAYS, 5)[0] if SOAK else made(folder, DAYS, 5, reference=7, calibration=20)[0]
    )


def tried(days: Days, case: Case, mode: Mode) -> Trial:
    return trials(days, 2, [case], [mode])[0]


@pytest.mark.parametrize("mode", MODES)
def test_the_day_itself_passes(days: Days, mode: Mode) -> None:
    found = tried(days, Case(HEALTHY, 0.0), mode)
    assert (found.outcome, found.caught) == (Outcome.PASS, ())


@pytest.mark.parametrize(("mode", "row"), TENFOLD)
def test_a_fault_fails_by_the_statistic_that_must_catch_it(
    days: Days, mode: Mode, row: int
) -> None:
    found = tried(days, tenfold(row, FLOORS[mode][row]), mode)
    assert found.outcome is Outcome.FAIL
    assert CAUGHT_BY[mode][row] in found.caught


def test_a_little_thinning_of_fast_markets_is_not_seen_without_golden(days: Days) -> None:
    assert tried(days, Case(5, 0.02), "unpaired").outcome is Outcome.PASS
    assert tried(days, Case(5, 0.02), "paired").outcome is Outcome.FAIL


def test_ten_times_our_floor_fails(days: Days) -> None:
    found = []
    for mode in MODES:
        cases = [tenfold(row, least) for row, least in FLOORS[mode].items()]
        found += measured(days, cases, DAYS, [mode])
    counted = [trial for trial in found if trial.mode == "paired" or trial.calibration > 19]
    assert len(counted) >= (3000 if SOAK else 300)
    late = [trial for trial in counted if trial.outcome is not Outcome.FAIL]
    assert failed(counted) >= (0.999 if SOAK else 1.0), late


def test_ten_times_a_floor_is_told_by_kind() -> None:
    assert tenfold(1, 1e-4) == Case(1, 1e-3)
    assert tenfold(5, 0.2) == Case(5, 0.5)
    assert tenfold(15, 10) == Case(15, 100)
    assert tenfold(19, 1.01).severity == pytest.approx(1.1)


def of_shares(row: int, mode: Mode, shares: Mapping[float, int]) -> list[Trial]:
    """Return 20 trials a severity, so many of them FAIL."""
    return [
        Trial(Case(row, severity), n, mode, 99, Outcome.FAIL if n < count else Outcome.PASS, ())
        for severity, count in shares.items()
        for n in range(20)
    ]


def test_a_floor_is_the_smallest_severity_with_nine_of_ten() -> None:
    found = of_shares(1, "paired", {1e-4: 17, 1e-3: 18, 1e-2: 20})
    assert floor(found, 1, "paired") == 1e-3
    assert floor(found, 1, "unpaired") is None
    assert floor(of_shares(1, "paired", {1e-4: 17, 1e-3: 0, 1e-2: 17}), 1, "paired") is None


def test_a_row_above_the_listed_floor_is_told() -> None:
    every = [
        trial
        for row, fault in CATALOGUE.items()
        for trial in of_shares(row, "unpaired", dict.fromkeys(fault.severities, 20))
    ]
    assert missed(every, "unpaired") == []
    without = [trial for trial in every if trial.case.row not in (5, 12)]
    assert missed(without, "unpaired") == ["12 sides flipped: None, listed 0.02"]
    late = without + of_shares(12, "unpaired", {0.02: 17, 0.05: 18})
    assert missed(late, "unpaired") == ["12 sides flipped: 0.05, listed 0.02"]
    rows = {row.what: row.ours for row in table(late)}
    assert rows["unpaired 12 sides flipped 0.02 (listed)"] == "3 / 17 / 0"
    assert rows["unpaired 12 sides flipped 0.05 (our floor)"] == "2 / 18 / 0"


def test_a_day_without_room_for_a_fault_is_left_out(tmp_path: Path) -> None:
    few, golden = made(tmp_path, 1, 5, reference=2, calibration=2)
    assert len(golden) == 4
    assert trials(few, 1, [Case(36, 1.0)], MODES) == []
    assert len(trials(few, 1, [Case(HEALTHY, 0.0)], MODES)) == 2
