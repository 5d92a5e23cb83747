"""A table in memory as a golden sample, or as a candidate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pyarrow as pa

from karat.compute import table_content
from karat.contracts import COPIES, Contract, Measure, measures, observed
from karat.golden import GoldenManifest, distance_measures
from karat.states.census_state import CensusState
from karat.states.trade_census_state import TradeCensusState
from karat.verdicts.judging import Candidate, judge
from karat.verdicts.verdict import Finding


@dataclass(frozen=True)
class TableSample:
    """A table as a sample; without `within` it is a group of its own."""

    name: str
    table: pa.Table
    stratum: str = ""
    within: str = ""

    @cached_property
    def content(self) -> str:
        """Digest of the columns' names and values."""
        return table_content(self.table).digest

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.table.num_rows)

    @property
    def group(self) -> str:
        """What it is calibrated with."""
        return self.within or self.name

    def select(self, measure: Measure) -> list[Any]:
        """Return the columns a measure looks at."""
        return measure.select(self.table)

    def state(self, measure: Measure) -> Any:
        """Return the state of a measure, computed each time."""
        return measure.observe(self.table)

    def states(self, asked: Sequence[Measure]) -> list[Any]:
        """Return the state of each measure, computed each time."""
        return list(observed(self.table, asked))


def judge_table(
    contract: Contract,
    sample: TableSample,
    golden: GoldenManifest | None,
    census: CensusState | None = None,
    trades: TradeCensusState | None = None,
    before: pa.Table | None = None,
) -> tuple[Finding, ...]:
    """Return what each rule of `contract` finds about a table; nothing is kept or recorded.

    `census` and `trades` are what golden captures of the interval showed, None where there is
    none; `before` is the day before, which rows may be copied from.
    """
    held = golden.usable(contract, sample.stratum) if golden else {}
    asked = [*measures(contract), *distance_measures(held, contract)]
    states = list(zip(asked, observed(sample.table, asked), strict=True))
    if before is not None:
        copies = (one for one in asked if (one.family, one.name) == ("invariants", COPIES))
        states += [(replace(one, family="before"), one.observe(before)) for one in copies]
    case = Candidate(sample.name, sample.content, sample.rows, sample.stratum)
    return judge(contract, case, states, census, golden, trades, sample.states)
