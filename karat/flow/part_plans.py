"""What judging one partition would take, told from names and footers alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from karat.compute import Content, Reading, Unread, footer, known_content, unread
from karat.contracts import Contract, PairedRule, TradesRule, chosen
from karat.errors import ObjectNotFound
from karat.flow.budgets import Cost
from karat.flow.planned_refining import planned
from karat.flow.rates import PER_PARTITION, Rates
from karat.golden import GoldenManifest
from karat.lake import CommitId, Lake
from karat.lake.layout import Partition, dataset_path, golden_path, golden_trades_path
from karat.messages import reader_of, trade_reader
from karat.store import Store
from karat.verdicts import Ledger, Subject, subject
from karat.verdicts.judging import Rulebook
from karat.verdicts.level import Lesser
from karat.verdicts.stratum import stratum_of
from karat.verdicts.trial import asked_of

COPIES_HELD = 2
"""How often the columns of one state lie in memory beside themselves: chosen, and in order."""


@dataclass(frozen=True, slots=True)
class PartPlan:
    """One partition: what is known of it, and what is to be read and computed.

    `seen` is whether its columns, and those of what it is held against, have been named; without
    that its verdict is not known either. `outcome` is that of the verdict in the ledger, None
    where one is to be made. `columns` are those of the partition that are to be read, and `refined`
    the distances that they are read for once more, to be counted by all golden values.
    """

    partition: Partition
    rows: int
    seen: bool
    outcome: str | None
    known: int
    to_compute: int
    columns: tuple[str, ...]
    cost: Cost
    refined: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Beside:
    """A file that a partition is held against, the columns it is asked for, and those of ours."""

    reading: Reading
    theirs: tuple[str, ...] | None
    ours: tuple[str, ...]
    census: bool

    def content(self, store: Store) -> Content | None:
        """Return what it holds, None if it was never read."""
        return known_content(self.reading, store, self.theirs)


@dataclass(frozen=True)
class Planner:
    """Plans partitions of a commit; looks at nothing but names, footers, store and ledger.

    `planned` are the files planned so far: a day after one of them finds it measured already.
    """

    lake: Lake
    contract: Contract
    commit: CommitId
    sources: CommitId
    golden: GoldenManifest | None
    store: Store
    rates: Rates
    planned: set[str] = field(default_factory=set)

    @cached_property
    def rules(self) -> Rulebook:
        """Return what decides about partitions."""
        return Rulebook(self.contract, self.golden)

    def plan(self, partition: Partition, level: Lesser | None) -> PartPlan:
        """Return what a partition takes; ObjectNotFound for one that is not there."""
        path = dataset_path(self.contract.dataset, partition.instrument, partition.date)
        ours = Reading(self.lake, self.commit, path)
        rows, beside = footer(ours).rows, self._beside(partition)
        content = known_content(ours, self.store)
        seen = content is not None and all(b.content(self.store) for b in beside)
        beside = [b for b in beside if b.reading.path not in self.planned]
        self.planned.add(path)
        case = self._subject(partition, level) if seen else None
        if case and (known := self._verdict(case)):
            return PartPlan(partition, rows, seen, known, len(case.inputs.states), 0, (), Cost())
        return self._computed(partition, level, ours, content, beside, case)

    def _computed(
        self,
        partition: Partition,
        level: Lesser | None,
        ours: Reading,
        content: Content | None,
        beside: Iterable[Beside],
        case: Subject | None,
    ) -> PartPlan:
        stratum = stratum_of(self.contract, partition.date)
        held = self.golden.usable(self.contract, stratum) if self.golden else {}
        asked = asked_of(level, self.contract, held, content.digest if content else "")
        names = None if content is None else content.columns
        missing = [m for m in asked if names is None or self._lacks(m.state_key(names))]
        finer = planned(self.rules, case, self.store) if case and not level else []
        missing += [one.measure for one in finer]
        todo = [b for b in beside if not (level and b.census) and self._open(b, case)]
        parts = None if content is None else unread(missing, content, ours, self.store)
        wanted = {name for m in missing for name in m.reads()} if parts is None else set()
        wanted |= {name for b in todo for name in b.ours}
        on_file = footer(ours)
        read = tuple(n for n in on_file.compressed if names is None or n in wanted)
        states = len(todo) if parts else len(missing) + len(todo)
        cost = self._cost(ours, read, states, PER_PARTITION)
        if parts:
            cost = cost.plus(self._in_parts(ours, parts, len(missing)))
            read = tuple(n for n in on_file.compressed if n in {*read, *parts.columns})
        for one in beside:
            columns = self._read_of(one, open_=one in todo)
            cost = cost.plus(self._cost(one.reading, columns, int(one in todo)))
        counts = len(asked) - len(missing) + len(finer), len(missing) + len(todo)
        told = tuple(one.name for one in finer)
        return PartPlan(partition, on_file.rows, case is not None, None, *counts, read, cost, told)

    def _beside(self, partition: Partition) -> list[Beside]:
        """Return the captures of the interval and the day before, such as there are."""
        found, rule = [], self.contract.paired
        place = partition.instrument, partition.date
        if rule:
            reader = reader_of(partition.instrument)
            quotes = Reading(self.lake, self.sources, golden_path(*place))
            found.append(Beside(quotes, reader.golden_columns, self._looked_at(rule), census=True))
            of_trades = trade_reader(reader) if rule.trades else None
            if rule.trades and of_trades:
                trades = Reading(self.lake, self.sources, golden_trades_path(*place))
                theirs, mine = of_trades.golden_trade_columns, self._looked_at(rule.trades)
                found.append(Beside(trades, theirs, mine, census=True))
        if copies := self.contract.copies:
            before = dt.date.fromisoformat(partition.date) - dt.timedelta(days=1)
            path = dataset_path(self.contract.dataset, partition.instrument, str(before))
            conditions = chosen(self.contract, copies.rows)
            names = [n for condition in conditions for n in condition.reads()]
            asked = (*copies.columns, *copies.changes, *names)
            found.append(Beside(Reading(self.lake, self.commit, path), None, asked, census=False))
        return [one for one in found if _there(one.reading)]

    def _looked_at(self, rule: PairedRule | TradesRule) -> tuple[str, ...]:
        conditions = chosen(self.contract, rule.rows)
        return (rule.id, *rule.fields, *(n for c in conditions for n in c.reads()))

    def _subject(self, partition: Partition, level: Lesser | None) -> Subject:
        """Return the partition as it is to be judged: all its files are named, so none is read."""
        return subject(
            self.lake,
            self.contract,
            partition,
            at=self.commit,
            sources=self.sources,
            golden=self.golden,
            store=self.store,
            level=level,
        )

    def _verdict(self, case: Subject) -> str | None:
        place = self.contract.dataset, case.partition, case.inputs.key
        found = Ledger(self.lake).verdict(*place)
        return None if found is None else str(found.outcome)

    def _lacks(self, key: str) -> bool:
        return self.store.get(key) is None

    def _open(self, one: Beside, case: Subject | None) -> bool:
        """Return whether what is made of a file beside is to be made yet."""
        if case is None:
            return True
        pairs = (case.paired.quotes, case.paired.trades)
        keys = [p.key for p in pairs if p and p.golden.path == one.reading.path]
        if case.before and case.before.reading.path == one.reading.path:
            keys = [case.before.key]
        return any(map(self._lacks, keys))

    def _read_of(self, one: Beside, *, open_: bool) -> tuple[str, ...]:
        """Return which columns of a file beside are to be read: to name them, or for a state."""
        everything = tuple(footer(one.reading).compressed)
        if one.content(self.store) is None:
            return everything if one.theirs is None else one.theirs
        if not open_:
            return ()
        return one.ours if one.theirs is None else one.theirs

    def _in_parts(self, reading: Reading, parts: Unread, states: int) -> Cost:
        """Return what it takes to read some rows, of which one chunk is in memory at a time."""
        found = footer(reading)
        held = found.memory_of(parts.columns)
        share = parts.rows / found.rows
        seconds = self.rates.seconds(int(held * share), parts.rows * states)
        return Cost(parts.bytes, seconds, int(held * min(1.0, reading.cut.most / found.rows)))

    def _cost(
        self, reading: Reading, columns: Iterable[str], states: int, beside_s: float = 0.0
    ) -> Cost:
        found, names = footer(reading), tuple(columns)
        held = found.memory_of(names)
        widest = max(found.decoded.values(), default=0) if states else 0
        seconds = self.rates.seconds(held, found.rows * states) + beside_s
        return Cost(found.bytes_of(names), seconds, held + COPIES_HELD * widest)


def _there(reading: Reading) -> bool:
    try:
        reading.digest  # noqa: B018 - asks the lake whether it is there
    except ObjectNotFound:
        return False
    return True
