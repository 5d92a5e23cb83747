"""Lesser levels: they may miss a fault, they invent none, and they never let one pass."""

from collections.abc import Mapping
from fractions import Fraction
from math import log, sqrt
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karat.contracts import Contract, DistanceRule, UnpairedRule
from karat.distances import Distance, ks
from karat.errors import InputError
from karat.golden import GoldenManifest, Yardstick, manifest_of, sampling_width
from karat.states import ReferenceCounts
from karat.verdicts import Finding, Outcome, Verdict
from karat.verdicts.judging import Candidate
from karat.verdicts.lesser import Captured, judge_at, measures_at
from karat.verdicts.level import LESSER, Lesser, level_of
from karat.verdicts.limits import Limit
from karat.verdicts.sampled import SAMPLE, SampledMeasure, drawn_rows, sampled_measure, widened
from karat.verdicts.table_sample import TableSample, judge_table
from karat.verdicts.unpaired import Measured, judge_unpaired
from karat.verdicts.verdict import Inputs, worst
from tests.unit.test_golden import contract, day, samples

PASS, FAIL, OPEN = Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE
SIZE = 120
SPREADS: list[dict[str, Any]] = [
    {"name": "value", "column": "x", "cells": 8},
    {"name": "every value", "column": "x", "cells": None},
    {"name": "digit", "column": "x", "of": "last_digits", "cells": None},
]
ALL: list[dict[str, Any]] = [
    *SPREADS,
    {"name": "within", "column": "x", "tolerance": "0.9"},
    {"name": "move", "column": "x", "of": "movement"},
    {"name": "atom", "kind": "atom", "column": "x"},
]


def steady(seed: int, rows: int = 400, shift: int = 0, wide: int = 20) -> pa.Table:
    """Return rows of one distribution, moved by `shift`."""
    rng = np.random.default_rng(seed)
    values = rng.integers(shift, shift + wide, rows)
    return pa.table({"x": pa.array(values, mask=rng.random(rows) < 0.1), "time": np.arange(rows)})


def held(rules: list[dict[str, Any]], **unpaired: Any) -> tuple[Contract, GoldenManifest]:
    asked = contract(rules, **unpaired)
    days = [TableSample(f"i/{n}", steady(n)) for n in range(7)]
    return asked, manifest_of(asked, days[:3], days[3:])


BY_SPREAD, BY_ALL = held(SPREADS), held(ALL)
UNCUT = held(SPREADS[1:], worst_chunk="none")
"""Coarse cells are refined where all rows are looked at, and only there: these have none."""


def at(
    level: Lesser, rules: tuple[Contract, GoldenManifest], table: pa.Table, **captured: bool
) -> dict[str, Finding]:
    asked, golden = rules
    sample = TableSample("i/77", table)
    known = golden.usable(asked)
    wanted = measures_at(level, asked, known, sample.content, SIZE)
    states = [(measure, sample.state(measure)) for measure in wanted]
    case = Candidate(sample.name, sample.content, sample.rows)
    found = judge_at(level, asked, case, states, golden, Captured(**captured))
    return {finding.name: finding for finding in found}


def fully(rules: tuple[Contract, GoldenManifest], table: pa.Table) -> dict[str, Finding]:
    return {f.name: f for f in judge_table(rules[0], TableSample("i/77", table), rules[1])}


def width_holds(table: pa.Table) -> bool:
    """Return whether the rows drawn are spread as all rows, to within the width: by hand."""
    values = table["x"].drop_null().to_numpy()
    if values.size <= SIZE:
        return True
    drawn = values[drawn_rows(TableSample("i/77", table).content, values.size, SIZE)]
    places = np.unique(values)
    apart = (
        np.searchsorted(np.sort(drawn), places, "right") / SIZE
        - np.searchsorted(np.sort(values), places, "right") / values.size
    )
    digits = [
        abs((drawn % 10 <= d).mean() - (values % 10 <= d).mean()) for d in range(10)
    ]  # fmt: skip
    return bool(max(abs(apart).max(), *digits) <= float(sampling_width(Fraction(1, 1000), SIZE)))


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.integers(0, 25), st.integers(1, 900), st.integers(1, 40))
def test_a_sample_never_says_other_than_all_rows(
    seed: int, shift: int, rows: int, wide: int
) -> None:
    """Where the width holds, as it does but in 1 of 1000 draws, for every finding on its own."""
    table = steady(seed, rows, shift, wide)
    whole = fully(BY_SPREAD, table)
    less = at("L2", BY_SPREAD, table)
    assert list(less) == list(whole)
    assert [f.role for f in less.values()] == [f.role for f in whole.values()]
    if width_holds(table):
        assert all(less[name].outcome in (whole[name].outcome, OPEN) for name in whole)


