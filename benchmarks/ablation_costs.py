"""What each rule of the shipped contract costs: bytes of its states, nanoseconds a row."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import process_time

from benchmarks.ablation import STRETCHES
from benchmarks.fault_trials import Days, made
from benchmarks.judged_days import censuses, shipped
from karat.contracts import Measure, measures, observed
from karat.golden import distance_measures
from karat.states import PairedCensus, TradeCensus

RUNS = 5
REFERENCE = 3


@dataclass(frozen=True, slots=True)
class Cost:
    """Bytes of what is stored of one day, and processor nanoseconds a row, medians of 5."""

    stored: int
    row_ns: float

    def plus(self, other: Cost) -> Cost:
        """Return both together."""
        return Cost(self.stored + other.stored, self.row_ns + other.row_ns)


def costs(seed: int = 5) -> tuple[Mapping[str, Cost], int]:
    """Return the cost of each rule on one simulated day, and the rows of that day.

    Each is measured as if it were the only one: what rules share, such as the choice of rows, is
    in each of them.
    """
    found: dict[str, Cost] = defaultdict(lambda: Cost(0, 0.0))
    with tempfile.TemporaryDirectory() as folder:
        days, _ = made(Path(folder), 1, seed, REFERENCE, 1)
        rows = days.day(1).events.num_rows
        for name, cost in [*_measures(days), *_censuses(days)]:
            found[name] = found[name].plus(cost)
    return found, rows


def _measures(days: Days) -> Iterator[tuple[str, Cost]]:
    contract, table = shipped(), days.day(1).events
    asked = [*measures(contract), *distance_measures(days.golden().usable(contract), contract)]
    for measure in asked:

        def work(one: Measure = measure) -> object:
            return list(observed(table, [one]))

        (state,) = observed(table, [measure])
        size = len(measure.statistic.encode(state))
        cost = Cost(size, _ns(work) / table.num_rows)
        yield ("continuity" if measure.family == "sequence" else measure.name), cost
        if measure.family == "chunks":
            yield STRETCHES, cost


def _censuses(days: Days) -> Iterator[tuple[str, Cost]]:
    contract, day = shipped(), days.day(1)
    rule, rows = contract.paired, day.events.num_rows
    if rule is None:
        return
    quotes, trades = censuses(contract, day.events, day)
    both = _ns(lambda: censuses(contract, day.events, day)) / rows
    yield "census", Cost(len(PairedCensus(rule.each).encode(quotes)), both)
    yield "trades", Cost(len(TradeCensus().encode(trades)), both)


def _ns(work: Callable[[], object]) -> float:
    work()
    took = []
    for _ in range(RUNS):
        start = process_time()
        work()
        took.append(process_time() - start)
    return median(took) * 1e9
