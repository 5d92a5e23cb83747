"""Rules of rows by hand on tables small enough to count on fingers."""

from typing import Any

import pyarrow as pa
import pytest

from karat.contracts import Contract
from karat.explanation import Evidence, Worked, explained
from karat.verdicts import Finding, Outcome
from karat.verdicts.table_sample import TableSample, judge_table

COLUMNS = ("at", "kind", "id", "before", "a", "b")
CARRY, SNAPSHOT, DELTA, TRADE = range(4)


def contract(**rules: Any) -> Contract:
    columns = {name: {"type": "int64", "unit": name, "nullable": True} for name in COLUMNS}
    families = {family: "gate" for family, key in
                (("invariants", "invariants"), ("invariants", "ordering"), ("sequence", "sequence"))
                if key in rules}  # fmt: skip
    body = {"dataset": "rows", "first_day": "2024-01-01", "locator": "at", "columns": columns}
    return Contract.model_validate({**body, "families": families, **rules})


def table(**columns: list[int | None]) -> pa.Table:
    rows = max(map(len, columns.values()))
    given = {"at": [10 * n for n in range(rows)], **columns}
    return pa.table({n: pa.array(given.get(n, [None] * rows), pa.int64()) for n in COLUMNS})


def first(asked: Contract, rows: pa.Table) -> tuple[Finding, Worked]:
    """Return the engine's finding on the only rule, and what comes out by hand."""
    finding, *_ = judge_table(asked, TableSample("i/1", rows), None)
    return finding, explained(Evidence(asked, rows, {}, [finding]), finding)


A = [1, 2, None, 4, 5, 5]
B = [1, 3, 3, None, 4, 6]


@pytest.mark.parametrize(
    ("op", "bad"),
    [("<", [0, 4]), ("<=", [4]), ("==", [1, 4, 5]), (">=", [1, 5]), (">", [0, 1, 5]), ("!=", [0])],
)
def test_a_rule_of_two_columns(op: Any, bad: list[int]) -> None:
    asked = contract(invariants=[{"name": "r", "left": "a", "op": op, "right": "b"}])
    finding, worked = first(asked, table(a=A, b=B))
    assert worked.agrees, (finding, worked.numbers)
    assert (worked.numbers["checked"], worked.numbers["violations"]) == (4, len(bad))
    assert worked.numbers["first"] == 10 * bad[0]
    assert worked.rows is not None
    assert worked.rows["row"].to_pylist() == bad
    assert finding.outcome is Outcome.FAIL


@pytest.mark.parametrize(("allowed", "outcome"), [(1, Outcome.FAIL), (2, Outcome.PASS)])
def test_a_rule_of_a_number_with_an_allowance(allowed: int, outcome: Outcome) -> None:
    rule = {"name": "r", "left": "a", "op": "<", "right": 5, "allowance": allowed}
    finding, worked = first(contract(invariants=[rule]), table(a=A))
    assert (finding.outcome, worked.agrees) == (outcome, True)
    assert worked.numbers["violations"] == 2
    assert f"2 of 5 break it, {allowed} may" in worked.steps


@pytest.mark.parametrize(
    ("condition", "bad"),
    [
        ({"is": [0, 2]}, [0, 2]), ({"above": 1}, [2, 3]), ({"below": 2}, [0, 1]),
        ({"has": 1}, [1, 3]), ({"has_not": 1}, [0, 2]), ({"same_as": "a"}, [1]),
    ],
    ids=str,
)  # fmt: skip
def test_only_chosen_rows_are_looked_at(condition: dict[str, Any], bad: list[int]) -> None:
    rows = {"some": [{"column": "kind", **condition}]}
    rule = {"name": "r", "left": "id", "op": "<", "right": 0, "rows": "some"}
    finding, worked = first(
        contract(invariants=[rule], rows=rows),
        table(kind=[0, 1, 2, 3, None], a=[9, 1, 9, 9, None], id=[5, 5, 5, 5, 5]),
    )
    assert worked.agrees, (finding, worked.steps)
    assert worked.rows is not None
    assert worked.rows["row"].to_pylist() == bad
    assert any(f"5 rows before, {len(bad)} after" in step for step in worked.steps)


@pytest.mark.parametrize(("order", "bad"), [("rising", [2, 3, 5]), ("not_falling", [3, 5])])
def test_an_order_is_of_neighbours_that_have_a_value(order: str, bad: list[int]) -> None:
    asked = contract(ordering=[{"column": "a", "order": order}])
    finding, worked = first(asked, table(a=[1, 4, 4, 2, None, 1, 7]))
    assert worked.agrees, (finding, worked.numbers)
    assert worked.rows is not None
    assert worked.rows["row"].to_pylist() == bad
    assert (worked.numbers["checked"], worked.numbers["first"]) == (6, 10 * bad[0])


LINKED = [
    (SNAPSHOT, 10, None), (DELTA, 12, 8), (DELTA, 12, 8), (DELTA, 15, 12), (TRADE, 1, None),
    (DELTA, 21, 18), (TRADE, 2, None), (DELTA, 22, 20), (TRADE, 5, None), (TRADE, 5, None),
    (CARRY, 30, None), (DELTA, 33, 30), (SNAPSHOT, 40, None), (DELTA, 39, 36), (DELTA, 44, 39),
]  # fmt: skip


def test_links_gaps_and_repeats_are_counted() -> None:
    """A gap of 3 ids after 15, an overlap at 22, a delta that ends before its snapshot."""
    rule = {"kind": "kind", "previous": "before", "id": "id", "gaps": 0, "overlaps": 0}
    kinds, ids, before = (list(one) for one in zip(*LINKED, strict=True))
    asked = contract(sequence=rule | {"trade_gaps": 0})
    finding, worked = first(asked, table(kind=kinds, id=ids, before=before))
    assert worked.agrees, (finding, worked.numbers)
    numbers = {name: worked.numbers[name] for name in ("deltas", "gaps", "missing", "overlaps")}
    assert numbers == {"deltas": 7, "gaps": 1, "missing": 3, "overlaps": 2}
    assert (worked.numbers["trade_gaps"], worked.numbers["trade_repeats"]) == (1, 1)
    assert "the first gap is before id 21, before 18" in worked.steps
    assert worked.rows is not None
    assert {5, 7, 8, 9} <= set(worked.rows["row"].to_pylist())
