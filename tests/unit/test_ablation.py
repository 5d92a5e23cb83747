"""Faults judged again without each statistic: held to what each verdict says it was caught by."""

from collections import Counter
from pathlib import Path

import pytest

from benchmarks import ablation, ablation_page
from benchmarks.ablation import STRETCHES, How, Trial, cases, contracts, failed, trials
from benchmarks.ablation_costs import Cost, costs
from benchmarks.ablation_page import Ablation
from benchmarks.fault_trials import HEALTHY, MODES, Case, Days, Mode, made
from benchmarks.fault_trials import trials as verdicts
from benchmarks.judged_days import shipped
from karat.verdicts import Outcome


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Days:
    return made(tmp_path_factory.mktemp("days"), 2, 5, reference=7, calibration=20)[0]


@pytest.fixture(scope="module")
def found(days: Days) -> list[Trial]:
    return trials(days, 2)


@pytest.mark.parametrize("mode", MODES)
def test_what_a_day_fails_without_a_rule_is_what_else_caught_it(
    days: Days, found: list[Trial], mode: Mode
) -> None:
    for truth in verdicts(days, 2, cases(mode), [mode]):
        if truth.calibration != len(days.golden().calibration):
            continue
        own = [one for one in found if (one.case, one.mode) == (truth.case, mode)]
        caught = {name.split(": ", 1)[1]: name.split(": ")[0] for name in truth.caught}
        whole = [one.outcome for one in own if not one.rule]
        assert whole == [truth.outcome]
        for one in own:
            if caught.get(one.rule, "unpaired") != "unpaired":
                fails = one.how == "alone" or bool(set(caught) - {one.rule})
                assert (one.outcome is Outcome.FAIL) == fails


def test_each_distance_is_left_out_once_and_tried_once_alone(found: list[Trial]) -> None:
    rule = shipped().unpaired
    assert rule is not None
    for how in ("without", "alone"):
        told = Counter(t.rule for t in found if (t.mode, t.case.row, t.how) == ("unpaired", HEALTHY, how))  # fmt: skip  # noqa: E501
        assert all(told[one.name] == 1 for one in rule.distances)
        assert told["continuity"] == told["copies of the day before"] == 1
        assert told["all distances"] == told["all invariants"] == 1
    paired = {trial.rule for trial in found if trial.mode == "paired"}
    assert {"census", "trades", "all censuses"} <= paired
    assert not {one.name for one in rule.distances} & paired


def test_memory_of_sides_alone_finds_flipped_sides(found: list[Trial]) -> None:
    flipped = [t for t in found if t.mode == "unpaired" and t.case.row == 12]
    told = {(one.how, one.rule): one.outcome for one in flipped}
    assert told["alone", "memory of sides"] is told["without", "spread"] is Outcome.FAIL
    assert told["without", "memory of sides"] is not Outcome.FAIL
    assert told["without", "all distances"] is not Outcome.FAIL


def test_contracts_differ_by_the_rule_that_is_left_out() -> None:
    whole = shipped().unpaired
    assert whole is not None
    names = [one.name for one in whole.distances]
    for (how, rule), contract in contracts().items():
        asked = [one.name for one in contract.unpaired.distances] if contract.unpaired else []
        if rule == STRETCHES:
            assert asked == names
        else:
            assert set(asked) == ({rule} if how == "alone" else set(names) - {rule})


def by_hand() -> Ablation:
    """Return the ablation of two rules and two faults on ten days: a finds 12, b finds nothing."""
    shares: dict[tuple[How, str], dict[int, int]] = {
        ("without", ""): {HEALTHY: 1, 12: 10, 19: 10},
        ("without", "a"): {HEALTHY: 0, 12: 2, 19: 10},
        ("without", "b"): {HEALTHY: 1, 12: 10, 19: 9},
        ("alone", "a"): {HEALTHY: 0, 12: 9, 19: 3},
        ("alone", "b"): {HEALTHY: 1, 12: 0, 19: 8},
        ("without", "c"): {HEALTHY: 1, 12: 10, 19: 10},
    }
    found = [
        Trial(Case(row, 1.0), day, "unpaired", how, rule,
              Outcome.FAIL if day < count else Outcome.PASS)
        for (how, rule), own in shares.items()
        for row, count in own.items()
        for day in range(10)
    ]  # fmt: skip
    return Ablation(found, {"a": Cost(1234, 5.6)}, 99_000)


def test_a_rule_is_needed_where_nothing_else_finds_the_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    floors = {"unpaired": {12: 0.01, 19: 1.01}, "paired": {}}
    monkeypatch.setattr(ablation_page, "FLOORS", floors)
    told = by_hand()
    assert list(told.needed("a", "unpaired")) == [12]
    assert list(told.needed("b", "unpaired")) == []
    assert list(told.finds("a", "unpaired")) == [12]
    assert list(told.finds("b", "unpaired")) == list(told.finds("a", "paired")) == []
    assert told.summary().splitlines()[2:] == [
        "| a | 1,234 | 6 | 12 | - | 12 | - |", "| b |  |  | - | - | - | - |",
        "| c |  |  | - | - | - | - |"]  # fmt: skip
    without = told.table("unpaired", "without").splitlines()
    assert without[2:] == [
        "| all | 1 of 10 | 10 of 10 | 10 of 10 |",
        "| a | 0 | 2 |  |",
        "| b |  |  | 9 |",
        "",
        "No difference: c.",
    ]
    assert told.table("unpaired", "alone").splitlines()[3:] == ["| a |  | 9 | 3 |", "| b | 1 |  | 8 |"]  # fmt: skip  # noqa: E501
    assert told.lessons().splitlines() == [
        "* Needed for a fault: a.",
        "* Find a fault alone that others find too: none.",
        "* Neither, at these severities: b, c.",
    ]
    page = told.page()
    assert "99,000 rows" in page
    assert page.count("\n## ") == 5


def test_costs_are_of_every_rule_that_is_left_out(
    found: list[Trial], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    spent, rows = costs()
    named = {t.rule for t in found} - {"", STRETCHES} - set(ablation.ALL.values())
    assert named <= set(spent)
    assert rows > 10_000
    assert all(one.stored > 0 and one.row_ns > 0 for one in spent.values())
    monkeypatch.setattr(ablation_page, "measured", lambda: found)
    monkeypatch.setattr(ablation_page, "costs", lambda: (spent, rows))
    ablation_page.write(tmp_path / "page.md")
    assert (tmp_path / "page.md").read_text() == Ablation(found, spent, rows).page()
    assert failed(found, "unpaired", "without")[""][HEALTHY] == 0
