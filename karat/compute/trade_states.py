"""The census of a partition's trades: found in the store by name, or taken and kept."""

from __future__ import annotations

import pyarrow as pa

from karat.compute.census_stream import trades_streamed
from karat.compute.reading import Reading
from karat.compute.selected_rows import selected
from karat.compute.side_by_side import Source
from karat.compute.state_store import kept_state
from karat.contracts import Condition, TradesRule, select
from karat.messages import Instrument, TradeReader
from karat.messages.message import NO_TIME
from karat.states import TradeCensus, TradeCensusState, Trades
from karat.states.trade_census import side_of
from karat.store import Store


def trade_census(
    rule: TradesRule,
    rows: tuple[Condition, ...],
    key: str,
    candidate: Reading,
    golden: Reading,
    how: tuple[TradeReader, Instrument],
    store: Store,
) -> TradeCensusState:
    """Return the census called `key`: the candidate's trades against those of a golden capture.

    Raises InputError naming path and row for a golden capture that cannot be read.
    """
    statistic = TradeCensus()
    if found := kept_state(statistic, key, store):
        kept: TradeCensusState = found[0]
        return kept
    looked_at = (name for condition in rows for name in condition.reads())
    names = list(dict.fromkeys([rule.id, *rule.fields, *looked_at]))

    def chosen(table: pa.Table) -> Trades:
        return Trades(*(table[name] for name in (rule.id, *rule.fields)))

    def captured(table: pa.Table) -> Trades:
        return _golden(table, *how, golden.path)

    state, (reader, _) = None, how
    ours, theirs = candidate.rows(store), golden.rows(store)
    large = max(ours.count, theirs.count) >= candidate.cut.many
    if large and getattr(reader, "quotes_stand_alone", False):
        state = trades_streamed(
            statistic,
            Source(ours, names, lambda table: side_of(chosen(select(table, rows)), "candidate")),
            Source(
                theirs,
                list(reader.golden_trade_columns),
                lambda table: side_of(captured(table), "golden"),
            ),
        )
    if state is None:
        held = chosen(selected(candidate, names, rows, store))
        state = statistic.observe(held, captured(golden.table(reader.golden_trade_columns)))
    store.put(key, statistic.encode(state))
    return state


def _golden(table: pa.Table, reader: TradeReader, instrument: Instrument, path: str) -> Trades:
    """Return a golden capture's trades; a time that it does not tell is null."""
    found = reader.trades(table, instrument, path)
    times = pa.array(found.event_time_ns, mask=found.event_time_ns == NO_TIME)
    return Trades(*found[:-1], times)
