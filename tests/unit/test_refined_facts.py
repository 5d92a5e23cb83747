"""What a threshold inside a certificate leaves in doubt, and what exact distances decide of it."""

from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.partitions import lean_table
from karat.contracts import DistanceRule
from karat.distances import Distance
from karat.golden import GoldenManifest, HalfWidth, Refined, Yardstick, manifest_of
from karat.states import ReferenceCounts
from karat.verdicts.batch import entry_of
from karat.verdicts.columns import columns_of
from karat.verdicts.deciding import decided_at_once
from karat.verdicts.facts import Facts, Far
from karat.verdicts.facts_format import facts_of_plain, plain_facts
from karat.verdicts.judging import Rulebook
from karat.verdicts.limits import Bar
from karat.verdicts.measurement import FORMAT, PLAIN, Measurement, decoded, decoded_one, encoded
from karat.verdicts.table_sample import TableSample, judge_table
from tests.journeys.refined_days import ROWS, contract, day

SHARES = st.fractions(0, 1, max_denominator=60)
BOUNDS = st.tuples(SHARES, SHARES).map(lambda pair: Distance(min(pair), max(pair), 500))
TINY = Fraction(1, 10**14)
STAT = ReferenceCounts.from_golden(np.arange(4))


def bar(q: Fraction, tolerance: Fraction | None) -> Bar:
    width = HalfWidth(Fraction(1, 20), Fraction(10**4), 1)
    return Bar((q, q), (q, q), tolerance, width)


@given(SHARES, st.none() | SHARES, BOUNDS, st.none() | st.just(Fraction(10**4)))
def test_a_doubt_is_left_exactly_where_the_ends_are_decided_differently(
    q: Fraction, tolerance: Fraction | None, found: Distance, worth: Fraction | None
) -> None:
    held = bar(q, tolerance)
    low, high = (Distance(end, end, found.count) for end in (found.lower, found.upper))
    near = held.distance(low) is not held.distance(high)
    shown = held.tolerated(low, worth) is not held.tolerated(high, worth)
    assert held.inside(found, worth) is (near or shown)
    if not held.inside(found, worth):
        assert held.distance(found) is held.distance(low)
        assert held.tolerated(found, worth) is held.tolerated(low, worth)


@cache
def golden() -> GoldenManifest:
    days = [TableSample(f"g/{n:03}", lean_table(10**6 + n, ROWS)) for n in range(22)]
    return manifest_of(contract(), days[:3], days[3:])


@cache
def rules(alpha: str) -> Rulebook:
    return Rulebook(contract(alpha=alpha), golden())


def measured(far: dict[str, Far]) -> Measurement:
    facts = Facts(far=far)
    return Measurement("c" * 64, ROWS, "", ["a" * 64], "", plain_facts(facts))


FAR = st.builds(
    lambda found, at, known: Far(
        found,
        refined=Refined(_at(found, at), 2) if known else None,
    ),
    BOUNDS,
    SHARES,
    st.booleans(),
)
ALPHAS = st.sampled_from(["0.05", "0.3", "0.7"])


def _at(found: Distance, share: Fraction) -> Distance:
    exact = found.lower + (found.upper - found.lower) * share
    return Distance(exact, exact, found.count)


@settings(max_examples=60, deadline=None)
@given(ALPHAS, st.lists(st.tuples(FAR, FAR, FAR), min_size=1, max_size=5))
def test_columns_decide_none_that_rows_are_to_say(alpha: str, fars: list[Any]) -> None:
    book = rules(alpha)
    every = [measured(dict(zip(book.held(""), three, strict=True))) for three in fars]
    (columns,) = columns_of(every) or []
    contents = [one.content for one in every]
    for one, said in zip(every, decided_at_once(book, columns, contents), strict=True):
        doubts = book.doubtful("", one.facts.far)
        assert said is None or not doubts
        if said is not None:
            rulings = book.rulings(one.candidate("v-m-many/2024-01-01"), one.facts)
            entry = entry_of("", one.content, rulings)
            assert tuple(said) == (entry.outcome, entry.decisive)


@settings(max_examples=60, deadline=None)
@given(ALPHAS, FAR)
def test_an_exact_distance_decides_where_there_was_a_doubt_and_nowhere_else(
    alpha: str, far: Far
) -> None:
    """What is told hangs on the threshold alone, not on what was asked before it."""
    book, name = rules(alpha), "value"
    limit = book.limit("").bar(book.held("")[name].rule, book.held("")[name])
    assert limit is not None
    others = dict.fromkeys(["steps", "tails"], Far(Distance(Fraction(0), Fraction(0), ROWS)))
    candidate = measured({}).candidate("v-m-many/2024-01-01")
    (finding,) = [
        f for f in book.findings(candidate, Facts(far={name: far, **others})) if f.name == name
    ]
    inside = limit.inside(far.distance, None)
    if far.refined is None or not inside:
        assert finding.numbers["low"] == float(far.distance.lower)
        assert "refined" not in finding.numbers
        return
    assert finding.numbers["low"] == finding.numbers["high"] == float(far.refined.distance.lower)
    assert finding.numbers["certified_low"] == float(far.distance.lower)
    assert finding.numbers["certified_high"] == float(far.distance.upper)
    assert finding.outcome is limit.distance(far.refined.distance)
    assert str(finding.outcome) != "INCONCLUSIVE"
    assert "refined by all golden values, certified" in finding.reason


