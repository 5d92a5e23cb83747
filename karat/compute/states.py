"""The census of a partition's quotes: found in the store by name, or taken and kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from karat.compute.census_stream import streamed
from karat.compute.reading import Reading
from karat.compute.selected_rows import selected
from karat.compute.side_by_side import Source
from karat.compute.state_store import kept_state
from karat.contracts import Condition, PairedRule, TradesRule, select
from karat.digest import digest
from karat.messages import Instrument, Quotes, Reader
from karat.states import PairedCensus, Statistic
from karat.states.census import Quotes as CensusQuotes
from karat.states.census import side_of
from karat.states.census_past import Side
from karat.states.census_state import CensusState
from karat.store import Store


def census_key(
    statistic: Statistic[Any],
    rule: PairedRule | TradesRule,
    rows: tuple[Condition, ...],
    columns: Mapping[str, str],
    golden: str,
    instrument: Instrument,
) -> str:
    """Return the name of a census by all that goes into it; `golden` is a content digest."""
    chosen = [condition.text() for condition in rows]
    names = [rule.id, *rule.fields, *(name for condition in rows for name in condition.reads())]
    contents = [columns[name] for name in names]
    return digest(
        "state/1", statistic.key(), len(chosen), *chosen, *contents, golden, instrument.digest
    )


def census(
    rule: PairedRule,
    rows: tuple[Condition, ...],
    key: str,
    candidate: Reading,
    golden: Reading,
    how: tuple[Reader, Instrument],
    store: Store,
) -> CensusState:
    """Return the census called `key`: the candidate's quotes against those of a golden capture."""
    statistic = PairedCensus(rule.each)
    found = kept_state(statistic, key, store)
    if found is not None:
        kept: CensusState = found[0]
        return kept
    state = _piece_by_piece(statistic, rule, rows, candidate, golden, how, store)
    if state is None:
        ours = selected(candidate, _names(rule, rows), rows, store)
        golden_side = CensusQuotes(*golden_quotes(golden, *how))
        state = statistic.observe(candidate_quotes(rule, ours), golden_side)
    store.put(key, statistic.encode(state))
    return state


def _piece_by_piece(
    statistic: PairedCensus,
    rule: PairedRule,
    rows: tuple[Condition, ...],
    candidate: Reading,
    golden: Reading,
    how: tuple[Reader, Instrument],
    store: Store,
) -> CensusState | None:
    """Return the census of files too large to be held; None where they are not, or must be."""
    reader, instrument = how
    ours, theirs = candidate.rows(store), golden.rows(store)
    large = max(ours.count, theirs.count) >= candidate.cut.many
    if not (large and statistic.each == "row" and getattr(reader, "quotes_stand_alone", False)):
        return None

    def chosen(table: pa.Table) -> Side:
        return side_of(_quotes(rule, select(table, rows)))

    def captured(table: pa.Table) -> Side:
        return side_of(CensusQuotes(*reader.quotes(table, instrument, golden.path)))

    return streamed(
        statistic,
        Source(ours, _names(rule, rows), chosen),
        Source(theirs, list(reader.golden_columns), captured),
    )


def _names(rule: PairedRule, rows: tuple[Condition, ...]) -> list[str]:
    looked_at = (name for condition in rows for name in condition.reads())
    return list(dict.fromkeys([rule.id, *rule.fields, *looked_at]))


def candidate_quotes(rule: PairedRule, ours: pa.Table) -> CensusQuotes:
    """Return our top of book by rising id; rows of one id keep their order.

    A row out of its turn is for the rules on order to tell: it must not keep all others from being
    compared.
    """
    if (np.diff(ours[rule.id].to_numpy()) < 0).any():
        ours = ours.sort_by(rule.id)
    return _quotes(rule, ours)


def _quotes(rule: PairedRule, ours: pa.Table) -> CensusQuotes:
    return CensusQuotes(ours[rule.id], *(ours[name].fill_null(0) for name in rule.fields))


def golden_quotes(golden: Reading, reader: Reader, instrument: Instrument) -> Quotes:
    """Return a golden capture's quotes in ticks and lots; InputError naming its path and row."""
    return reader.quotes(golden.table(reader.golden_columns), instrument, golden.path)
