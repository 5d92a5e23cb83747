"""Numbers by hand are those of the verdict, for every kind of rule, on days good and spoiled."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from karat.contracts import Contract, measures
from karat.contracts.row_rules import BOOK, COPIES
from karat.errors import InputError
from karat.explanation import Evidence, Worked, explained, rests_on
from karat.golden import Finer, manifest_of
from karat.simulation import TrialDay, simulated_days
from karat.states import PairedCensus, TradeCensus
from karat.states.census import Quotes
from karat.states.trade_census import Trades
from karat.verdicts import Finding, Outcome
from karat.verdicts.copies import copied as shared
from karat.verdicts.copies import judge_copies
from karat.verdicts.exact_facts import at_hand
from karat.verdicts.paired import judge_paired
from karat.verdicts.paired_trades import judge_trades
from karat.verdicts.table_sample import TableSample, judge_table
from tests.unit.test_golden import contract, day, samples
from tests.unit.test_judging import CONTRACT

WALK = contract()
GOLDEN = manifest_of(WALK, samples(0, 3), samples(3, 4))
HELD = GOLDEN.usable(WALK)
DAY, NEXT = list(simulated_days("sim-usdm-abc", 2, seed=3, messages_per_day=1500))

AT = next(
    n
    for n, row in enumerate(DAY.events.to_pylist())
    if n > 800 and row["kind"] == 2 and row["flags"] & 1 and row["size_lots"]
)
"""A row in the middle of the day that sets a level and ends its message."""


def by_hand(table: pa.Table) -> list[Worked]:
    findings = judge_table(WALK, TableSample("i/77", table), GOLDEN)
    return [explained(evidence(table, findings, finding), finding) for finding in findings]


def evidence(table: pa.Table, findings: Sequence[Finding], finding: Finding) -> Evidence:
    """Return what a finding is from: in finer cells of golden where it was refined."""
    held = dict(HELD)
    for each in rests_on(finding, findings):
        if "refined" in each.numbers:
            one = held[each.name]
            state = one.measure().observe(table)
            held[each.name] = Finer.of(one, at_hand(one), state).yardstick
    return Evidence(WALK, table, held, findings)


@settings(max_examples=30)
@example(690899, 645)  # its largest distance was refined, and is another's too
@given(st.integers(100, 10**6), st.integers(0, 700))
def test_every_distance_comes_out_the_same(seed: int, rows: int) -> None:
    for worked in by_hand(day(seed, rows)):
        assert all(one.agrees for one in worked.compared), (worked.finding, worked.numbers)
        measured = "low" in worked.finding.numbers or "score" in worked.finding.numbers
        assert worked.agrees is (measured or bool(worked.compared))
        assert worked.steps
        json.dumps(worked.plain())


def test_of_two_equally_far_the_first_is_the_worst_as_in_a_verdict() -> None:
    table, equal = day(690899, 645), {"value", "every value"}
    findings = judge_table(WALK, TableSample("i/77", table), GOLDEN)
    (score,) = (finding for finding in findings if finding.name == "score")
    for order in (findings, findings[::-1]):
        first = next(finding.name for finding in order if finding.name in equal)
        assert explained(evidence(table, order, score), score).numbers["worst"] == first


def test_a_number_that_is_not_the_rows_is_told() -> None:
    table = day(200)
    findings = judge_table(WALK, TableSample("i/77", table), GOLDEN)
    for finding in findings[1:]:
        forged = {**finding.numbers, "low": float(finding.numbers["low"]) + 2.0**-40}
        own = evidence(table, findings, finding)
        assert explained(own, finding).agrees
        worked = explained(own, replace(finding, numbers=forged))
        assert [one.name for one in worked.compared if not one.agrees] == ["low"]
        assert not worked.agrees


def test_steps_tell_rows_before_and_after_and_the_place() -> None:
    found = {w.finding.name: w for w in by_hand(day(200))}
    table, worked = day(200), found["value"]
    valid = 400 - table["x"].null_count
    assert f"x has a value: 400 rows before, {valid} after" in worked.steps
    assert any(step.startswith("the largest difference is") for step in worked.steps)
    assert any("half-width" in step for step in worked.steps)
    assert worked.rows is not None
    places = worked.rows["row"].to_pylist()
    assert worked.rows.drop_columns("row").equals(table.take(pa.array(places)))
    assert any("lag 3" in step for step in found["memory"].steps)


def events(spoiled: str) -> pa.Table:
    """Return a day with one kind of fault."""
    table = DAY.events
    if spoiled == "swapped":
        at = np.arange(len(table))
        at[[AT, AT - 90]] = [AT - 90, AT]
        return table.take(pa.array(at))
    if spoiled == "lost":
        return pa.concat_tables([table.slice(0, 700), table.slice(760)])
    if spoiled == "sizes":
        return _set(table, "size_lots", AT, -5)
    return _set(table, "best_bid_ticks", AT, 10**6) if spoiled == "crossed" else table


def _set(table: pa.Table, name: str, at: int, value: int) -> pa.Table:
    values = table[name].to_pylist()
    values[at] = value
    place = table.column_names.index(name)
    return table.set_column(place, name, pa.array(values, table.schema.field(name).type))


SPOILED = ("", "swapped", "lost", "sizes", "crossed")
ROWS_ONLY = CONTRACT.model_copy(update={"paired": None, "unpaired": None})


@pytest.mark.parametrize("spoiled", SPOILED)
def test_every_law_comes_out_the_same(spoiled: str) -> None:
    table = events(spoiled)
    findings = judge_table(ROWS_ONLY, TableSample("i/1", table), None)
    evidence = Evidence(ROWS_ONLY, table, {}, findings)
    for finding in findings:
        if finding.name == COPIES:
            continue
        worked = explained(evidence, finding)
        assert worked.agrees, (finding, worked.numbers)
        if finding.outcome is Outcome.FAIL:
            assert worked.rows is not None
            assert len(worked.rows) > 0
    failed = {f.name for f in findings if f.outcome is Outcome.FAIL}
    assert bool(failed) is bool(spoiled)
    if spoiled:
        assert failed >= {"sizes are not negative"} if spoiled == "sizes" else BOOK in failed


def test_a_broken_rule_shows_its_rows() -> None:
    table = events("crossed")
    findings = judge_table(ROWS_ONLY, TableSample("i/1", table), None)
    crossed = next(f for f in findings if f.name == "book is not crossed")
    worked = explained(Evidence(ROWS_ONLY, table, {}, findings), crossed)
    assert worked.rows is not None
    assert worked.rows["row"].to_pylist() == [AT]
    assert worked.rows["best_bid_ticks"].to_pylist() == [10**6]


def copied(share: int) -> pa.Table:
    """Return the next day, of which some rows are the day before's."""
    return pa.concat_tables([NEXT.events.slice(0, 900), DAY.events.slice(400, share)])


