"""A day is restated, and the day after it is judged again: it might be the copy of another now."""

from typing import Any

import pyarrow.parquet as pq
import pytest

from karat.contracts import COPIES
from karat.flow import validate
from karat.lake.append import append
from karat.lake.layout import MAIN, Partition, dataset_path
from karat.simulation import side_flip
from karat.verdicts import Finding, Ledger, Outcome, Verdict

pytestmark = pytest.mark.e2e

DAYS = [Partition("sim-usdm-aaa", f"2024-03-{n:02}") for n in range(1, 8)]
RESTATED, AFTER = DAYS[2], DAYS[3]


def copies(verdict: Verdict) -> Finding:
    return next(f for f in verdict.findings if f.name == COPIES)


def test_the_day_after_a_restated_one_is_judged_and_not_read(place: Any) -> None:
    before = place.validate().verdicts[AFTER]
    place.restate(RESTATED, side_flip(place.raw(RESTATED), 0.05, 3).raw)
    branch = place.rebuild().branch
    first = validate(place.lake, place.contract, branch, [RESTATED], store=place.store)
    assert set(first.verdicts) == {RESTATED}
    again = validate(place.lake, place.contract, branch, [AFTER], store=place.store)
    assert (again.cached, again.bytes_read) == (1, 0)
    after = again.verdicts[AFTER]
    assert after.inputs.content == before.inputs.content
    assert after.key != before.key
    assert copies(after).outcome is Outcome.PASS
    assert Ledger(place.lake).verdict("book_events", AFTER, after.key) == after
    # Of all that was read for both, nothing was of the day that did not change.
    path = dataset_path("book_events", RESTATED.instrument, RESTATED.date)
    with pq.ParquetFile(place.lake.local_path(branch, path)) as file:
        groups = [file.metadata.row_group(n) for n in range(file.metadata.num_row_groups)]
        most = sum(g.column(n).total_compressed_size for g in groups for n in range(g.num_columns))
    golden = pq.ParquetFile(place.simulated.files(RESTATED)[1]).metadata
    most += sum(golden.row_group(n).total_byte_size for n in range(golden.num_row_groups))
    assert 0 < first.bytes_read <= most


def test_a_copied_day_fails_and_says_so(place: Any) -> None:
    """Yesterday's rows under today's name: nothing that looks at one day alone sees it."""
    where = [dataset_path("book_events", day.instrument, day.date) for day in (RESTATED, AFTER)]
    data = place.lake.local_path(place.lake.head(MAIN), where[0]).read_bytes()
    append(place.lake, MAIN, {where[1]: data}, message="Copy a day")
    judged = place.validate().verdicts
    found = copies(judged[AFTER])
    assert (found.outcome, found.role) == (Outcome.FAIL, "gate")
    assert found.numbers["share"] == 1.0
    assert judged[AFTER].outcome is Outcome.FAIL
    assert copies(judged[RESTATED]).outcome is Outcome.PASS
    first = copies(judged[DAYS[0]])
    assert (first.outcome, first.role, first.reason) == (
        Outcome.INCONCLUSIVE, "warn", "there is no day before")  # fmt: skip
