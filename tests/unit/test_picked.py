"""Rows picked where they lie are the rows copied; compiled passes find what numpy finds."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from karat.contracts import Condition, select
from karat.contracts.row_choices import chosen_together
from karat.contracts.row_sets import RowSets
from karat.errors import InputError
from karat.states import Invariant, Ordering
from karat.states.picked import Picked, Rows, Stored, storable, stored
from karat.states.testing import Case
from tests.laws.cases import CASES

KINDS = (pa.int8(), pa.int16(), pa.int32(), pa.int64())
few = settings(max_examples=80, deadline=None, database=None)
drawn = given(seed=st.integers(0, 2**32))


def arrow(column: Any) -> pa.Array:
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else pa.array(column)
    return pa.concat_arrays(whole.chunks) if isinstance(whole, pa.ChunkedArray) else whole


def whole_numbers(case: Case) -> bool:
    columns = case.rows(default_rng(0), 5)
    return case.sliceable and all(storable(arrow(column).type) for column in columns)


WHOLE = [case for case in CASES if whole_numbers(case)]
ids = [f"{case.statistic.name} {at}" for at, case in enumerate(WHOLE)]


@pytest.fixture(params=[False, True], ids=["numpy", "compiled"])
def passes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let every pass of the engine be a plain one, or a compiled one."""
    import karat.states.counts  # noqa: F401 - patched below

    for name, module in list(sys.modules.items()):
        if name.startswith(("karat.states", "karat.distances")) and hasattr(module, "pays"):
            monkeypatch.setattr(module, "pays", lambda _: request.param)
    return request.param


@pytest.mark.parametrize("case", WHOLE, ids=ids)
@pytest.mark.parametrize("size", [0, 1, 2, 40, 700])
def test_picked_rows_are_the_rows_copied(case: Case, size: int, passes: bool) -> None:
    for seed in range(6):
        columns = [arrow(column) for column in case.rows(default_rng([seed, size]), size)]
        mask = default_rng(seed).random(size) < (0.0, 0.3, 0.9, 1.0)[seed % 4]
        rows = Rows(size, None if seed == 5 else mask)
        copied = columns if seed == 5 else [column.filter(pa.array(mask)) for column in columns]
        found = case.statistic.observe(*(Picked(stored(column), rows) for column in columns))
        expected = case.statistic.observe(*copied)
        assert found == expected, passes
        assert case.statistic.encode(found) == case.statistic.encode(expected)


