"""Copies of the day before: the share against sets of grams, its outcome, and what it catches."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karat.contracts import COPIES, CopiesRule, load_contract, measures
from karat.distances import contained
from karat.messages import instrument_on, instrument_rows, reader_of, rebuild, shipped_table
from karat.simulation import simulate
from karat.states import NGramSketch
from karat.verdicts import Finding, Outcome
from karat.verdicts.copies import copied, judge_copies

CONTRACT = load_contract(Path(__file__).parents[2] / "contracts" / "book_events.yaml")
MEASURE = next(m for m in measures(CONTRACT) if m.name == COPIES)
ROWS, COPIED = 20_000, 40
Values = list[int]
SMALL = st.lists(st.integers(0, 3), max_size=40)


def grams(values: Values) -> set[tuple[int, ...]]:
    return set(pairwise(values))


@given(SMALL, SMALL)
def test_a_small_share_is_that_of_sets(ours: Values, theirs: Values) -> None:
    stat = NGramSketch(2, 100)
    found = contained(stat, *(stat.observe(np.array(v, np.int64)) for v in (ours, theirs)))
    if not (grams(ours) and grams(theirs)):
        assert found is None
        return
    assert found is not None
    common = len(grams(ours) & grams(theirs))
    assert (found.common, found.sampled, found.exact) == (common, len(grams(ours)), True)


@settings(max_examples=60)
@given(SMALL, SMALL, st.integers(1, 12))
def test_a_sample_is_of_grams_that_both_sketches_know(
    ours: Values, theirs: Values, size: int
) -> None:
    """Whatever a sketch leaves out, no gram in the sample is taken for one that is not there."""
    few, all_ = NGramSketch(2, size), NGramSketch(2, 100)
    arrays = [np.array(v, np.int64) for v in (ours, theirs)]
    found = contained(few, *(few.observe(a) for a in arrays))
    whole = [set(all_.observe(a).inner) for a in arrays]
    if found is None:
        return
    sample = sorted(whole[0])[: found.sampled]
    assert found.common == len(set(sample) & whole[1])


@pytest.mark.parametrize(("rows", "copied"), [(3_000, 0.0), (30_000, 0.01), (3_000, 0.5)])
def test_a_share_is_estimated_fairly(rows: int, copied: float) -> None:
    """Also where one day has ten times the rows of the other."""
    stat, shares = NGramSketch(3, 1024), []
    for seed in range(30):
        rng = np.random.default_rng([seed, rows])
        yesterday, today = rng.integers(0, 1000, 30_000), rng.integers(0, 1000, rows)
        today[: int(copied * rows)] = yesterday[: int(copied * rows)]
        found = contained(stat, stat.observe(today), stat.observe(yesterday))
        assert found is not None
        shares.append(float(found.share))
    assert abs(np.mean(shares) - copied) < 0.2 * copied + 1e-12


def sketch(values: Values) -> Any:
    return MEASURE.statistic.observe(*(np.array(values, np.int64) for _ in range(3)))


def found(rows: int, ours: Any, before: Any, **said: Any) -> Finding:
    assert CONTRACT.copies is not None
    rule = CopiesRule.model_validate(CONTRACT.copies.model_dump() | said)
    return judge_copies(rule, "gate", rows, copied((MEASURE, ours), before)).finding()


def test_without_a_day_before_nothing_is_held_against_a_partition() -> None:
    alone = found(9, sketch([1] * 9), None)
    assert (alone.outcome, alone.role) == (Outcome.INCONCLUSIVE, "warn")
    assert alone.reason == "there is no day before"
    short = found(2, sketch([1, 2]), sketch([1] * 9))
    assert (short.role, short.reason) == ("warn", "neither day has grams to compare")
    empty = found(0, sketch([]), sketch([1] * 9))
    assert (empty.outcome, empty.role) == (Outcome.INCONCLUSIVE, "gate")


def test_the_allowance_is_a_rational_and_a_warning_never_counts() -> None:
    day = list(range(9))  # three 7-grams, one of them also in:
    before = sketch([*range(7), 70, 60, 90])
    for allowance, outcome in (("1/3", Outcome.PASS), ("0.333", Outcome.FAIL)):
        judged = found(9, sketch(day), before, allowance=allowance)
        assert (judged.outcome, judged.role) == (outcome, "gate")
        assert (judged.numbers["common"], judged.numbers["sampled"]) == (1, 3)
    assert "1 of 3 7-grams are of the day before too (allowed share 0.333)" in judged.reason
    assert found(9, sketch(day), before, allowance="0", severity="warn").role == "warn"


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> list[pa.Table]:
    """Return simulated days of one instrument as they are rebuilt, each with 20,000 rows."""
    folder, name = tmp_path_factory.mktemp("days"), "sim-spot-ethusdt"
    dates = [dt.date(2024, 2, 27) + dt.timedelta(days=n) for n in range(3)]
    tables, carry = [], None
    for day in simulate(name, dates, seed=5, messages_per_day=6_000):
        how = instrument_on(instrument_rows(shipped_table(), name), name, str(day.date))
        pq.write_table(day.raw, folder / "raw")
        options: Any = {"reader": reader_of(name), "instrument": how, "source": "raw"}
        carry = rebuild(folder / "raw", folder / "out", opening=carry, **options).closing
        tables.append(pq.read_table(folder / "out").slice(0, ROWS))
    assert [len(table) for table in tables] == [ROWS] * 3
    return tables


def test_days_of_one_instrument_are_no_copies_of_each_other(days: list[pa.Table]) -> None:
    states = [MEASURE.observe(day) for day in days]
    for before, after in pairwise(states):
        assert found(ROWS, after, before).outcome is Outcome.PASS


def test_forty_copied_rows_are_found(days: list[pa.Table]) -> None:
    """A share of 0.002, at today's prices: row 36 of the catalogue of faults."""
    rng, caught, tries = np.random.default_rng(3), 0, 40
    for n in range(tries):
        before, today = days[n % 2], days[n % 2 + 1]
        source, place = rng.integers(4_000, ROWS - COPIED, 2)
        copy = before.slice(int(source), COPIED)
        at = copy.schema.get_field_index("price_ticks")
        copy = copy.set_column(at, copy.schema.field(at), pc.add(copy["price_ticks"], 37))
        parts = [today.slice(0, int(place)), copy, today.slice(int(place) + COPIED)]
        judged = found(ROWS, MEASURE.observe(pa.concat_tables(parts)), MEASURE.observe(before))
        caught += judged.outcome is Outcome.FAIL and judged.name == "copies of the day before"
    assert caught >= 0.9 * tries
