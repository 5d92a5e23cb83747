"""Judging a census of trades at, below and above every allowance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.contracts import Contract, TradesRule, load_contract, measures
from karat.states import TradeCensusState, TradeOffender
from karat.states.invariant import InvariantState
from karat.states.sequence_state import SequenceState, Tally
from karat.states.windowed import WindowedState
from karat.verdicts import Finding, Outcome, judge
from karat.verdicts.judging import Candidate
from karat.verdicts.paired_trades import judge_trades

PASS, FAIL, OPEN = Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE
CONTRACT = load_contract(Path(__file__).parents[2] / "contracts" / "book_events.yaml")
RULE = TradesRule(
    rows="x",
    id="id",
    fields=("price", "size", "side", "time"),
    min_compared=100,
    min_coverage="0.95",
    differing="0.002",
    rebuild_suspect="0",
    golden_suspect="0.001",
)
OURS, THEIRS = (9, 5, 1, 70), (9, 5, -1, 70)


def counted(matched: int = 1000, **more: Any) -> TradeCensusState:
    differs = more.pop("differs", 0)
    values = {"trades": matched, "golden_trades": matched, "covered": matched} | more
    return TradeCensusState(matched=matched, equal=matched - differs, **values)


@pytest.mark.parametrize(
    ("census", "outcome"),
    [
        (counted(), PASS),
        (counted(99), OPEN),
        (counted(100), PASS),
        (counted(0), OPEN),
        (TradeCensusState(), OPEN),
        (TradeCensusState(trades=500, golden_trades=500), OPEN),
        (counted(950, trades=1000), PASS),
        (counted(949, trades=1000), OPEN),
        (counted(rebuild_missing=1), FAIL),
        (counted(rebuild_repeats=1), FAIL),
        (counted(999, golden_missing=1), PASS),
        (counted(998, golden_missing=1), FAIL),
        (counted(999, golden_repeats=1), PASS),
        (counted(998, golden_repeats=1), FAIL),
        (counted(1998, golden_missing=1, golden_repeats=1), PASS),
        (counted(1997, golden_missing=1, golden_repeats=1), FAIL),
        (counted(1000, differs=2), PASS),
        (counted(999, differs=2), FAIL),
        (counted(3, differs=1), FAIL),  # a mismatch is one, however little was compared
        (counted(3, rebuild_missing=1, trades=500), FAIL),
    ],
)
def test_a_census_is_judged_exactly(census: TradeCensusState, outcome: Outcome) -> None:
    assert judge_trades(RULE, "gate", census).outcome is outcome


@given(st.integers(1, 5000), st.integers(0, 60), st.integers(0, 500))
def test_an_allowed_share_is_a_rational(matched: int, lost: int, parts: int) -> None:
    changed = {"rebuild_suspect": f"{parts}/1000", "min_compared": 1}
    rule = RULE.model_copy(update=changed)
    found = judge_trades(rule, "gate", counted(matched, rebuild_missing=lost)).finding()
    assert (found.outcome is FAIL) == (lost * 1000 > parts * (matched + lost))


@pytest.mark.parametrize(
    ("offender", "count", "told"),
    [
        (TradeOffender(7, "differs", OURS, THEIRS), "differs", "side 1, golden -1"),
        (TradeOffender(7, "rebuild_missing", None, THEIRS), "rebuild_missing", "only golden has"),
        (TradeOffender(7, "rebuild_repeats", OURS, None), "rebuild_repeats", "ours has it more"),
        (TradeOffender(7, "golden_missing", OURS, None), "golden_missing", "golden lacks it"),
        (TradeOffender(7, "golden_repeats", None, OURS), "golden_repeats", "golden has it more"),
    ],
)
def test_a_failure_names_trade_and_fault(offender: TradeOffender, count: str, told: str) -> None:
    census = counted(50, offenders=(offender,), **{count: 1})
    found = judge_trades(RULE, "gate", census).finding()
    assert (found.family, found.name, found.outcome) == ("paired", "trades", FAIL)
    assert "first at trade id 7: " in found.reason
    assert told in found.reason
    assert "allowed share" in found.reason
    assert found.numbers["first_trade_id"] == 7


def test_only_the_fields_that_golden_tells_differently_are_named() -> None:
    offender = TradeOffender(7, "differs", (8, None, 1, 70), (9, 5, 1, None))
    found = judge_trades(RULE, "gate", counted(differs=9, offenders=(offender,))).finding()
    assert "trade id 7: price 8, golden 9; size None, golden 5 (" in found.reason


def test_golden_losses_within_the_allowance_are_told() -> None:
    offenders = (
        TradeOffender(9, "golden_missing", OURS, None),
        TradeOffender(12, "golden_repeats", None, OURS),
    )
    census = counted(5000, golden_missing=1, golden_repeats=1, offenders=offenders)
    found = judge_trades(RULE, "gate", census).finding()
    assert found.outcome is PASS
    assert found.reason == (
        "5,000 of 5,002 trades equal golden; 2 of 5,002 trades make golden suspect, "
        "first at trade id 9: golden lacks it"
    )


def findings(contract: Contract, trades: TradeCensusState | None) -> dict[str, Finding]:
    good: dict[str, Any] = {"sequence": SequenceState(Tally(deltas=9))}
    if contract.book:
        good[contract.book.name] = WindowedState(10, (), (), InvariantState(10))
    states = [(m, good.get(m.name, InvariantState(10))) for m in measures(contract)]
    found = judge(contract, Candidate("i/d", "c", 10), states, None, None, trades)
    return {f.name: f for f in found if f.family == "paired"}


def test_without_a_capture_the_finding_on_quotes_says_so() -> None:
    found = findings(CONTRACT, None)
    assert list(found) == ["census"]
    why = "trades were not compared: there is no golden capture of them"
    assert found["census"].reason.endswith(f"; {why}")
    assert found["census"].outcome is OPEN


def test_trades_decide_as_the_family_does_and_have_a_finding_of_their_own() -> None:
    found = findings(CONTRACT, counted(rebuild_missing=1))
    assert list(found) == ["census", "trades"]
    assert "trades" not in found["census"].reason
    assert (found["trades"].role, found["trades"].outcome) == ("gate", FAIL)


def test_a_contract_without_a_rule_on_trades_says_nothing_of_them() -> None:
    values = CONTRACT.model_dump(by_alias=True, mode="json")
    values["paired"]["trades"] = None
    found = findings(Contract.model_validate(values), None)
    assert list(found) == ["census"]
    assert "trades" not in found["census"].reason
