"""Seven real days that drift: too few to judge at 5 %, one judged at 20 %, and hour by hour."""

from pathlib import Path

import pytest

from benchmarks.bench_bitflyer import (
    FOLDER,
    Judged,
    contract_of,
    leave_one_out,
    rows,
    whole_days,
    whole_hours,
)
from karat.verdicts import Outcome

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def folder(captures: Path) -> Path:
    found = captures / FOLDER
    if not found.is_dir():
        pytest.skip(f"no real executions in {found}")
    return found


def score(one: Judged) -> dict[str, object]:
    return next(dict(f.numbers) for f in one.findings if f.name == "score")


def test_seven_days_are_too_few_at_five_percent_and_their_drift_is_told(folder: Path) -> None:
    judged = list(leave_one_out(contract_of("0.05", "none"), whole_days(folder)))
    assert [one.sample.name for one in judged] == [f"201801{n}" for n in range(21, 28)]
    for one in judged:
        assert one.outcome is Outcome.INCONCLUSIVE
        assert (score(one)["calibration_days"], score(one)["needed_days"]) == (4, 19)
        assert {f.outcome for f in one.findings if f.family == "invariants"} == {Outcome.PASS}
        assert one.drift[0] > 0


def test_four_days_calibrate_one_in_five(folder: Path) -> None:
    judged = list(leave_one_out(contract_of("0.2", "none"), whole_days(folder)))
    for one in judged:
        known = score(one)
        above = float(str(known["score"])) > float(str(known["q"]))
        assert one.outcome is (Outcome.FAIL if above else Outcome.PASS)
    assert judged[-1].outcome is Outcome.PASS


def test_hours_are_judged_by_the_worst_hour_of_a_day(folder: Path) -> None:
    hours = whole_hours(folder)
    judged = list(leave_one_out(contract_of("0.2", "hour"), hours))
    assert len(judged) == len(hours) == 168
    assert all(score(one)["calibration_days"] == 4 for one in judged)
    assert all(one.outcome is not Outcome.INCONCLUSIVE for one in judged)
    alarms = [one for one in judged if one.outcome is Outcome.FAIL]
    # The day's worst hour decides q, so a single hour alarms less often than alpha.
    assert len(alarms) <= 0.2 * len(judged)
    assert len({one.sample.group for one in alarms}) < 7


def test_what_the_benchmark_prints(folder: Path) -> None:
    told = list(rows(folder))
    assert sum("INCONCLUSIVE" in row.what for row in told) == 7
    assert any("168 hours" in row.what and "FAIL" in row.ours for row in told)