@pytest.mark.parametrize("share", [0, 300])
@pytest.mark.parametrize("size", [4096, 64])
def test_copies_come_out_the_same(share: int, size: int) -> None:
    table, rule = copied(share), CONTRACT.copies
    assert rule is not None
    rule = rule.model_copy(update={"size": size})
    asked = ROWS_ONLY.model_copy(update={"copies": rule})
    measure = next(m for m in measures(asked) if m.name == COPIES)
    states = measure.observe(table), measure.observe(DAY.events)
    ruling = judge_copies(rule, "gate", len(table), shared((measure, states[0]), states[1]))
    finding = ruling.finding()
    worked = explained(Evidence(asked, table, {}, [finding], before=DAY.events), finding)
    assert worked.agrees
    assert (finding.outcome is Outcome.FAIL) is bool(share)
    stretch = [step for step in worked.steps if "longest copied stretch" in step]
    assert bool(stretch) is bool(share)
    if share:
        assert worked.rows is not None
        assert worked.rows["row"][0].as_py() >= 900
    alone = explained(Evidence(asked, table, {}, [finding]), finding)
    assert alone.steps == ["there is no day before"]


def bare() -> Contract:
    """Return the contract with its paired rows chosen by their kind alone."""
    body = CONTRACT.model_dump(mode="json", by_alias=True)
    body["rows"]["trades"] = [{"column": "kind", "is": [3]}]
    body["rows"]["live_deltas"] = [{"column": "kind", "is": [2]}]
    return Contract.model_validate(body)


