"""Many rules in one pass: each finds what it finds alone, whatever the others look at."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import Generator, default_rng

from karat.errors import InputError
from karat.states import Invariant, InvariantState
from karat.states.kernels import rules_kernel
from karat.states.kernels.rule_room import COLUMNS
from karat.states.one_pass import Asked, observe_all
from karat.states.picked import Picked, Rows, Stored, stored
from karat.states.rule_pass import SPELLED, looked_at, rule_of

OPS: dict[str, Callable[[int, int], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
    "!=": operator.ne,
}
SIZES = [0, 1, 7, 1023, 1024, 1025, (1 << 14) - 1, 1 << 14, (1 << 14) + 1030]


@pytest.fixture(autouse=True)
def _compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("karat.states.rule_pass.pays", lambda _: True)


def table(rng: Generator, rows: int, columns: int) -> tuple[list[Stored], list[Rows]]:
    """Return columns of few values or of extreme ones, some with nulls, and choices of rows."""
    ends, made = [-(2**63), 2**63 - 1, 0, 1], []
    for at in range(columns):
        values = rng.integers(0, 3, rows) if at % 3 else rng.choice(ends, rows)
        gaps = rng.random(rows) < 0.1 if rng.random() < 0.4 else None
        made.append(stored(pa.array(values, pa.int64(), mask=gaps)))
    some = [Rows(rows, rng.random(rows) < share) for share in (0.0, 0.01, 0.5)]
    return made, [Rows(rows), *some]


def rules(rng: Generator, rows: int, count: int, columns: int = 5) -> list[Asked]:
    made, chosen = table(rng, rows, columns)
    locator = pa.array(np.arange(rows) * 3 + 100)
    asked: list[Asked] = []
    for _ in range(count):
        picked = chosen[rng.integers(0, len(chosen))]
        left, right = (made[rng.integers(0, columns)] for _ in range(2))
        other: Any = Picked(right, picked) if rng.random() < 0.6 else int(rng.integers(3))
        sides = Picked(left, picked), other, Picked(stored(locator), picked)
        asked.append((Invariant(str(rng.choice(list(OPS)))), sides))
    return asked


def by_hand(asked: Asked) -> InvariantState:
    """Return the state by a loop over the rows."""
    statistic: Any = asked[0]
    left, right, locator = asked[1]
    rows = zip(left.values.tolist(), left.valid.tolist(), locator.values.tolist(), strict=True)
    others = [(right, True)] * len(left)
    if isinstance(right, Picked):
        others = list(zip(right.values.tolist(), right.valid.tolist(), strict=True))
    there = [(a, b, at) for (a, ok, at), (b, fine) in zip(rows, others, strict=True) if ok and fine]
    broken = [at for a, b, at in there if not OPS[statistic.op](a, b)]
    return InvariantState(len(there), len(broken), broken[0] if broken else None)


@settings(max_examples=40, deadline=None, database=None)
@given(seed=st.integers(0, 2**32), rows=st.sampled_from(SIZES), count=st.integers(2, 9))
def test_each_rule_finds_what_a_loop_finds(seed: int, rows: int, count: int) -> None:
    asked = rules(default_rng(seed), rows, count)
    found = looked_at(filter(None, (rule_of(at, *one) for at, one in enumerate(asked))))
    assert sorted(found) == list(range(count))
    for at, one in enumerate(asked):
        assert found[at] == by_hand(one)
    assert observe_all(asked) == [found[at] for at in range(count)]


def test_more_columns_and_flags_than_a_pass_takes_are_looked_at_in_several() -> None:
    asked = rules(default_rng(3), 2000, 60, columns=3 * COLUMNS)
    found = looked_at(filter(None, (rule_of(at, *one) for at, one in enumerate(asked))))
    assert len(found) > 40  # one that is alone in its pass is left to itself
    assert all(state == by_hand(asked[at]) for at, state in found.items())
    assert observe_all(asked) == [by_hand(one) for one in asked]


def test_the_first_of_two_offenders_is_named_wherever_it_lies() -> None:
    size = rules_kernel.PIECE + 5
    for first, last in [(0, 1), (1023, 1024), (5, size - 1), (size - 2, size - 1)]:
        values = np.zeros(size, np.int64)
        values[[first, last]] = 9
        column, at = (Picked(stored(pa.array(v)), Rows(size)) for v in (values, np.arange(size)))
        state = InvariantState(size, 2, first)
        asked: list[Asked] = [(Invariant("=="), (column, 0, at)), (Invariant("<"), (column, 9, at))]
        assert observe_all(asked) == [state, state]


def test_what_is_no_rule_of_whole_integers_is_left_alone() -> None:
    rows, narrow = Rows(3), pa.array([1, 2, 3], pa.int8())
    whole = Picked(stored(narrow.cast(pa.int64())), rows)
    others = Picked(stored(narrow.cast(pa.int64())), Rows(3))
    lacking = Picked(stored(pa.array([1, None, 3])), rows)
    for columns in [
        (Picked(stored(narrow), rows), 1, whole),
        (whole, others, whole),
        (whole, 1, lacking),
        (np.array([1, 2, 3]), 1, np.array([1, 2, 3])),
    ]:
        assert rule_of(0, Invariant("<"), columns) is None
    assert SPELLED.keys() == OPS.keys()
    with pytest.raises(InputError, match="does not fit int64"):
        observe_all([(Invariant("<"), (whole, 2**63, whole)), (Invariant("<"), (whole, 1, whole))])
