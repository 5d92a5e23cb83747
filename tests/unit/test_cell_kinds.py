"""Kinds of distances in golden's cells: asked for, measured once, judged and explained."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karat.contracts import CELL_KINDS, DistanceRule
from karat.distances import Distance, kuiper, psi, quantile_shift, wasserstein
from karat.errors import ContractError, CorruptError, InputError
from karat.explanation import Evidence, explained
from karat.explanation.cell_numbers import IRRATIONAL, Table, worked_out
from karat.golden import Yardstick, cell_distance, half_width, manifest_of
from karat.golden.by_cells import BY_CELLS, SUMS
from karat.golden.summed_cells import SummedCells
from karat.states import GapSums, ReferenceCounts
from karat.verdicts import Finding, Outcome
from karat.verdicts.table_sample import TableSample, judge_table
from tests.laws.two_samples import DRAWS
from tests.laws.two_samples import samples as two_samples
from tests.unit.test_golden import contract, day, samples

LOOKS: list[dict[str, Any]] = [{}, {"cells": 6}, {"cells": None}, {"of": "change", "over": 2}]


def rules(**said: Any) -> list[dict[str, Any]]:
    """Return a rule of each kind; `said` goes to all of them."""
    return [
        {"name": kind, "kind": kind, "column": "x", "min_rows": 9, **said} for kind in CELL_KINDS
    ]


def looked_at(table: pa.Table, said: dict[str, Any]) -> list[int]:
    values = table["x"].drop_null().to_pylist()
    return [b - a for a, b in zip(values, values[2:], strict=False)] if "of" in said else values


def test_every_kind_has_a_distance_and_no_other() -> None:
    assert {*BY_CELLS, SUMS} == set(CELL_KINDS)


@pytest.mark.parametrize("said", LOOKS, ids=str)
def test_each_kind_is_its_distance_from_all_reference_days(said: dict[str, Any]) -> None:
    asked = contract(rules(**said))
    held = manifest_of(asked, samples(0, 3), samples(3, 4)).usable(asked)
    trial = day(9, 300)
    values = [looked_at(sample.table, said) for sample in samples(0, 3)]
    golden = np.concatenate([np.array(one) for one in values])
    for name, one in held.items():
        cells = one.cells
        assert cells is not None
        full = ReferenceCounts.from_golden(golden, None)
        assert cells.rows == golden.size
        assert np.isin(cells.points, full.points).all()
        found = one.distance(one.measure().observe(trial))
        rows = np.array(looked_at(trial, said))
        if name == SUMS:
            stat = GapSums(cells)
            assert found == wasserstein(stat, stat.observe(golden), stat.observe(rows))
        else:
            assert found == BY_CELLS[name](one.rule, cells, cells.observe(rows))
        assert found.count == rows.size
        assert one.scale > 0


def test_a_day_left_out_is_as_far_from_the_others_as_they_say() -> None:
    asked = contract(rules(cells=None))
    held = manifest_of(asked, samples(0, 3), samples(3, 4)).usable(asked)
    days = [np.array(looked_at(sample.table, {})) for sample in samples(0, 3)]
    # Not of kinds to which cells that only the day left out has rows in are bins, or tell ties.
    for name in ("ks", "kuiper", "mann_whitney", "quantile_shift", SUMS):
        one = held[name]
        for at, left in enumerate(one.left_out):
            others = np.concatenate(days[:at] + days[at + 1 :])
            cells = ReferenceCounts.from_golden(others, None)
            if name == SUMS:
                true = one.golden.statistic
                expected = wasserstein(true, true.observe(others), true.observe(days[at]))
            else:
                expected = BY_CELLS[name](one.rule, cells, cells.observe(days[at]))
            assert left == expected.lower


def test_what_counts_alone_tell_is_counted_once() -> None:
    asked = contract(rules())
    held = manifest_of(asked, samples(0, 3), samples(3, 4)).usable(asked)
    keys = {name: one.measure().state_key({"x": "0"}) for name, one in held.items()}
    alone = keys.pop(SUMS)
    assert len({*keys.values()}) == 1
    assert alone not in keys.values()


def test_goldens_outlive_their_bytes() -> None:
    asked = contract(rules(cells=6))
    for one in manifest_of(asked, samples(0, 3), samples(3, 4)).usable(asked).values():
        data = one.to_bytes()
        read = Yardstick.golden_of(one.rule, data)
        assert read == one.golden
        with pytest.raises(CorruptError):
            Yardstick.golden_of(one.rule, data[:-1])


def steady(seed: int, by: int = 0, times: int = 1) -> TableSample:
    """Return a day of independent rows, of which all may be moved, and spread more widely."""
    rng = np.random.default_rng([seed, 5])
    values = rng.binomial(60, 0.5, 600) * times + by
    table = pa.table({"x": values, "time": rng.integers(0, 5, 600).cumsum()})
    return TableSample(f"i/{seed}", table)


@pytest.mark.parametrize(("by", "times"), [(15, 1), (-60, 3)])
def test_a_day_unlike_golden_fails_by_every_kind_and_one_of_them_by_few(
    by: int, times: int
) -> None:
    asked = contract(rules(), alpha="0.1")
    days = [steady(n) for n in range(30)]
    golden = manifest_of(asked, days[:6], days[6:])
    like = {f.name: f for f in judge_table(asked, steady(80), golden)}
    unlike = {f.name: f for f in judge_table(asked, steady(80, by, times), golden)}
    for kind in CELL_KINDS:
        if kind == "mann_whitney" and times > 1:
            continue  # Wider on both sides alike is no tendency to lie above.
        assert unlike[kind].outcome is Outcome.FAIL, kind
        assert unlike[kind].reason.startswith(f"{kind} "), kind
        assert like[kind].numbers["statistic"] == kind


def test_days_like_golden_pass_by_every_kind() -> None:
    asked = contract(rules(), alpha="0.05")
    days = [steady(n) for n in range(45)]
    golden = manifest_of(asked, days[:6], days[6:])
    found = [f for n in range(60, 80) for f in judge_table(asked, steady(n), golden)]
    for kind in CELL_KINDS:
        failed = [f for f in found if f.name == kind and f.outcome is not Outcome.PASS]
        assert len(failed) <= 5, kind


@pytest.mark.parametrize("said", LOOKS, ids=str)
def test_each_kind_is_explained_from_single_rows(said: dict[str, Any]) -> None:
    asked, trial = contract(rules(**said)), day(9, 200)
    held = manifest_of(asked, samples(0, 3), samples(3, 4)).usable(asked)
    for name, one in held.items():
        distance = one.distance(one.measure().observe(trial))
        numbers = {"low": float(distance.lower), "high": float(distance.upper), "n": distance.count}
        finding = Finding("unpaired", "gate", name, Outcome.PASS, "", numbers)
        worked = explained(Evidence(asked, trial, held, [finding]), finding)
        assert worked.agrees, name
        assert {one.name for one in worked.compared} == {"low", "high", "n"}
        assert worked.rows is not None
        assert worked.rows.num_rows


@pytest.mark.parametrize("seed", [80, 81])
def test_the_score_over_all_kinds_is_explained(seed: int) -> None:
    asked = contract(rules(), alpha="0.1", blocks=None)
    days = [steady(n) for n in range(30)]
    golden = manifest_of(asked, days[:6], days[6:])
    trial = steady(seed, by=seed - 80)
    findings = judge_table(asked, trial, golden)
    evidence = Evidence(asked, trial.table, golden.usable(asked), findings)
    for finding in findings:
        assert explained(evidence, finding).agrees, finding.name


def test_what_is_written_out_by_hand_is_what_the_engine_says() -> None:
    for seed in range(0, DRAWS, 4):
        golden, rows = two_samples(seed)
        cells = ReferenceCounts.from_golden(golden, (None, 2, 6)[seed % 3])
        state = cells.observe(rows)
        ours = np.zeros_like(cells.golden)
        ours[state.cells] = state.counts
        table = Table(cells.golden.tolist(), ours.tolist())
        for kind in CELL_KINDS:
            said = {"quantile": "0.75"} if kind == "quantile_shift" else {}
            rule = DistanceRule.model_validate({"name": "n", "column": "x", "kind": kind, **said})
            by_hand = worked_out(rule, table)
            if by_hand is None:
                assert kind in ("ks", "cramer_von_mises", SUMS)
                continue
            found = cell_distance(rule, cells, state)
            apart = [abs(a - b) for a, b in zip(by_hand, (found.lower, found.upper), strict=True)]
            assert max(apart) <= (Fraction(1, 10**18) if kind in IRRATIONAL else 0), kind


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"kind": "kuipre"}, "did you mean 'kuiper'"),
        ({"kind": "wassersten"}, "did you mean 'wasserstein'"),
        ({"kind": "psi", "tolerance": "0.1"}, "tolerance says nothing for psi of value"),
        ({"kind": "ks", "bins": 3}, "bins says nothing for ks of value; for cell_variation of"),
        ({"kind": "js", "floor": "0.1"}, "floor says nothing for js of value; for psi of"),
        ({"kind": "ks", "quantile": "0.1"}, "quantile says nothing for ks of value"),
        ({"kind": "quantile_shift", "quantile": "1"}, "above 0 and below 1"),
        ({"kind": "psi", "bins": 0}, "greater than or equal to 1"),
        ({"kind": "atom", "cells": 9}, "cells says nothing for atom of value"),
    ],
)
def test_what_a_kind_does_not_take_is_told(said: dict[str, Any], told: str) -> None:
    with pytest.raises((ValueError, ContractError), match=told):
        DistanceRule.model_validate({"name": "x", "column": "x", **said})


def test_keys_at_their_defaults_are_not_in_the_digest_and_others_are() -> None:
    def of(**said: Any) -> str:
        return DistanceRule.model_validate({"name": "n", "column": "x", **said}).digest

    assert of(kind="psi") == of(kind="psi", bins=20, floor=None)
    told = [of(kind="psi"), of(kind="psi", bins=9), of(kind="psi", bins=None), of(kind="js")]
    told += [of(kind="psi", floor="0.1"), of(kind="quantile_shift"), of()]
    told += [of(kind="quantile_shift", quantile="0.9")]
    assert len({*told}) == len(told)


def test_kuiper_needs_twice_the_width_to_be_tolerated() -> None:
    """Each one-sided excess may be off by a half-width, and Kuiper's distance adds two."""
    tolerated: dict[str, Any] = {"column": "x", "min_rows": 9, "tolerance": "0.5"}
    both = [{"name": kind, "kind": kind, **tolerated} for kind in ("ks", "kuiper")]
    asked = contract(both)
    golden = manifest_of(asked, samples(0, 6), samples(6, 30))
    found = {f.name: f.numbers for f in judge_table(asked, TableSample("i/80", day(80)), golden)}
    widths = [found[kind]["half_width"] for kind in ("ks", "kuiper")]
    assert float(widths[1]) == pytest.approx(2 * float(widths[0]))
    worth = [Fraction(found["ks"][key]).limit_denominator(10**9) for key in ("n_eff", "m_eff")]
    assert float(half_width(Fraction("0.2"), *worth) or 0) == pytest.approx(float(widths[0]))


