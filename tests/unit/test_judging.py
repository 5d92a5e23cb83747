"""Judging at, below and above every allowance."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.contracts import Contract, PairedRule, load_contract, measures
from karat.states.census_state import CensusState, Offender
from karat.states.invariant import InvariantState
from karat.states.ordering import OrderingState
from karat.states.sequence_state import SequenceState, Tally
from karat.states.windowed import WindowedState
from karat.verdicts import Finding, Outcome, judge, worst
from karat.verdicts.judging import Candidate
from karat.verdicts.paired import judge_paired

PASS, FAIL, OPEN = Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE
CONTRACT = load_contract(Path(__file__).parents[2] / "contracts" / "book_events.yaml")


def contract_with(**rules: Any) -> Contract:
    values = CONTRACT.model_dump(by_alias=True, mode="json")
    for name, value in rules.items():
        values[name] = values[name] | value if isinstance(value, dict) else value
    return Contract.model_validate(values)


def judged(contract: Contract, rows: int = 10, **changed: Any) -> dict[str, Finding]:
    """Return findings by name on states without fault, except for those `changed`."""
    good: dict[str, Any] = {"sequence": SequenceState(Tally(deltas=9))}
    if contract.book:
        good[contract.book.name] = WindowedState(rows, (), (), InvariantState(rows))
    states = [
        (m, changed.get(m.name.replace(" ", "_"), good.get(m.name, InvariantState(rows))))
        for m in measures(contract)
    ]
    census = changed.get("census", counted())
    found = judge(contract, Candidate("i/d", "c", rows), states, census, None)
    return {f.name: f for f in found}


@pytest.mark.parametrize(("violations", "outcome"), [(0, PASS), (2, PASS), (3, PASS), (4, FAIL)])
def test_an_invariant_has_an_allowance(violations: int, outcome: Outcome) -> None:
    rules = [
        rule | {"allowance": 3}
        for rule in CONTRACT.model_dump(by_alias=True, mode="json")["invariants"]
    ]
    state = InvariantState(10, violations, 77 if violations else None)
    found = judged(contract_with(invariants=rules), book_is_not_crossed=state)
    crossed = found["book is not crossed"]
    assert crossed.outcome is outcome
    assert found["trades have a size"].outcome is PASS
    if violations:
        assert f"{violations} of 10 rows break it, first at sequence 77" in crossed.reason
        assert crossed.numbers["first"] == 77


@pytest.mark.parametrize(("violations", "outcome"), [(0, PASS), (2, PASS), (3, FAIL)])
def test_rows_out_of_order_have_an_allowance(violations: int, outcome: Outcome) -> None:
    rule = {"column": "receive_time_ns", "order": "rising", "rows": "trades", "allowance": 2}
    contract = contract_with(ordering=[rule])
    state = OrderingState(10, violations, 77 if violations else None)
    name = "receive_time_ns is rising in trades"
    changed: Any = {name.replace(" ", "_"): state}
    found = judged(contract, **changed)[name]
    assert (found.outcome, found.family, found.role) == (outcome, "invariants", "gate")
    if outcome is FAIL:
        assert found.reason == "3 of 10 rows break it, first at sequence 77"


@pytest.mark.parametrize("part", ["invariants", "ordering"])
def test_a_warning_in_a_gate_family_is_shown_and_not_counted(part: str) -> None:
    rules = [*CONTRACT.model_dump(by_alias=True, mode="json")[part]]
    name = getattr(CONTRACT, part)[0].name
    broken: Any = InvariantState(10, 1, 5) if part == "invariants" else OrderingState(10, 1, 5)
    for severity, outcome in (("gate", FAIL), ("warn", PASS)):
        contract = contract_with(**{part: [rules[0] | {"severity": severity}, *rules[1:]]})
        found = judged(contract, **{name.replace(" ", "_"): broken})
        assert (found[name].outcome, found[name].role) == (FAIL, severity)
        assert worst(f.outcome for f in found.values() if f.role == "gate") is outcome


@pytest.mark.parametrize("what", ["gaps", "overlaps", "trade_gaps", "trade_repeats"])
@pytest.mark.parametrize(("count", "outcome"), [(0, PASS), (1, PASS), (2, PASS), (3, FAIL)])
def test_each_break_of_order_has_an_allowance(what: str, count: int, outcome: Outcome) -> None:
    state = SequenceState(replace(Tally(deltas=9), **{what: count}), ((5, 8),) * (what == "gaps"))
    found = judged(contract_with(sequence={what: 2}), sequence=state)["continuity"]
    assert (found.outcome, found.numbers[what]) == (outcome, count)
    if outcome is FAIL:
        assert f"3 {what} (allowed 2)" in found.reason
        assert ("update ids 5 to 8" in found.reason) == (what == "gaps")


def test_a_partition_without_rows_is_inconclusive() -> None:
    nothing = SequenceState()
    found = judged(CONTRACT, 0, sequence=nothing, census=CensusState())
    assert {f.outcome for f in found.values()} == {OPEN}
    assert found["continuity"].reason == "the partition has no rows"
    assert worst(f.outcome for f in judged(CONTRACT).values() if f.role == "gate") is PASS


def counted(compared: int = 1000, rebuild: int = 0, golden: int = 0, **more: Any) -> CensusState:
    same = compared - rebuild - golden
    values = {"deltas": compared, "compared": compared, "all_equal": same} | more
    return CensusState(
        rebuild_suspect=rebuild,
        golden_suspect=golden,
        golden_rows=compared,
        golden_used=compared,
        equal=(same, same, same, same),
        **values,
    )


RULE = PairedRule(
    rows="x",
    id="id",
    fields=("bt", "bl", "at", "al"),
    min_compared=500,
    min_coverage="0.95",
    rebuild_suspect="0",
    golden_suspect="0.001",
)


@pytest.mark.parametrize(
    ("census", "outcome"),
    [
        (None, OPEN),
        (counted(), PASS),
        (counted(499), OPEN),
        (counted(500), PASS),
        (counted(0, deltas=0), OPEN),
        (counted(950, deltas=1000), PASS),
        (counted(949, deltas=1000), OPEN),
        (counted(1000, rebuild=1), FAIL),
        (counted(1000, golden=1), PASS),
        (counted(999, golden=1), FAIL),
        (counted(1000, golden=2), FAIL),
        (counted(3000, golden=3), PASS),
        (counted(2999, golden=3), FAIL),
        (counted(3, rebuild=1), FAIL),  # a mismatch is one, however little was compared
        (counted(3, golden=1), FAIL),
        (counted(500, rebuild=1, deltas=5000), FAIL),
    ],
)
def test_a_census_is_judged_exactly(census: CensusState | None, outcome: Outcome) -> None:
    assert judge_paired(RULE, "gate", census).outcome is outcome


@given(st.integers(0, 5000), st.integers(0, 60), st.integers(1, 500))
def test_an_allowed_share_is_a_rational(compared: int, suspects: int, parts: int) -> None:
    """Floats would be wrong at the border: 0.07 * 100 is above 7."""
    rule = RULE.model_copy(update={"golden_suspect": f"{parts}/1000", "min_compared": 1})
    census = counted(max(compared, suspects), golden=suspects)
    failed = judge_paired(rule, "gate", census).outcome is FAIL
    assert failed == (suspects * 1000 > parts * census.compared)


def test_a_mismatch_is_told_with_its_id_and_values() -> None:
    ours, theirs = (1, 2, 3, 4), (1, 2, 9, 4)
    first, other = Offender(70, ours, theirs, "golden"), Offender(80, ours, theirs, "rebuild")
    census = counted(1000, rebuild=1, golden=1, offenders=(first, other))
    found = judge_paired(RULE, "gate", census).finding()
    assert found.reason.endswith(
        "rebuild suspect (allowed share 0), first at update id 80: at 3, golden 9"
    )
    assert found.numbers["first_update_id"] == 70
    passed = judge_paired(RULE, "gate", counted(2000, golden=1, offenders=(first,))).finding()
    assert passed.outcome is PASS
    assert "golden suspect in 1, first at update id 70: at 3, golden 9" in passed.reason


def test_a_lasting_mismatch_is_told_with_every_field_that_differs() -> None:
    first = Offender(70, (1, 2, 3, 4), (1, 2, 9, 4), "rebuild")
    lasting = Offender(90, (1, 2, 3, 4), (7, 8, 3, 4), "rebuild")
    runs: dict[str, Any] = {"longest_run": 40, "longest_first": lasting, "offenders": (first,)}
    found = judge_paired(RULE, "gate", counted(1000, rebuild=41, **runs)).finding()
    assert found.reason.endswith(
        "first at update id 70: at 3, golden 9; the longest run of mismatches is 40, "
        "from update id 90: bt 1, golden 7; bl 2, golden 8"
    )
    assert found.numbers["longest_mismatch_from"] == 90
    once = runs | {"longest_run": 1, "longest_first": first}
    found = judge_paired(RULE, "gate", counted(1000, rebuild=1, **once)).finding()
    assert "longest run" not in found.reason
