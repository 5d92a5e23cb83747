"""Distances by hand on tiny tables, against their definitions written once more over all values."""

import itertools
from collections import Counter
from fractions import Fraction
from statistics import mean, pvariance
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from karat.contracts import Contract
from karat.explanation import Evidence, Worked, explained
from karat.golden import GoldenManifest, manifest_of
from karat.verdicts import Finding, Outcome
from karat.verdicts.table_sample import TableSample
from tests.unit.test_golden import contract

Rows = list[int]
KINDS: dict[str, dict[str, Any]] = {
    "every": {"cells": None},
    "change": {"cells": None, "of": "change", "over": 2},
    "moved": {"cells": None, "of": "movement"},
    "even": {"kind": "total_variation", "of": "even"},
    "digits": {"kind": "total_variation", "of": "last_digits"},
    "share": {"kind": "total_variation"},
    "atom": {"kind": "atom"},
    "covered": {"kind": "coverage", "min_count": 2},
    "memory": {"kind": "acf", "lags": 2},
    "pull": {"kind": "variance_ratio", "steps": 3},
}
GOLDEN_ROWS: Rows = [3, -12, 7, 7, 0, 25, 3, -1, 8, 10, 4, 4, 9, -7, 1, 2]
SMALL = st.lists(st.integers(-30, 30), min_size=5, max_size=30)


def asked(name: str) -> Contract:
    return contract([{"name": name, "column": "x", "min_rows": 1, **KINDS[name]}])


def table(values: Rows) -> pa.Table:
    return pa.table({"x": pa.array(values, pa.int64()), "time": np.arange(len(values))})


def golden(name: str) -> GoldenManifest:
    return manifest_of(asked(name), [TableSample("i/0", table(GOLDEN_ROWS))], [])


GOLDEN = {name: golden(name) for name in KINDS}


def seen(name: str, values: Rows) -> Rows:
    """Return what a rule looks at, from the words of its docstring."""
    if name == "change":
        return [b - a for a, b in zip(values, values[2:], strict=False)]
    if name == "moved":
        return [abs(b - a) for a, b in itertools.pairwise(values)]
    if name == "even":
        steps = [b - a for a, b in itertools.pairwise(values)]
        return [int(abs(b - a) <= 1) for a, b in itertools.pairwise(steps)]
    return [abs(value) % 10 for value in values] if name == "digits" else values


def share(values: Rows, most: int) -> Fraction:
    return Fraction(sum(value <= most for value in values), len(values))


def correlation(values: Rows, lag: int) -> Fraction:
    centre = Fraction(sum(values), len(values))
    products = [(a - centre) * (b - centre) for a, b in zip(values, values[lag:], strict=False)]
    return sum(products, Fraction(0)) / sum((v - centre) ** 2 for v in values)


def ratio(values: Rows) -> Fraction:
    def spread(over: int) -> Fraction:
        moves = [Fraction(b - a) for a, b in zip(values, values[over:], strict=False)]
        return Fraction(pvariance(moves, mean(moves)))

    return spread(3) / (3 * spread(1))


def defined(name: str, ours: Rows, theirs: Rows) -> Fraction:
    if name in ("every", "change", "moved"):
        return max(abs(share(ours, v) - share(theirs, v)) for v in {*ours, *theirs})
    if name == "memory":
        return max(abs(correlation(ours, k) - correlation(theirs, k)) for k in (1, 2))
    if name == "pull":
        return abs(ratio(ours) - ratio(theirs))
    a, b = Counter(ours), Counter(theirs)
    if name == "covered":
        wanted = [v for v, count in b.items() if count > 1]
        return Fraction(sum(a[v] < 2 for v in wanted), len(wanted))
    apart = [abs(Fraction(a[v], len(ours)) - Fraction(b[v], len(theirs))) for v in {*a, *b}]
    return max(apart) if name == "atom" else sum(apart, Fraction(0)) / 2


def worked(name: str, values: Rows, **numbers: Any) -> Worked:
    held = GOLDEN[name].usable(asked(name))
    finding = Finding("unpaired", "gate", name, Outcome.PASS, "", numbers)
    return explained(Evidence(asked(name), table(values), held, [finding]), finding)


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=30)
@given(values=SMALL)
def test_a_distance_is_what_its_definition_says(name: str, values: Rows) -> None:
    ours, theirs = seen(name, values), seen(name, GOLDEN_ROWS)
    if name in ("memory", "pull"):
        moves = [b - a for a, b in itertools.pairwise(values)]
        assume(len(set(values)) > 1 and len(set(moves)) > 1)
    wanted = defined(name, ours, theirs)
    found = worked(name, values, low=float(wanted), n=len(ours))
    assert found.numbers["low"] == found.numbers["high"] == float(wanted)
    assert found.numbers["n"] == len(ours)
    assert found.agrees
    assert found.numbers["ratio"] == float(wanted / GOLDEN[name].strata[""][name].scale)


@pytest.mark.parametrize("name", KINDS)
def test_rows_behind_a_distance_are_rows_of_the_table(name: str) -> None:
    values = [40, 3, 3, 41, 0, 5, 43, 3, 12, -9, 6, 6]
    found = worked(name, values)
    assert found.rows is not None
    places = found.rows["row"].to_pylist()
    assert places
    assert found.rows["x"].to_pylist() == [values[at] for at in places]
    assert not found.agrees, "there was nothing to compare"


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("values", [[], [7], [7, 7]])
def test_no_rows_or_equal_ones_are_worked_out_without_breaking(name: str, values: Rows) -> None:
    found = worked(name, values, low=0.25)
    ours = seen(name, values)
    told = name in ("memory", "pull") or not ours
    assert found.agrees is False
    assert ("low" in found.numbers) is not told
    assert found.steps


def test_a_row_without_a_value_takes_no_part() -> None:
    held = GOLDEN["every"].usable(asked("every"))
    gaps = pa.table({"x": pa.array([3, None, 9, None, 4]), "time": range(5)})
    finding = Finding("unpaired", "gate", "every", Outcome.PASS, "", {})
    found = explained(Evidence(asked("every"), gaps, held, [finding]), finding)
    assert found.numbers["n"] == 3
    assert "x has a value: 5 rows before, 3 after" in found.steps
    assert found.numbers["low"] == float(defined("every", [3, 9, 4], GOLDEN_ROWS))
