"""The golden captures of a partition's interval, and how they are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from karat.compute import Content, Reading, partition_content
from karat.compute.states import census_key
from karat.contracts import Contract, PairedRule, TradesRule, chosen
from karat.digest import digest
from karat.errors import ObjectNotFound
from karat.lake import CommitId, Lake
from karat.lake.layout import Partition, golden_path, golden_trades_path
from karat.messages import Instrument, Reader, TradeReader, reader_of, trade_reader
from karat.states import PairedCensus, TradeCensus
from karat.store import Store
from karat.verdicts.lineage import reference

R = TypeVar("R", Reader, TradeReader)


@dataclass(frozen=True, slots=True)
class Paired(Generic[R]):
    """One golden capture of the interval and how it is read; `key` names the census."""

    golden: Reading
    content: str
    reader: R
    instrument: Instrument
    key: str


@dataclass(frozen=True, slots=True)
class Pairing:
    """What a partition is held against, row by row: golden quotes, golden trades, or neither."""

    quotes: Paired[Reader] | None = None
    trades: Paired[TradeReader] | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the names of the censuses, quotes first."""
        return tuple(one.key for one in (self.quotes, self.trades) if one)

    @property
    def content(self) -> str:
        """Return the name of what the captures hold together; "" for none."""
        quotes = self.quotes.content if self.quotes else ""
        return digest("paired/1", quotes, self.trades.content) if self.trades else quotes

    @property
    def bytes_read(self) -> int:
        """Return how many compressed column bytes of the captures were decoded."""
        return sum(one.golden.bytes_read for one in (self.quotes, self.trades) if one)

    def forget(self) -> None:
        """Let go of the captures' columns; they are read again when asked for again."""
        for one in (self.quotes, self.trades):
            if one:
                one.golden.forget()


def paired_with(
    lake: Lake,
    contract: Contract,
    partition: Partition,
    sources: CommitId,
    content: Content,
    store: Store,
) -> Pairing:
    """Return the golden captures, at the commit `sources`, that `contract` holds content against.

    Without a rule on trades, a capture of them or a reader that reads it, they are not paired.
    Raises InputError for a capture that cannot be read, ObjectNotFound without reference data.
    """
    rule = contract.paired
    if rule is None:
        return Pairing()
    place = partition.instrument, partition.date
    quotes = _capture(lake, sources, golden_path(*place))
    trades = _capture(lake, sources, golden_trades_path(*place)) if rule.trades else None
    if quotes is None and trades is None:
        return Pairing()
    reader, instrument = reader_of(partition.instrument), reference(lake, sources, partition)
    of_trades = trade_reader(reader)

    def name(
        statistic: PairedCensus | TradeCensus, rule: PairedRule | TradesRule, golden: str
    ) -> str:
        rows = chosen(contract, rule.rows)
        return census_key(statistic, rule, rows, content.columns, golden, instrument)

    paired_quotes, paired_trades = None, None
    if quotes:
        theirs = partition_content(quotes, store, reader.golden_columns).digest
        key = name(PairedCensus(rule.each), rule, theirs)
        paired_quotes = Paired(quotes, theirs, reader, instrument, key)
    if trades and rule.trades and of_trades:
        theirs = partition_content(trades, store, of_trades.golden_trade_columns).digest
        key = name(TradeCensus(), rule.trades, theirs)
        paired_trades = Paired(trades, theirs, of_trades, instrument, key)
    return Pairing(paired_quotes, paired_trades)


def _capture(lake: Lake, sources: CommitId, path: str) -> Reading | None:
    """Return the file at `path`, or None where the lake has none."""
    golden = Reading(lake, sources, path)
    try:
        golden.digest  # noqa: B018 - asks the lake whether it is there
    except ObjectNotFound:
        return None
    return golden
