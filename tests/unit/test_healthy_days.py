"""Healthy processes have the dependence they are called by; draws count what verdicts say."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from benchmarks.bench_healthy import Table, broken, naive_alarms, told
from benchmarks.draws import REFERENCE, Tally, case_of, tallied
from benchmarks.processes import PROCESSES, UNIT, Process, autoregressive, full_sized, hawkes
from karat.contracts import Condition, Measure, observed
from karat.golden import full_size, manifest_of
from karat.states import Categories, Ordering
from karat.verdicts import Finding, Outcome
from karat.verdicts.table_sample import TableSample

IID = PROCESSES[0]


def finding(name: str, outcome: Outcome, role: str = "gate") -> Finding:
    return Finding("unpaired", role, name, outcome, "", {})  # type: ignore[arg-type]


@pytest.mark.parametrize("persistence", [0.0, 0.9, 0.99])
def test_an_autoregression_has_unit_variance_and_its_memory(persistence: float) -> None:
    draw = autoregressive(persistence)
    paths = [draw(np.random.Generator(np.random.PCG64(n)), 20_000)[1] / UNIT for n in range(20)]
    path = np.concatenate(paths)
    assert path.std() == pytest.approx(1.0, abs=0.06)
    assert np.corrcoef(path[:-1], path[1:])[0, 1] == pytest.approx(persistence, abs=0.02)
    # It starts as it goes on: no day warms up.
    assert np.std([one[0] for one in paths]) == pytest.approx(1.0, abs=0.45)


def test_a_day_effect_scales_a_day_and_nothing_else() -> None:
    def spread(effect: float) -> float:
        one = Process("x", autoregressive(0.0, effect), 64)
        days = [one.day(n, 5_000, 1).table["value"].to_numpy() for n in range(200)]
        return float(np.std([np.log(day.std()) for day in days]))

    assert spread(0.0) < 0.015
    assert spread(0.1) == pytest.approx(0.1, abs=0.02)


def test_arrivals_excite_each_other() -> None:
    time, wait = hawkes()(np.random.Generator(np.random.PCG64(1)), 50_000)
    assert len(time) == len(wait) == 50_000
    assert (np.diff(time) == wait[1:]).all()
    assert wait.mean() == pytest.approx(UNIT, rel=0.05)
    counts = np.bincount(time // (100 * UNIT))[:-1]
    # Counts of a branching process: variance over mean nears 1 / (1 - .8) squared in long spans.
    assert 18 < counts.var() / counts.mean() < 28


def test_a_full_size_day_is_the_smallest_at_which_plan_is_content() -> None:
    rows, needed = full_sized(IID, "0.1", 8, 3)
    assert needed <= rows <= 1.1 * needed
    smaller = [IID.day(n, rows * 8 // 10, 3) for n in range(8)]
    asked = full_size(IID.contract("0.1"), manifest_of(IID.contract("0.1"), smaller, []))
    assert (asked["value"] or 10**9) > rows * 8 // 10


def test_healthy_days_pass_as_promised_and_a_naive_test_of_dependent_ones_alarms() -> None:
    rows, needed = full_sized(IID, "0.15", REFERENCE, 3)
    days = [IID.day(n, rows, 3) for n in range(REFERENCE + 39 + 20)]
    tally = tallied(IID.contract("0.15"), days, (39,), 10, 20, 5)[39]
    assert tally.outcomes.total() == 200
    assert list(broken(Table("iid", "", rows, needed, {39: tally, 99: tally}))) == []
    assert 0 < tally.worth()["value"] <= rows
    memory = [PROCESSES[1].day(n, 4_000, 3) for n in range(REFERENCE + 20)]
    assert naive_alarms(memory) > 0.4


def test_a_broken_promise_is_told() -> None:
    bad = Tally(Counter({Outcome.PASS: 80, Outcome.FAIL: 16, Outcome.INCONCLUSIVE: 4}))
    bad.loosest, bad.effective = {"value": 1.2}, {"value": [3.0, 1.0, 2.0]}
    table = Table("x", "0.1", 10, 9, {19: bad, 39: Tally(Counter({Outcome.PASS: 9})), 99: bad})
    wrong = list(broken(table))
    assert [part in one for part, one in zip(("INCONCLUSIVE", "FAIL", "PASS", "1.20"), wrong, strict=True)] == [True] * 4  # fmt: skip  # noqa: E501
    rows = list(told(table))
    assert "n_eff 2" in rows[0].what
    assert rows[0].ours == "PASS 80.0 %, FAIL 16.0 %, INCONCLUSIVE 4.0 % of 100"


def test_a_tally_counts_the_worst_gate_finding_and_why() -> None:
    one, other = Tally(), Tally(loosest={"a": 2.0}, effective={"a": [1.0]})
    one.add([finding("a", Outcome.PASS), finding("b", Outcome.FAIL, "warn")])
    one.add([finding("a", Outcome.INCONCLUSIVE), finding("b", Outcome.FAIL)])
    both = one.plus(replace(other, outcomes=Counter({Outcome.FAIL: 1})))
    assert both.outcomes == {Outcome.PASS: 1, Outcome.FAIL: 2}
    assert both.reasons == {"b": 1}
    assert (both.loosest, both.effective) == ({"a": 2.0}, {"a": [1.0]})


def test_a_golden_day_on_trial_is_not_taken_for_its_own_copy() -> None:
    day = TableSample("a", pa.table({"time": [1], "value": [2]}))
    assert case_of(day).content != day.content


def test_rows_that_several_measures_choose_give_each_the_state_it_gives_alone() -> None:
    table = pa.table({"a": [3, 1, 2, 2], "b": [0, 1, None, 1]})
    some = (Condition(column="a", above=1),)
    asked = [
        Measure("unpaired", "one", Categories(), ("a",), some),
        Measure("unpaired", "two", Categories(), ("b",), some, present=True),
        Measure("unpaired", "three", Categories(), ("a",)),
        Measure("invariants", "four", Ordering(rising=False), ("a", "a"), some),
    ]
    assert list(observed(table, asked)) == [measure.observe(table) for measure in asked]
