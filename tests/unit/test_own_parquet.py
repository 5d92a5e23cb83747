"""Someone's own Parquet, judged without raw captures: what fits the contract, and what does not."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from karat import open_lake, validate
from karat.compute import Reading, Threads
from karat.contracts import Contract, load_contract
from karat.errors import InputError, ObjectNotFound
from karat.flow import Capture, captures_in, ingest
from karat.lake import Lake
from karat.lake.append import append
from karat.lake.layout import MAIN, Partition, dataset_path
from karat.messages import BOOK_EVENTS
from karat.store import MemoryStore
from karat.verdicts import Outcome

CONTRACT = load_contract(Path(__file__).parents[2] / "contracts" / "book_events.yaml")
OWN = Contract.model_validate(
    {
        "dataset": "own",
        "first_day": "2024-01-01",
        "columns": {
            "id": {"type": "int64", "unit": "id"},
            "x": {"type": "int64", "unit": "lots", "nullable": True},
        },
        "families": {"invariants": "gate"},
        "locator": "id",
        "invariants": [{"name": "x is positive", "left": "x", "op": ">", "right": 0}],
    }
)
GOOD = pa.table({"id": [7, 8, 9], "x": pa.array([1, None, 3]), "more": ["a", "b", "c"]})
DAY = Partition("mine-spot-abc", "2024-01-01")


@pytest.fixture
def lake() -> Lake:
    return open_lake("memory:")


def put(lake: Lake, table: pa.Table, dataset: str = "own", day: Partition = DAY) -> None:
    sink = BytesIO()
    pq.write_table(table, sink)
    path = dataset_path(dataset, day.instrument, day.date)
    append(lake, MAIN, {path: sink.getvalue()}, message="Put")


@pytest.mark.parametrize("compute", [None, Threads(3)])
def test_own_data_needs_no_captures(lake: Lake, compute: Threads | None) -> None:
    store = MemoryStore()
    days = [Partition(DAY.instrument, f"2024-01-{n:02}") for n in range(1, 8)]
    for day in days:
        put(lake, GOOD, day=day)
    result = validate(lake, OWN, store=store, compute=compute)
    assert list(result.verdicts) == days
    assert (result.outcome, result.cached) == (Outcome.PASS, 0)
    again = validate(lake, OWN, store=store, compute=compute)
    assert (again.cached, again.bytes_read, again.root) == (7, 0, result.root)


def test_a_broken_rule_names_its_row(lake: Lake) -> None:
    put(lake, GOOD.set_column(1, "x", pa.array([1, 0, None])))
    (verdict,) = validate(lake, OWN).verdicts.values()
    assert verdict.outcome is Outcome.FAIL
    assert verdict.failures == [
        "FAIL invariants: x is positive: 1 of 2 rows break it, first at id 8"
    ]


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (GOOD.drop_columns(["x"]), "column 'x' is missing; have id, more"),
        (GOOD.set_column(1, "x", pa.array([1.0, 2.0, 3.0])), "'x' is double; the contract says"),
        (GOOD.set_column(1, "x", pa.array([1, 2, 3], pa.int8())), "'x' is int8; the contract says"),
        (GOOD.set_column(0, "id", pa.array([1, None, 3])), "'id' has 1 nulls; the contract allows"),
    ],
)
def test_what_is_not_as_the_contract_says_is_named(lake: Lake, table: Any, why: str) -> None:
    put(lake, table)
    with pytest.raises(InputError, match=f"own/{DAY}.parquet") as error:
        validate(lake, OWN)
    assert why in str(error.value)


def test_a_dictionary_is_its_values(lake: Lake) -> None:
    coded = GOOD.set_column(1, "x", pa.array([1, None, 3]).dictionary_encode())
    put(lake, coded)
    first = validate(lake, OWN)
    assert first.outcome is Outcome.PASS
    put(lake, GOOD)
    assert validate(lake, OWN).cached == 1


def test_no_rows_are_inconclusive(lake: Lake) -> None:
    put(lake, BOOK_EVENTS.empty_table(), "book_events")
    result = validate(lake, CONTRACT)
    assert result.outcome is Outcome.INCONCLUSIVE
    (verdict,) = result.verdicts.values()
    assert {finding.outcome for finding in verdict.findings} == {Outcome.INCONCLUSIVE}
    put(lake, GOOD.slice(0, 0))
    assert validate(lake, OWN).outcome is Outcome.INCONCLUSIVE


def test_a_partition_that_is_not_there_is_named(lake: Lake) -> None:
    with pytest.raises(ObjectNotFound, match=str(DAY)):
        validate(lake, OWN, partitions=[DAY])


def test_columns_do_not_stay_in_memory(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    readings: list[Reading] = []
    read = Reading._read

    def noted(self: Reading, *columns: Any) -> None:
        readings.append(self)
        read(self, *columns)

    monkeypatch.setattr(Reading, "_read", noted)
    for n in range(1, 4):
        put(lake, GOOD.slice(0, n), day=Partition(DAY.instrument, f"2024-01-{n:02}"))
    validate(lake, OWN)
    assert len(readings) == 3
    assert not any(reading._columns for reading in readings)


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    (tmp_path / "sim").mkdir()
    path = tmp_path / "sim" / "spot_abc_20240101_raw.parquet"
    columns = {"recv_ts_ns": np.array([1]), "stream": ["depth"], "payload": ["{}"]}
    pq.write_table(pa.table(columns), path)
    return path


def test_a_capture_is_what_its_name_and_folder_say(capture: Path, lake: Lake) -> None:
    (found,) = captures_in([capture.parent])
    assert (str(found.partition), found.role) == ("sim-spot-abc/2024-01-01", "raw")
    assert [done.status for done in ingest(lake, [found])] == ["new"]
    assert [done.status for done in ingest(lake, [found])] == ["same"]
    head = lake.head(MAIN)
    with pytest.raises(InputError, match="are both the raw capture of sim-spot-abc/2024-01-01"):
        ingest(lake, [found, found])
    other = Capture(capture, Partition("nowhere-spot-abc", "2024-01-01"), "raw")
    with pytest.raises(InputError, match="unknown venue 'nowhere-spot'"):
        ingest(lake, [other])
    golden = Capture(capture, found.partition, "golden")
    with pytest.raises(InputError, match="is missing; have recv_ts_ns, stream, payload"):
        ingest(lake, [golden])
    early = Capture(capture, Partition("sim-spot-abc", "1999-12-31"), "raw")
    with pytest.raises(InputError, match="1999-12-31"):
        ingest(lake, [early])
    assert lake.head(MAIN) == head


@pytest.mark.parametrize("name", ["none.parquet", "spot_abc_raw.parquet", "empty"])
def test_what_is_no_capture_is_named(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name != "none.parquet":
        path.mkdir()
    with pytest.raises(InputError, match=name):
        captures_in([path])
