"""Tables as samples, days beside a partition, and what a day may be compared with."""

import datetime as dt
import itertools
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karat.compute import table_content
from karat.contracts import COPIES, load_contract
from karat.errors import InputError
from karat.golden import manifest_of
from karat.golden.sample import by_stratum
from karat.lake.append import append
from karat.lake.layout import MAIN, Partition, dataset_path
from karat.lake.memory import MemoryLake
from karat.verdicts import Outcome, days_after
from karat.verdicts.stratum import WEEKDAYS, stratum_of
from karat.verdicts.table_sample import TableSample, judge_table
from tests.unit.test_golden import contract, day, samples

CONTRACT = load_contract(Path(__file__).parents[2] / "contracts" / "book_events.yaml")
ALONE = CONTRACT.model_copy(update={"copies": None})
FIRST = dt.date(2024, 2, 27)
DAYS = [
    Partition(name, str(FIRST + dt.timedelta(days=n)))
    for name in ("a-b-c", "a-b-d")
    for n in range(6)
]
"""Over the end of a February of 29 days, and of two instruments."""
GOLDEN = manifest_of(contract(), samples(0, 3), samples(3, 4))


@settings(max_examples=40)
@given(st.sets(st.sampled_from(DAYS)), st.sets(st.sampled_from(DAYS)))
def test_days_after_are_those_held_and_not_asked(
    held: set[Partition], asked: set[Partition]
) -> None:
    lake = MemoryLake()
    paths = [dataset_path("book_events", p.instrument, p.date) for p in held]
    paths += [dataset_path("other", p.instrument, p.date) for p in DAYS]
    append(lake, MAIN, dict.fromkeys(paths, b"rows"), message="Days")
    wanted = [
        later
        for one, later in itertools.pairwise(DAYS)
        if one.instrument == later.instrument and one in asked and later in held - asked
    ]
    head = lake.head(MAIN)
    assert days_after(lake, CONTRACT, head, sorted(asked)) == sorted(wanted)
    assert days_after(lake, ALONE, head, sorted(asked)) == [], "no rule asks for the day before"


@given(st.dates(dt.date(1900, 1, 1), dt.date(2200, 1, 1)))
def test_a_day_is_compared_with_its_weekday_only_where_a_contract_says_so(date: dt.date) -> None:
    assert stratum_of(contract(strata="weekday"), str(date)) == f"{date:%a}"
    assert stratum_of(contract(), str(date)) == ""
    assert stratum_of(ALONE.model_copy(update={"unpaired": None}), str(date)) == ""
    with pytest.raises(InputError, match="a partition is a day"):
        stratum_of(contract(strata="hour"), str(date))


def test_the_names_of_weekdays_are_in_order() -> None:
    assert [stratum_of(contract(strata="weekday"), f"2024-01-0{n}") for n in range(1, 8)] == list(
        WEEKDAYS
    )


@given(st.lists(st.sampled_from("abc"), max_size=9))
def test_samples_keep_their_order_in_a_stratum(strata: list[str]) -> None:
    made = [TableSample(f"i/{n}", day(0), one) for n, one in enumerate(strata)]
    found = by_stratum(made)
    assert list(found) == list(dict.fromkeys(strata))
    for name, group in found.items():
        assert [one.name for one in group] == [one.name for one in made if one.stratum == name]


def test_a_sample_is_its_table() -> None:
    one = TableSample("i/7", day(7))
    assert (one.rows, one.group) == (400, "i/7")
    assert replace(one, within="week 1").group == "week 1"
    assert one.content == table_content(day(7)).digest
    again = pa.concat_tables([day(7).slice(0, 9), day(7).slice(9)])
    assert TableSample("other", again).content == one.content, "chunks are no content"
    assert TableSample("i/7", day(7).slice(1)).content != one.content
    measure = GOLDEN.strata[""]["value"].measure()
    assert one.state(measure) == measure.observe(day(7))
    assert len(one.select(measure)[0]) == day(7)["x"].drop_null().length()


def test_a_table_is_judged_by_what_golden_knows_of_its_stratum() -> None:
    found = judge_table(contract(), TableSample("i/9", day(9)), GOLDEN)
    elsewhere = judge_table(contract(), TableSample("i/9", day(9), "Mon"), GOLDEN)
    assert {f.name for f in found if "low" in f.numbers} == set(GOLDEN.strata[""])
    assert not any("low" in f.numbers for f in elsewhere)
    assert {f.outcome for f in elsewhere} == {Outcome.INCONCLUSIVE}
    assert judge_table(contract(), TableSample("i/9", day(9)), None)[0].outcome is (
        Outcome.INCONCLUSIVE
    )


def test_a_day_that_is_golden_is_no_candidate() -> None:
    score, *_ = judge_table(contract(), TableSample("x/1", day(5)), GOLDEN)
    assert score.outcome is Outcome.FAIL
    assert "i/5" in score.reason


def test_the_day_before_is_asked_only_for_copies() -> None:
    columns: dict[str, list[int]] = {name: [] for name in CONTRACT.columns}
    schema = pa.schema([(n, pa.type_for_alias(c.type)) for n, c in CONTRACT.columns.items()])
    empty = pa.table(columns, schema=schema)
    rows = CONTRACT.model_copy(update={"paired": None, "unpaired": None})
    alone = judge_table(rows, TableSample("i/1", empty), None)
    beside = judge_table(rows, TableSample("i/1", empty), None, before=empty)
    assert [f.name for f in alone] == [f.name for f in beside]
    assert {f.outcome for f in alone} == {Outcome.INCONCLUSIVE}
    assert sum(f.name == COPIES for f in beside) == 1
