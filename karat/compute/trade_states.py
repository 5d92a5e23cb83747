"""The census of a partition's trades: found in the store by name, or taken and kept."""

from __future__ import annotations

import pyarrow as pa

from karat.compute.reading import Reading
from karat.compute.selected_rows import selected
from karat.compute.state_store import kept_state
from karat.contracts import Condition, TradesRule
from karat.messages import Instrument, TradeReader
from karat.messages.message import NO_TIME
from karat.states import TradeCensus, TradeCensusState, Trades
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
    names = dict.fromkeys([rule.id, *rule.fields, *looked_at])
    ours = selected(candidate, list(names), rows, store)
    columns = (ours[name] for name in (rule.id, *rule.fields))
    state = statistic.observe(Trades(*columns), _golden(golden, *how))
    store.put(key, statistic.encode(state))
    return state


def _golden(golden: Reading, reader: TradeReader, instrument: Instrument) -> Trades:
    """Return a golden capture's trades; a time that it does not tell is null."""
    found = reader.trades(golden.table(reader.golden_trade_columns), instrument, golden.path)
    times = pa.array(found.event_time_ns, mask=found.event_time_ns == NO_TIME)
    return Trades(*found[:-1], times)
