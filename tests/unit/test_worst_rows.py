"""The rows behind a verdict: found again by locator, by id, and none where nothing failed."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from karat.contracts import load_contract
from karat.verdicts import Finding, Outcome
from karat.verdicts.worst_rows import worst_rows

CONTRACT = load_contract(Path(__file__).parents[2] / "contracts" / "bitstamp_l3.yaml")
ROWS = [
    # sequence, kind, flags: deltas close their message, but for the second
    (10, 2, 1),
    (20, 2, 0),
    (30, 2, 1),
    (30, 2, 0),
    (31, 3, 1),
    (40, 2, 1),
]
TABLE = pa.table(
    {
        "sequence": [row[0] for row in ROWS],
        "kind": pa.array([row[1] for row in ROWS], pa.int8()),
        "flags": pa.array([row[2] for row in ROWS], pa.int8()),
        "row": list(range(len(ROWS))),
    }
)


def finding(family: Any, outcome: Outcome, **numbers: int) -> Finding:
    return Finding(family, "gate", f"a {family}", outcome, "why", numbers)


@pytest.mark.parametrize(
    ("told", "rows"),
    [
        (finding("invariants", Outcome.FAIL, first=30), [2, 3]),
        (finding("invariants", Outcome.FAIL), []),
        (finding("invariants", Outcome.PASS, first=30), []),
        (finding("paired", Outcome.FAIL, first_update_id=20, longest_mismatch_from=39), [0, 2]),
        (finding("paired", Outcome.FAIL, first_update_id=40, longest_mismatch_from=77), [5]),
        (finding("paired", Outcome.FAIL, first_update_id=9), []),
        (finding("paired", Outcome.INCONCLUSIVE, first_update_id=20), []),
        (finding("sequence", Outcome.FAIL, gaps=3), []),
    ],
)
def test_a_failure_points_at_its_rows(told: Finding, rows: list[int]) -> None:
    found = worst_rows(CONTRACT, (told,), TABLE)
    assert found["row"].to_pylist() == rows
    assert set(found["finding"].to_pylist()) <= {told.name}


def test_all_failures_follow_each_other_and_each_shows_twenty_rows() -> None:
    many = pa.concat_tables([TABLE] * 15)
    told = (
        finding("invariants", Outcome.FAIL, first=30),
        finding("paired", Outcome.FAIL, first_update_id=40),
    )
    names = worst_rows(CONTRACT, told, TABLE)["finding"].to_pylist()
    assert names == ["a invariants", "a invariants", "a paired"]
    shown = worst_rows(CONTRACT, told[:1], many)
    assert shown["sequence"].to_pylist() == [30] * 20
    assert worst_rows(CONTRACT, (), TABLE).num_rows == 0
