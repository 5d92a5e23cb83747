"""A verdict is the same bytes from the lake alone: fresh store, other chunks, threads, process."""

import json
import subprocess
import sys
from typing import Any

import pyarrow.parquet as pq
import pytest

from karat.compute import Threads
from karat.flow import adopt_golden, build_golden, validate
from karat.flow.reproducing import reproduce
from karat.lake.layout import MAIN, Partition, dataset_path

pytestmark = pytest.mark.e2e

DAYS = [Partition("sim-usdm-aaa", f"2024-03-{n:02}") for n in range(1, 8)]


@pytest.fixture
def judged(place: Any) -> Any:
    """Return a workplace whose days are judged by a census and by golden days."""
    values = place.contract.model_dump(by_alias=True, mode="json")
    values["unpaired"]["alpha"] = "1/3"
    place.contract = type(place.contract).model_validate(values)
    place.validate()
    manifest = build_golden(
        place.lake, place.contract, MAIN, DAYS[:2], DAYS[2:5], store=place.store
    )
    adopt_golden(place.lake, manifest, who="the owner", reason="the first days")
    place.validate()
    return place


def test_verdicts_come_out_the_same_with_nothing_remembered(judged: Any) -> None:
    ledger = judged.lake.head("ledger")
    for compute in (None, Threads(3)):
        again = reproduce(judged.lake, judged.contract, MAIN, DAYS, compute=compute)
        assert [one.partition for one in again] == DAYS
        assert all(one.same for one in again)
    assert judged.lake.head("ledger") == ledger


def test_other_chunks_of_the_same_rows_make_the_same_verdict(judged: Any) -> None:
    """Row groups, encodings and compression change bytes, and no verdict."""
    chosen = DAYS[5]
    path = dataset_path("book_events", chosen.instrument, chosen.date)
    table = pq.read_table(judged.lake.local_path(judged.lake.head(MAIN), path))
    other = judged.home / "other.parquet"
    pq.write_table(table, other, row_group_size=97, compression="gzip", use_dictionary=False)
    before = validate(judged.lake, judged.contract, store=judged.store).verdicts[chosen]
    with judged.lake.session(judged.lake.head(MAIN), branch="elsewhere") as session:
        session.put(path, other)
        session.commit("Write the rows otherwise")
    again = reproduce(judged.lake, judged.contract, "elsewhere", [chosen])
    assert again[0].again.encode() == before.encode()
    assert again[0].same


def test_a_verdict_that_was_never_recorded_is_told(judged: Any) -> None:
    other = judged.contract.model_copy(update={"sequence": None, "families": {
        **judged.contract.families, "sequence": "warn"}})  # fmt: skip
    (found,) = reproduce(judged.lake, other, MAIN, DAYS[:1])
    assert found.recorded is None
    assert not found.same


def test_another_process_says_so(judged: Any) -> None:
    contract = judged.home / "contract.yaml"
    contract.write_text(json.dumps(judged.contract.model_dump(by_alias=True, mode="json")))
    words = [sys.executable, "-m", "karat.cli", "reproduce", "--home", str(judged.home),
             "--contract", str(contract), "--threads", "2", "--json"]  # fmt: skip
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout)
    assert said["same"]
    assert len(said["verdicts"]) == 10