def test_a_sample_shows_what_is_far_and_what_is_near() -> None:
    assert {f.outcome for f in at("L2", BY_SPREAD, steady(9, shift=15)).values()} == {FAIL, OPEN}
    assert at("L2", BY_SPREAD, steady(9, shift=15))["score"].outcome is FAIL
    for table in (
        steady(50, SIZE),
        even := pa.table({"x": np.arange(SIZE - 1) % 20, "time": range(SIZE - 1)}),
    ):
        assert at("L2", UNCUT, table) == fully(UNCUT, table)  # all rows were looked at
    assert at("L2", UNCUT, even)["every value"].outcome is PASS
    open_ = at("L2", BY_SPREAD, even)
    assert open_["every value"].outcome is open_["score"].outcome is OPEN
    why = "the stretches of the day are not judged at level L2"
    assert open_["every value"].reason.endswith(why)


@pytest.mark.parametrize("level", LESSER)
@pytest.mark.parametrize("shift", [0, 3, 40])
def test_what_is_not_judged_is_open_and_says_so(level: Lesser, shift: int) -> None:
    table = steady(55, shift=shift)
    found, whole = at(level, BY_ALL, table), fully(BY_ALL, table)
    assert list(found) == list(whole)
    for name in ("move", "atom"):
        assert found[name].outcome is OPEN
        assert found[name].reason == f"not judged at level {level}"
    assert found["within"].outcome is not PASS
    assert found["score"].outcome is not PASS
    if level == "L3":
        assert {f.outcome for f in found.values()} == {OPEN}
    elif shift == 40:
        assert found["within"].outcome is found["score"].outcome is FAIL
        assert found["score"].numbers["worst"] in ("value", "every value", "digit", "within")


def test_the_rows_of_a_golden_day_are_no_candidate_at_any_level() -> None:
    for level in LESSER:
        assert at(level, BY_ALL, steady(4))["score"].outcome is FAIL


def test_a_sample_tells_of_how_many_rows_it_is() -> None:
    numbers = at("L2", BY_SPREAD, steady(55))["value"].numbers
    assert numbers["n"] == numbers["sampled"] == SIZE
    assert numbers["sampling_width"] == pytest.approx(sqrt(log(2000) / (2 * SIZE)))
    assert "sampled" not in at("L2", BY_SPREAD, steady(55, 60))["value"].numbers


def verdict(level: str, outcome: Outcome) -> Verdict:
    inputs = Inputs("walk", "i/1", "c", (), "", "", "k", level, 1)
    return Verdict(inputs, (Finding("invariants", "gate", "rule", outcome, "", {}),))


@pytest.mark.parametrize("outcome", Outcome)
def test_no_lesser_verdict_is_a_pass(outcome: Outcome) -> None:
    for level in ("L0", "L1"):
        assert verdict(level, outcome).outcome is outcome
    for level in LESSER:
        assert verdict(level, outcome).outcome is max(outcome, OPEN, key=[PASS, OPEN, FAIL].index)
    assert len({verdict(level, outcome).key for level in ("L0", "L1", *LESSER)}) == 4


def test_levels_of_contracts() -> None:
    exact = contract([{"name": "value", "column": "x", "cells": None}])
    assert (level_of(exact), level_of(contract())) == ("L0", "L1")
    assert [level_of(exact, level) for level in LESSER] == ["L2", "L3"]


def bounds(rule: DistanceRule, stat: ReferenceCounts, values: Any) -> Mapping[str, Measured]:
    one = Yardstick(rule, (), stat, Fraction(1, 10), (), None)
    return {"x": Measured(one, ks(stat, stat.observe(values)), None)}


COLUMN = st.lists(st.integers(-15, 15), min_size=1, max_size=60)


@given(COLUMN, COLUMN, st.integers(1, 9), st.fractions(0, 3))
def test_coarse_cells_say_what_all_values_say_or_nothing(
    golden: list[int], rows: list[int], cells: int, q: Fraction
) -> None:
    rule = DistanceRule.model_validate({"name": "x", "column": "x", "min_rows": 1})
    asked = UnpairedRule.model_validate({"alpha": "0.5", "distances": [rule]})
    stat = ReferenceCounts.from_golden(np.array(golden), None)
    found = [
        judge_unpaired(
            asked, "gate", bounds(rule, one, np.array(rows)), Limit(Fraction("0.5"), [(q, q)])
        )
        for one in (stat, stat.coarser(cells))
    ]
    for exact, coarse in zip(*found, strict=True):
        assert exact.outcome is not OPEN
        assert coarse.outcome in (exact.outcome, OPEN)
    assert worst(f.outcome for f in found[1]) in (worst(f.outcome for f in found[0]), OPEN)