@given(FAR)
def test_facts_come_back_and_old_texts_stay_as_they_were(far: Far) -> None:
    facts = Facts(far={"value": far})
    assert facts_of_plain(plain_facts(facts)).far == facts.far
    one = measured({"value": far})
    text = encoded("many", {"p": one})
    assert decoded(text, "it") == {"p": one}
    version = FORMAT if far.refined else PLAIN
    assert text.startswith(f'{{"format":{version},'.encode())


def test_without_all_values_or_rows_enough_nothing_is_asked() -> None:
    far = Far(Distance(Fraction(0), Fraction(1), ROWS))
    book = rules("0.05")
    every = dict.fromkeys(book.held(""), far)
    assert book.doubtful("", every) == ["value", "steps", "tails"]
    assert book.doubtful("", {"value": far}) == ["value"]
    few = far._replace(distance=replace(far.distance, count=99))
    assert book.doubtful("", dict.fromkeys(every, few)) == []
    exact = far._replace(refined=Refined(Distance(Fraction(0), Fraction(0), ROWS), 1))
    assert book.doubtful("", dict.fromkeys(every, exact)) == []
    bare = {n: replace(one, full="") for n, one in golden().strata[""].items()}
    old = Rulebook(contract(), replace(golden(), strata={"": bare}))
    assert old.doubtful("", every) == []


@pytest.mark.parametrize("number", [0, 3, 4, 10])
def test_a_table_is_judged_as_by_all_values(number: int) -> None:
    whole = contract(None)
    days = [TableSample(f"g/{n:03}", lean_table(10**6 + n, ROWS)) for n in range(22)]
    every = manifest_of(whole, days[:3], days[3:])
    sample = TableSample("v-m-many/2024-01-01", day(number))
    coarse, full = judge_table(contract(), sample, golden()), judge_table(whole, sample, every)
    assert [(f.name, f.outcome) for f in coarse] == [(f.name, f.outcome) for f in full]
    assert all(str(f.outcome) != "INCONCLUSIVE" for f in coarse)


def test_a_rule_with_all_values_keeps_none_beside() -> None:
    held = rules("0.05").held("")
    assert all(one.full and one.every for one in held.values())
    rule = DistanceRule.model_validate({"name": "x", "column": "value", "cells": None})
    assert Yardstick(rule, (), STAT, Fraction(1), (), None).full == ""


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["0.05", "0.3"]), FAR.filter(lambda far: far.refined is not None))
def test_columns_decide_by_an_exact_distance_that_is_known(alpha: str, far: Far) -> None:
    """Unless it is as near to a threshold as floats cannot tell, which rationals decide."""
    book = rules(alpha)
    others = dict.fromkeys(["steps", "tails"], Far(Distance(Fraction(0), Fraction(0), ROWS)))
    one = measured({"value": far, **others})
    (columns,) = columns_of([one]) or []
    (said,) = decided_at_once(book, columns, [one.content])
    limit = book.limit("").bar(book.held("")["value"].rule, book.held("")["value"])
    assert limit is not None
    assert far.refined is not None
    ends = {far.refined.distance.lower, far.distance.lower, far.distance.upper}
    assert (said is None) is any(abs(end - at) < TINY for end in ends for at in limit.whole)
    if said is not None:
        entry = entry_of(
            "", one.content, book.rulings(one.candidate("v-m-many/2024-01-01"), one.facts)
        )
        assert tuple(said) == (entry.outcome, entry.decisive)


NAMES = st.sampled_from([f"v-m-many/2024-01-0{n}" for n in range(1, 6)])


@given(st.dictionaries(NAMES, st.tuples(FAR, NAMES | st.text('a\\":[{', max_size=9)), max_size=4))
def test_one_of_many_is_what_all_of_them_say_whatever_rules_are_called(
    many: dict[str, Any],
) -> None:
    every = {name: measured({rule: far}) for name, (far, rule) in many.items()}
    data, rules = encoded("many", every), {rule for _, rule in many.values()}
    found, whole = {name: decoded_one(data, name) for name in every}, decoded(data, "it")
    assert {name: found[name] or whole[name] for name in every} == whole
    assert all(found[name] for name in every if name not in rules)
    assert decoded_one(data, "v-m-other/2024-01-01") is None
    assert decoded_one(data.replace(b'"format":', b'"format":1'), "v-m-many/2024-01-01") is None