@settings(max_examples=40)
@given(st.lists(st.integers(-5, 5), max_size=20), st.lists(st.integers(-9, 9), max_size=20))
def test_both_one_sided_excesses_are_off_by_no_more_than_twice_ks(
    a: list[int], b: list[int]
) -> None:
    stat = ReferenceCounts.from_golden(np.array([*a, 0]), None)
    state = stat.observe(np.array([*b, 0]))
    rule = DistanceRule(name="n", column="x", kind="ks")
    one, two = cell_distance(rule, stat, state), kuiper(stat, state)
    assert one.lower <= two.lower <= 2 * one.lower


def test_what_is_said_of_a_kind_reaches_its_distance() -> None:
    stat = ReferenceCounts.from_golden(np.arange(50), None)
    state = stat.observe(np.arange(20, 90))
    for said, expected in (
        ({"kind": "psi", "bins": 5, "floor": "0.01"}, psi(stat, state, 5, "0.01")),
        ({"kind": "psi", "bins": None}, psi(stat, state)),
        ({"kind": "quantile_shift", "quantile": "0.9"}, quantile_shift(stat, state, "0.9")),
    ):
        rule = DistanceRule.model_validate({"name": "n", "column": "x", **said})
        assert cell_distance(rule, stat, state) == expected


def test_floats_have_every_distance_but_wasserstein() -> None:
    def floats(n: int) -> TableSample:
        table = day(n)
        return TableSample(f"i/{n}", table.set_column(0, "x", table["x"].cast(pa.float64())))

    for rule in rules():
        asked = contract([rule])
        if rule["kind"] == SUMS:
            with pytest.raises(InputError, match="sums are of integers"):
                manifest_of(asked, [floats(0)], [])
        else:
            one = manifest_of(asked, [floats(0), floats(1)], []).usable(asked)[rule["name"]]
            assert one.distance(one.measure().observe(floats(3).table)).count


def test_summed_cells_less_a_day_are_the_other_days() -> None:
    days = [np.array(looked_at(sample.table, {})) for sample in samples(0, 3)]
    empty = ReferenceCounts(np.array([-5, 0, 20]), np.zeros(7, np.int64))
    stat = GapSums(empty)
    golden = SummedCells.of(empty, [stat.observe(one) for one in days])
    others = golden.without(stat.observe(days[1]))
    assert others.held == golden.statistic.observe(np.concatenate([days[0], days[2]]))
    assert golden.cells.rows == sum(one.size for one in days)
    assert Distance.none() == wasserstein(stat, stat.empty(), golden.held)
