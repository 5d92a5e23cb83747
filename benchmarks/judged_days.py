"""Simulated days under the shipped contract of book events, as a lake's verdict judges them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pyarrow as pa

from karat.compute.states import candidate_quotes
from karat.contracts import Contract, chosen, load_contract, select
from karat.golden import GoldenManifest
from karat.messages import instrument_on, instrument_rows, reader_of, shipped_table, trade_reader
from karat.messages.message import NO_TIME
from karat.simulation import TrialDay
from karat.states import PairedCensus, Quotes, TradeCensus, Trades
from karat.states.census_state import CensusState
from karat.states.trade_census_state import TradeCensusState
from karat.verdicts import Finding, Outcome, worst
from karat.verdicts.table_sample import TableSample, judge_table

INSTRUMENT = "sim-spot-btcusdt"


@cache
def shipped() -> Contract:
    """Return the contract of book events that is shipped."""
    return load_contract(Path(__file__).parents[1] / "contracts" / "book_events.yaml")


def censuses(
    contract: Contract, events: pa.Table, day: TrialDay
) -> tuple[CensusState, TradeCensusState]:
    """Return the censuses of `events` against the golden captures of `day`."""
    rule = contract.paired
    if rule is None or rule.trades is None:
        raise ValueError(f"contract {contract.dataset} holds nothing against golden captures")
    reader = reader_of(day.instrument)
    table = instrument_rows(shipped_table(), day.instrument)
    known = instrument_on(table, day.instrument, day.date.isoformat())
    ours = select(events, chosen(contract, rule.rows))
    golden = reader.quotes(day.golden, known, "golden")
    quotes = PairedCensus(rule.each).observe(candidate_quotes(rule, ours), Quotes(*golden))
    trades = select(events, chosen(contract, rule.trades.rows))
    columns = [trades[name] for name in (rule.trades.id, *rule.trades.fields)]
    reads = trade_reader(reader)
    if reads is None:
        raise ValueError(f"the reader of {day.instrument} reads no golden trades")
    found = reads.trades(day.golden_trades, known, "golden trades")
    times = pa.array(found.event_time_ns, mask=found.event_time_ns == NO_TIME)
    return quotes, TradeCensus().observe(Trades(*columns), Trades(*found[:-1], times))


def judged(
    contract: Contract,
    events: pa.Table,
    golden: GoldenManifest | None,
    before: pa.Table | None = None,
    beside: TrialDay | None = None,
) -> tuple[Finding, ...]:
    """Return the findings on `events`; `beside` is the day whose captures they are held against."""
    sample = TableSample("candidate", events)
    quotes, trades = censuses(contract, events, beside) if beside else (None, None)
    return judge_table(contract, sample, golden, quotes, trades, before)


def outcome_of(findings: Iterable[Finding]) -> Outcome:
    """Return the verdict: the worst outcome of the gate findings."""
    return worst(finding.outcome for finding in findings if finding.role == "gate")


def caught_by(findings: Iterable[Finding]) -> list[str]:
    """Return the names of the gate findings that failed; the score names its worst distances."""
    failed = [f for f in findings if f.role == "gate" and f.outcome is Outcome.FAIL]
    return [f"{f.family}: {f.name}" for f in failed]