@pytest.mark.parametrize("case", CASES, ids=[f"{c.statistic.name} {at}" for at, c in enumerate(CASES)])  # fmt: skip  # noqa: E501
def test_compiled_passes_find_what_numpy_finds(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed, size in enumerate((1, 2, 3, 30, 900, 1_200)):
        found = []
        for compiled in (False, True):
            for name, module in list(sys.modules.items()):
                if name.startswith("karat.states") and hasattr(module, "pays"):
                    monkeypatch.setattr(module, "pays", lambda _, compiled=compiled: compiled)
            columns = case.rows(default_rng([seed, size]), size)
            found.append(case.statistic.encode(case.statistic.observe(*columns)))
        assert found[0] == found[1]


def nullable_table(rng: np.random.Generator, size: int) -> pa.Table:
    columns = {}
    for name in "abc":
        kind = KINDS[rng.integers(0, len(KINDS))]
        nulls = rng.random(size) < rng.choice([0, 0.2, 1])
        columns[name] = pa.array(rng.integers(-4, 6, size), kind, mask=nulls)
    table = pa.table(columns)
    cut = int(rng.integers(0, size + 1))
    # In two chunks, of which the second begins inside its memory.
    return pa.concat_tables([table.slice(0, cut), table.slice(cut)])


def condition(rng: np.random.Generator) -> Condition:
    said: dict[str, Any] = [
        {"is": rng.integers(-4, 300, 2).tolist()},
        {"is": [int(rng.integers(-2, 3))]},
        {"has": int(rng.choice([1, 2, 6, 130, 2**40]))},
        {"has_not": int(rng.choice([1, 2, 6, 130, 2**40]))},
        {"above": int(rng.choice([-300, -1, 0, 3, 2**40]))},
        {"below": int(rng.choice([-300, -1, 0, 3, 2**40]))},
        {"same_as": str(rng.choice(list("abc")))},
    ][rng.integers(0, 7)]
    return Condition.model_validate({"column": str(rng.choice(list("abc"))), **said})


@few
@drawn
def test_rows_meet_conditions_as_arrow_says(seed: int) -> None:
    rng = default_rng(seed)
    table = nullable_table(rng, int(rng.integers(0, 60)))
    sets = RowSets(table)
    for _ in range(4):
        conditions = tuple(condition(rng) for _ in range(rng.integers(0, 4)))
        present = tuple("abc"[: rng.integers(0, 3)])
        expected = select(table, conditions)
        expected = expected.filter(pa.array(held(expected, present), pa.bool_()))
        rows = sets.rows(conditions, present)
        assert rows.count == expected.num_rows
        for name in "abc":
            column = sets.column(name, rows)
            wanted = expected[name].to_pylist()
            assert column.values.tolist() == [value or 0 for value in wanted]
            assert column.valid.tolist() == [value is not None for value in wanted]


@pytest.mark.parametrize("size", [0, 1, 900, 4096, 4097, 9000])
def test_choices_found_together_are_those_found_alone(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("karat.contracts.row_choices.pays", lambda _: True)
    fit = 0
    for seed in range(12):
        rng = default_rng([seed, size])
        table = nullable_table(rng, size)
        several = [condition(rng) for _ in range(9)]
        picked = [rng.integers(0, 9, rng.integers(1, 5)) for _ in range(5)]
        choices = [tuple(several[at] for at in some) for some in picked]
        alone, together = RowSets(table), RowSets(table)
        together.look_for([*choices, (), choices[0]])
        fit += len(chosen_together(choices, size, partial(column_of, table)))
        for choice in choices:
            found, expected = together.rows(choice), alone.rows(choice)
            assert (found.size, found.count) == (expected.size, expected.count)
            assert found.flags.tolist() == expected.flags.tolist()
    assert fit  # columns of other widths, and values beyond them, are left to who asks


def test_choices_beyond_the_room_of_one_pass_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("karat.contracts.row_choices.pays", lambda _: True)
    kinds = (pa.int8(), pa.int64())
    named = {f"{kind} {at}": pa.array([at, 1, None], kind) for at in range(9) for kind in kinds}
    table = pa.table(named)
    choices = [(Condition(column=name, above=0),) for name in table.column_names]
    found = chosen_together(choices, 3, partial(column_of, table))
    assert len(found) == 8  # as many flags as it takes: four narrow columns, and four wide ones
    for (said,), rows in found.items():
        assert rows.count == 1 + (' 0"' not in said)
    assert not chosen_together(choices[:1], 3, partial(column_of, table))


def column_of(table: pa.Table, name: str) -> Stored:
    return stored(table[name])


def held(table: pa.Table, present: tuple[str, ...]) -> list[bool]:
    columns = [table[name].to_pylist() for name in present]
    return [all(column[row] is not None for column in columns) for row in range(table.num_rows)]


def test_what_is_asked_again_is_found_again() -> None:
    sets = RowSets(pa.table({"a": pa.array([1, None, 3])}))
    above = (Condition(column="a", above=0),)
    assert sets.rows(above) is sets.rows(above, ("a",))
    assert sets.column("a", sets.rows(above)) is sets.column("a", sets.rows(above, ("a",)))
    assert not sets.holds(["b"])
    assert sets.rows(()).index is None


@pytest.mark.parametrize("rule", [Invariant("<"), Ordering(rising=False)], ids=["rule", "order"])
def test_a_locator_without_a_value_is_refused(rule: Any) -> None:
    rows = Rows(3, np.array([True, False, True]))
    values, gaps = (stored(pa.array(column)) for column in ([1, 2, 3], [1, None, None]))
    columns = [values, values, gaps][-2 if rule.name == "ordering" else 0 :]
    with pytest.raises(InputError, match="'locator' is null at row 1"):
        rule.observe(*(Picked(column, rows) for column in columns))


def test_a_constant_beyond_the_columns_own_width_is_compared() -> None:
    column = Picked(stored(pa.array([1, -1], pa.int8())), Rows(2))
    assert Invariant("<").observe(column, 1000, column).violations == 0
    with pytest.raises(InputError, match="does not fit int64"):
        Invariant("<").observe(column, 2**63, column)


@pytest.mark.parametrize("share", [0, 0.01, 0.2, 0.3, 0.99, 1])
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_rows_of_any_share_are_copied_and_found_one_by_one(
    share: float, kind: pa.DataType, passes: bool
) -> None:
    for size in (1, 63, 64, 65, 400):
        rng = default_rng(size)
        mask = (rng.random(size) < share) | (np.arange(size) // 64 == 2) * bool(share)
        lowest, most = -(2 ** (kind.bit_width - 1)), 2 ** (kind.bit_width - 1) - 1
        column = stored(pa.array(rng.integers(lowest, most, size, endpoint=True), kind))
        rows, expected = Rows(size, mask), column.values[mask].tolist()
        picked = Picked(column, rows)
        assert picked.values.tolist() == expected, passes
        assert picked.values.dtype == np.int64
        assert rows.index is not None
        assert rows.index.tolist() == np.flatnonzero(mask).tolist()
        assert [picked[row] for row in range(rows.count)] == expected
        assert rows.of(mask).tolist() == [True] * rows.count
        with pytest.raises(IndexError):
            rows.place(rows.count)


def test_conditions_that_all_rows_meet_choose_all_rows() -> None:
    sets = RowSets(pa.table({"a": [1, 2], "b": [None, 2]}))
    everywhere = sets.rows((Condition(column="a", above=0),))
    assert everywhere is sets.rows(())
    assert everywhere.mask is None
    assert sets.rows((Condition(column="b", above=0),)) is not everywhere
