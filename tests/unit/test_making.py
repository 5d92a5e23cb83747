"""Partitions that a dataset's own function makes: found by name, whole or not at all."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat import open_lake
from karat.cli.settings import Settings
from karat.contracts import Contract, SourceRule
from karat.errors import ContractError, InputError
from karat.flow import Capture, ingest, newest_refs, rebuild_partitions, validate
from karat.lake import Lake
from karat.lake.layout import Partition
from karat.messages.making import make, maker_of
from karat.resources import contracts_of
from karat.store import MemoryStore
from karat.verdicts import Ledger, links
from karat.verdicts.lineage import build_name

FUNCTIONS = """
import pyarrow as pa

def pieces(capture):
    yield pa.table({"x": [1, 2]})
    yield pa.RecordBatch.from_pydict({"x": [3]})

def nothing(capture):
    return iter(())

def other(capture):
    yield pa.table({"x": [1]})
    yield pa.table({"y": [1]})

def broken(capture):
    raise ZeroDivisionError("no rows")
"""
NAMES = "pieces", "nothing", "other", "broken"
ENTRIES = "".join(f"{name} = made_here:{name}\n" for name in NAMES) + "gone = made_here:gone\n"
DAYS = [Partition("plant1-hall2-oven7", f"2024-01-0{n}") for n in (1, 2, 3)]
VALUES: dict[str, Any] = {
    "dataset": "plain",
    "first_day": "2024-01-01",
    "source": {"folder": "exports", "made_by": "as_received"},
    "columns": {"x": {"type": "int64", "unit": "one"}},
    "families": {"invariants": "gate"},
    "invariants": [{"name": "positive", "left": "x", "op": ">", "right": 0}],
    "locator": "x",
}


@pytest.fixture
def functions(package: Any) -> None:
    package("made_here", FUNCTIONS, "[karat.datasets]\n" + ENTRIES)


@pytest.mark.usefixtures("functions")
def test_pieces_are_one_file_in_order(tmp_path: Path) -> None:
    assert make("pieces", tmp_path / "raw", tmp_path / "out", "here") == 3
    assert pq.read_table(tmp_path / "out").to_pydict() == {"x": [1, 2, 3]}


@pytest.mark.usefixtures("functions")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nothing", "here: nothing: it gave no table"),
        ("other", "here: the function 'other' cannot make it"),
        ("broken", "cannot make it: ZeroDivisionError: no rows"),
        ("gone", r"dataset function 'gone' \(made_here:gone\)"),
        ("unheard", "no dataset function 'unheard' is installed; have as_received, broken"),
    ],
)
def test_what_goes_wrong_is_named_and_leaves_nothing(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        make(name, tmp_path / "raw", tmp_path / "out", "here")
    assert list(tmp_path.glob("out*")) == []


def test_a_name_that_two_packages_have_is_refused(package: Any) -> None:
    package("one_here", FUNCTIONS, "[karat.datasets]\ntwice = one_here:pieces\n")
    package("two_here", FUNCTIONS, "[karat.datasets]\ntwice = two_here:pieces\n")
    with pytest.raises(InputError, match="is both one_here:pieces and two_here:pieces"):
        maker_of("twice")


@pytest.mark.parametrize("values", [[], [1, 2, 3]])
def test_as_received_is_the_capture(tmp_path: Path, values: list[int]) -> None:
    table = pa.table({"x": pa.array(values, pa.int64())})
    pq.write_table(table, tmp_path / "raw")
    assert make("as_received", tmp_path / "raw", tmp_path / "out", "here") == len(values)
    assert pq.read_table(tmp_path / "out").equals(table)


def world(values: dict[str, Any] = VALUES) -> tuple[Lake, Contract]:
    return open_lake("memory:"), Contract.model_validate(values)


def bring(lake: Lake, contract: Contract, folder: Path, day: Partition, values: list[int]) -> None:
    pq.write_table(pa.table({"x": values}), folder / "raw.parquet")
    ingest(lake, [Capture(folder / "raw.parquet", day, "raw")], source=contract.source)


def test_days_have_no_book_and_concern_themselves_alone(tmp_path: Path) -> None:
    lake, contract = world()
    for day, values in zip(DAYS, ([1], [2], [3]), strict=True):
        bring(lake, contract, tmp_path, day, values)
    store = MemoryStore()
    assert rebuild_partitions(lake, contract, DAYS[1:], store=store).rebuilt == tuple(DAYS[1:])
    bring(lake, contract, tmp_path, DAYS[1], [5])
    batch = rebuild_partitions(lake, contract, store=store)
    assert (batch.rebuilt, batch.failed) == (tuple(DAYS), {})
    held = list(links(lake, lake.head("main"), "plain", DAYS[0].instrument, contract.source))
    assert [link.build.opening for link in held if link.build] == ["reset"] * 3


def test_a_raised_version_makes_again_and_judges_nothing_again(tmp_path: Path) -> None:
    lake, contract = world()
    bring(lake, contract, tmp_path, DAYS[0], [1, 2])
    store = MemoryStore()
    rebuild_partitions(lake, contract, store=store)
    (ref,) = newest_refs(lake, contract, store=store)
    first = validate(lake, contract, ref, store=store)
    raised = Contract.model_validate(VALUES | {"source": VALUES["source"] | {"version": 2}})
    assert raised.digest == contract.digest
    assert newest_refs(lake, raised, store=store) == {}, "the newest version has not made it yet"
    rebuild_partitions(lake, raised, store=store)
    (again,) = newest_refs(lake, raised, store=store)
    second = validate(lake, raised, again, store=store)
    assert (second.cached, second.bytes_read) == (1, 0)
    assert second.verdicts[DAYS[0]].key == first.verdicts[DAYS[0]].key
    builds = [path for path in Ledger(lake).history.records if path.startswith("builds/")]
    assert len(builds) == 2


@given(
    a=st.tuples(st.sampled_from(["a", "b"]), st.integers(1, 3)),
    b=st.tuples(st.sampled_from(["a", "b"]), st.integers(1, 3)),
)
def test_builds_are_named_by_function_and_version(a: tuple[str, int], b: tuple[str, int]) -> None:
    names = [build_name("raw", "reset", SourceRule(made_by=f, version=v)) for f, v in (a, b)]
    assert (names[0] == names[1]) == (a == b)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ({"folder": "plain"}, "another folder than the dataset"),
        ({"folder": "exports", "version": 2}, "say which in `made_by`"),
        ({"folder": "../up"}, "pattern"),
    ],
)
def test_sources_that_cannot_be_are_refused(source: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Contract.model_validate(VALUES | {"source": source})


def test_a_folder_of_contracts_adds_datasets(tmp_path: Path) -> None:
    shipped = Settings.from_environment({}).contract
    folder = tmp_path / "all"
    folder.mkdir()
    settings = Settings.from_environment({"KARAT_CONTRACTS": str(folder)})
    assert list(contracts_of(settings)) == [shipped]
    (folder / "copy.yaml").write_text(shipped.read_text())
    assert list(contracts_of(settings)) == [shipped], "the same rules twice are one dataset"
    plain = (shipped.parent / "sensor_readings.yaml").read_text()
    (folder / "plain.yaml").write_text(plain)
    assert [c.dataset for c in contracts_of(settings).values()] == [
        "book_events",
        "sensor_readings",
    ]
    (folder / "plainer.yaml").write_text(plain.replace("125000", "100000"))
    with pytest.raises(ContractError, match=r"plain\.yaml and .*plainer\.yaml both rule"):
        contracts_of(settings)
    gone = Settings.from_environment({"KARAT_CONTRACTS": str(tmp_path / "none")})
    with pytest.raises(ContractError, match="no such folder"):
        contracts_of(gone)