@given(st.integers(1, 10**7), st.fractions(Fraction(1, 10**6), Fraction(9, 10)))
def test_the_width_of_a_sample_is_rounded_up(rows: int, missed: Fraction) -> None:
    width = sampling_width(missed, rows)
    assert float(width) == pytest.approx(sqrt(log(2 / float(missed)) / (2 * rows)), rel=1e-9)
    assert width**2 * 2 * rows >= Fraction(log(2 / float(missed))) * (1 - Fraction(1, 10**14))


def test_the_sample_is_the_smallest_for_its_width() -> None:
    assert sampling_width(Fraction(1, 1000), SAMPLE) <= Fraction(1, 100)
    assert sampling_width(Fraction(1, 1000), SAMPLE - 1) > Fraction(1, 100)
    with pytest.raises(InputError, match="at least 1"):
        sampling_width(Fraction(1, 1000), 0)
    with pytest.raises(InputError, match="missed"):
        sampling_width(Fraction(0), 9)


def test_rows_are_drawn_by_content_alone() -> None:
    rows = drawn_rows("a", 1000, 5000)
    assert (
        rows.tolist()
        == drawn_rows("a", 1000, 5000).tolist()
        != drawn_rows("b", 1000, 5000).tolist()
    )
    assert 0 <= rows.min() <= rows.max() < 1000
    assert len(set(rows.tolist())) < 1000  # with replacement
    assert drawn_rows("a", 10**6, 4).tolist() == [970399, 18883, 828425, 314393]
    counts = np.bincount(rows // 100, minlength=10)
    assert abs(counts - 500).max() < 5 * sqrt(500)


def test_a_sampled_state_is_named_by_its_sample() -> None:
    one = BY_SPREAD[1].strata[""]["value"]
    wanted = [sampled_measure(one, "a", 50), sampled_measure(one, "b", 50),
              sampled_measure(one, "a", 200), one.measure()]  # fmt: skip
    assert len({m.state_key({"x": "1"}) for m in wanted}) == 4
    assert sampled_measure(one, "a", 50).size == one.rule.min_rows == 100
    again = sampled_measure(one, "a", 200)
    assert isinstance(again, SampledMeasure)
    assert again.observe(steady(1)) == again.observe(steady(1))
    assert again.observe(steady(1)).rows == 200


def test_nothing_is_added_to_a_distance_of_all_rows() -> None:
    far = Distance(Fraction(1, 3), Fraction(1, 2), 99)
    assert widened(far, 100) == far
    low, high = widened(far, 99).lower, widened(far, 99).upper
    assert high - low > Fraction(1, 6)
    assert widened(Distance(Fraction(0), Fraction(1), 9), 9).upper == 1


def test_captures_decide_what_counts_at_every_level() -> None:
    """A census is not taken, but that it could be makes distances a warning, as at L1."""
    both = contract(SPREADS)
    quotes = {"rows": "all", "id": "time", "fields": ["x"] * 4, "min_compared": 1}
    body = both.model_dump(mode="json", by_alias=True) | {"rows": {"all": [{"column": "x", "above": -99}]}}  # fmt: skip  # noqa: E501
    body["paired"] = quotes | {"min_coverage": "0.5"}
    body["families"] = {"paired": "gate", "unpaired": "gate"}
    rules = Contract.model_validate(body), BY_SPREAD[1]
    table = steady(55, shift=40)
    alone, beside = at("L2", rules, table), at("L2", rules, table, quotes=True)
    assert (alone["score"].outcome, alone["score"].role) == (FAIL, "gate")
    assert (beside["score"].outcome, beside["score"].role) == (FAIL, "warn")
    assert (beside["census"].outcome, beside["census"].role) == (OPEN, "gate")
    assert alone["census"].role == "warn"


def test_dependent_rows_are_sampled_all_the_same() -> None:
    """The walk of a day depends on itself; the draw does not."""
    held_out = contract(SPREADS), manifest_of(contract(SPREADS), samples(0, 3), samples(3, 4))
    for seed in range(20, 30):
        table = day(seed)
        whole, less = fully(held_out, table), at("L2", held_out, table)
        if width_holds(table):
            assert all(less[n].outcome in (whole[n].outcome, OPEN) for n in whole)