BARE = bare()
RANDOM_QUOTES = st.lists(
    st.tuples(st.integers(0, 30), *[st.integers(0, 2)] * 4), min_size=1, max_size=25
).map(sorted)


def quotes(rows: Sequence[tuple[int, ...]]) -> Quotes:
    return Quotes(*np.array(rows, np.int64).reshape(-1, 5).T)


@given(RANDOM_QUOTES, RANDOM_QUOTES, st.sampled_from(["row", "quote"]))
def test_a_census_comes_out_the_same(
    ours: list[tuple[int, ...]], golden: list[tuple[int, ...]], each: Any
) -> None:
    assert BARE.paired is not None
    rule = BARE.paired.model_copy(update={"each": each})
    asked = BARE.model_copy(update={"paired": rule})
    table = pa.table(dict(zip((rule.id, *rule.fields), np.array(ours).T, strict=True)))
    table = table.append_column("kind", pa.array([2] * len(ours)))
    census = PairedCensus(each).observe(quotes(ours), quotes(golden))
    finding = judge_paired(rule, "gate", census).finding()
    worked = explained(Evidence(asked, table, {}, [finding], quotes=golden), finding)
    assert worked.agrees, (finding, worked.numbers, worked.steps)


TRADES = st.lists(st.tuples(st.integers(0, 9), *[st.integers(0, 2)] * 4), max_size=12)


@given(TRADES, TRADES)
def test_trades_come_out_the_same(
    ours: list[tuple[int, ...]], golden: list[tuple[int, ...]]
) -> None:
    asked, rule = BARE, BARE.paired.trades if BARE.paired else None
    assert rule is not None
    sides = [np.array(rows, np.int64).reshape(-1, 5).T for rows in (ours, golden)]
    table = pa.table(dict(zip((rule.id, *rule.fields), sides[0], strict=True)))
    table = table.append_column("kind", pa.array([3] * len(ours), pa.int8()))
    census = TradeCensus().observe(Trades(*sides[0]), Trades(*sides[1]))
    finding = judge_trades(rule, "gate", census).finding()
    worked = explained(Evidence(asked, table, {}, [finding], trades=golden), finding)
    assert worked.agrees, (finding, worked.numbers, worked.steps)


def test_what_cannot_be_worked_out_says_why() -> None:
    table = day(1)
    gone = Finding("invariants", "gate", "no such rule", Outcome.PASS, "", {})
    with pytest.raises(InputError, match="no rule called 'no such rule'"):
        explained(Evidence(WALK, table, {}, [gone]), gone)
    unknown = Finding("unpaired", "gate", "value", Outcome.INCONCLUSIVE, "", {})
    worked = explained(Evidence(WALK, table, {}, [unknown]), unknown)
    assert "no yardstick" in worked.steps[0]
    assert not worked.agrees
    census = Finding("paired", "gate", "census", Outcome.INCONCLUSIVE, "", {})
    alone = explained(Evidence(CONTRACT, DAY.events, {}, [census]), census)
    assert "no golden capture" in alone.steps[0]


def test_days_are_of_one_instrument() -> None:
    assert isinstance(DAY, TrialDay)
    assert DAY.instrument == NEXT.instrument
