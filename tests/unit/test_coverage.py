"""Coverage of golden's cells: in a day that never goes where golden days went, it is what fails."""

from collections import Counter
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.contracts import Contract
from karat.distances import coverage
from karat.golden import manifest_of
from karat.states import Categories
from karat.verdicts import Outcome
from karat.verdicts.table_sample import TableSample, judge_table

CELLS = st.lists(st.integers(0, 5), max_size=40)


@given(CELLS, CELLS, CELLS, st.integers(1, 6))
def test_it_is_the_share_of_golden_cells_not_visited_enough(
    ours: list[int], first: list[int], second: list[int], least: int
) -> None:
    stat = Categories()
    golden = stat.merge(stat.observe(np.array(first, int)), stat.observe(np.array(second, int)))
    counts, known = Counter(ours), Counter(first + second)
    wanted = [cell for cell, count in known.items() if count >= least]
    found = coverage(stat.observe(np.array(ours, int)), golden, least)
    if not (ours and wanted):
        assert (float(found.lower), float(found.upper), found.count) == (0.0, 1.0, 0)
        return
    missing = sum(counts[cell] < least for cell in wanted)
    assert found.lower == found.upper == Fraction(missing, len(wanted))


CONTRACT = Contract.model_validate({
    "dataset": "steps",
    "first_day": "2024-01-01",
    "locator": "at",
    "columns": {name: {"type": "int64", "unit": name} for name in ("at", "cell")},
    "families": {"unpaired": "gate"},
    "unpaired": {
        "alpha": "0.25",
        "distances": [{"name": "coverage", "kind": "coverage", "column": "cell"}],
    },
})  # fmt: skip


def day(number: int, cells: int = 12) -> TableSample:
    random = np.random.default_rng(number)
    found = random.integers(0, 12, 400)
    table = pa.table({"at": np.arange(400), "cell": found % cells})
    return TableSample(f"i/{number}", table)


def test_a_day_that_stays_in_half_of_the_cells_fails() -> None:
    days = [day(n) for n in range(7)]
    golden = manifest_of(CONTRACT, days[:3], days[3:])
    (clean,) = (f for f in judge_table(CONTRACT, day(8), golden) if f.name == "coverage")
    (narrow,) = (f for f in judge_table(CONTRACT, day(8, 6), golden) if f.name == "coverage")
    assert (clean.outcome, narrow.outcome) == (Outcome.PASS, Outcome.FAIL)


def test_only_coverage_takes_how_often_a_cell_is_visited() -> None:
    body = CONTRACT.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    body["unpaired"]["distances"] = [
        {"name": "n", "kind": "total_variation", "column": "cell", "min_count": 2}
    ]
    with pytest.raises(ValueError, match="min_count says nothing for total_variation"):
        Contract.model_validate(body)
