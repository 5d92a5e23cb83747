"""A day of 2 M rows is judged by its chunks: what changed is read, what is wrong is located."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.big_days import changed, differing, frozen, played, write
from benchmarks.judged_days import INSTRUMENT, shipped
from karat import open_lake
from karat.compute import (
    Compute,
    Processes,
    Reading,
    Serial,
    Threads,
    chunk_states,
    index_file,
    partition_content,
)
from karat.contracts import measures
from karat.flow import adopt_golden, validate
from karat.flow.choosing import plan
from karat.flow.judged import Trial
from karat.flow.parts_apart import Keeper, keep_parts
from karat.flow.reproducing import reproduce
from karat.golden import manifest_of
from karat.lake import Lake
from karat.lake.append import append
from karat.lake.layout import MAIN, Partition, dataset_path
from karat.signing import KeyFiles
from karat.store import DiskStore, MemoryStore, Store
from karat.telemetry import INSIDE, silent
from karat.verdicts import Outcome, current_golden
from karat.verdicts.table_sample import TableSample

pytestmark = pytest.mark.e2e

ROWS = 2_100_000
DAY = Partition(INSTRUMENT, "2024-01-01")
PATH = dataset_path("book_events", DAY.instrument, DAY.date)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a lake and a store in which the day was judged once."""
    home = tmp_path_factory.mktemp("large")
    write(home / "day.parquet", played(1, ROWS))
    lake, store = opened(home)
    days = [TableSample(f"g{n}", pa.concat_tables(played(n, 1))) for n in (2, 3)]
    manifest = manifest_of(shipped(), days[:1], days[1:])
    adopt_golden(lake, manifest, who="the owner", reason="two days of their own")
    index_file(home / "day.parquet", store)
    append(lake, MAIN, {PATH: home / "day.parquet"}, message="Put the day")
    told = plan(lake, shipped(), store=store)
    found = validate(lake, shipped(), store=store)
    assert found.verdicts[DAY].outcome is Outcome.INCONCLUSIVE  # one calibration day is too few
    assert found.bytes_read == told.parts[0].cost.bytes
    return home


def opened(home: Path) -> tuple[Lake, DiskStore]:
    lake = open_lake(f"file://{home / 'lake'}", files=KeyFiles.below(home))
    return lake, DiskStore(home / "store")


def restated(
    judged: Path, tmp_path: Path, edit: Callable[[Iterator[pa.Table]], Iterator[pa.Table]]
) -> tuple[Lake, DiskStore]:
    """Return a copy of lake and store into which the day was put as `edit` makes it."""
    home = shutil.copytree(judged, tmp_path / "home")
    write(home / "other.parquet", edit(played(1, ROWS)))
    lake, store = opened(home)
    index_file(home / "other.parquet", store)
    append(lake, MAIN, {PATH: home / "other.parquet"}, message="Put the day anew")
    return lake, store


def test_ten_seconds_cost_a_chunk(judged: Path, tmp_path: Path) -> None:
    lake, store = restated(judged, tmp_path, changed)
    told = plan(lake, shipped(), store=store)
    found = validate(lake, shipped(), store=store, compute=Threads(2))
    assert found.bytes_read == told.parts[0].cost.bytes
    assert 0 < found.bytes_read < 0.02 * column_bytes(tmp_path / "home" / "other.parquet")
    (again,) = reproduce(lake, shipped())
    assert again.same
    assert validate(lake, shipped(), store=store).bytes_read == 0


def test_other_row_groups_are_the_same_day(judged: Path, tmp_path: Path) -> None:
    """Its rows are read once, to be named; the verdict is there, and no state is made."""
    home = shutil.copytree(judged, tmp_path / "home")
    lake, store = opened(home)
    table = pq.read_table(home / "day.parquet")
    pq.write_table(table, home / "other.parquet", row_group_size=777_777, compression="gzip")
    append(lake, MAIN, {PATH: home / "other.parquet"}, message="Put the day anew")
    before = validate(lake, shipped(), lake.commit_info(MAIN).parents[0], store=store)
    found = validate(lake, shipped(), store=store)
    assert found.cached == 1
    assert found.verdicts[DAY].encode() == before.verdicts[DAY].encode()
    again = validate(lake, shipped(), store=store)
    assert again.bytes_read == 0 < found.bytes_read


def test_processes_share_a_partition_that_is_worth_it(
    judged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = shutil.copytree(judged, tmp_path / "home", ignore=shutil.ignore_patterns("store"))
    lake, store = opened(home)
    trial = trial_of(lake, store)
    assert keep_parts(trial, DAY, Processes(2), silent) == 0  # its rows are not named
    index_file(home / "day.parquet", store)
    assert Keeper(trial, DAY).pieces() == []
    monkeypatch.setattr("karat.flow.parts_apart.LARGE", ROWS)
    pieces = Keeper(trial, DAY).pieces()
    assert len(pieces) > 4
    borders = [at for one in pieces for at in (one.part.first, one.part.stop)]
    assert borders[1:-1:2] == borders[2::2]
    told = plan(lake, trial.contract, store=store)
    alone_in_memory = trial_of(lake, MemoryStore())
    index_file(home / "day.parquet", alone_in_memory.store)
    assert keep_parts(alone_in_memory, DAY, Processes(2), silent) == 0  # nobody else would see it
    assert keep_parts(trial, DAY, Processes(2), silent) == told.parts[0].cost.bytes
    assert Keeper(trial, DAY).pieces() == []
    found = trial.judge(DAY)
    assert found.bytes_read == 0
    alone = validate(lake, trial.contract, store=named(home))
    assert alone.cached == 0
    assert found.verdict.encode() == alone.verdicts[DAY].encode()
    shutil.rmtree(home / "named")
    assert len(Keeper(replace(trial, store=named(home)), DAY).pieces()) == len(pieces)
    assert Keeper(replace(trial, afresh=False, store=named(home)), DAY).pieces() == []


def test_what_processes_decode_of_a_partition_is_told(
    judged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = shutil.copytree(judged, tmp_path / "home", ignore=shutil.ignore_patterns("store"))
    (lake, _), store = opened(home), named(home)
    monkeypatch.setattr("karat.flow.parts_apart.LARGE", ROWS)
    asked = trial_of(lake, store).contract
    told = plan(lake, asked, store=store)
    found = validate(lake, asked, store=store, compute=Processes(2))
    assert found.cached == 0
    assert found.bytes_read == told.parts[0].cost.bytes > 0


@pytest.mark.parametrize("compute", [Serial(), Threads(2)], ids=["alone", "threads"])
def test_who_watches_is_told_how_far_a_large_partition_is(
    judged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compute: Compute
) -> None:
    home = shutil.copytree(judged, tmp_path / "home", ignore=shutil.ignore_patterns("store"))
    (lake, _), store = opened(home), named(home)
    monkeypatch.setattr("karat.flow.parts_apart.LARGE", ROWS)
    heard: list[tuple[int, int, int]] = []

    def hear(stage: str, done: int, total: int, what: str, *, rows: int = 0) -> None:
        if stage == INSIDE:
            assert str(DAY) in what
            heard.append((done, total, rows))

    asked = trial_of(lake, store).contract
    told = plan(lake, asked, store=store)
    found = validate(lake, asked, store=store, compute=compute, progress=hear)
    assert found.bytes_read == told.parts[0].cost.bytes > 0
    assert len(heard) > 4
    assert heard == sorted(heard)
    assert heard[-1] == (heard[0][1],) * 3
    assert heard[-1][0] == pq.read_metadata(home / "day.parquet").num_rows


def named(home: Path) -> DiskStore:
    """Return a store that knows the day's rows by name, and no states."""
    store = DiskStore(home / "named")
    index_file(home / "day.parquet", store)
    return store


def trial_of(lake: Lake, store: Store) -> Trial:
    """Return a trial by a contract that no verdict in the ledger is of."""
    contract = shipped()
    another = contract.model_copy(update={"first_day": contract.first_day - timedelta(days=1)})
    head = lake.head(MAIN)
    golden = current_golden(lake, head, "book_events")
    return Trial(lake, another, head, head, golden, store, afresh=True)


def column_bytes(path: Path) -> int:
    found = pq.read_metadata(path)
    groups = (found.row_group(at) for at in range(found.num_row_groups))
    return sum(g.column(at).total_compressed_size for g in groups for at in range(g.num_columns))


def test_a_book_frozen_for_five_seconds_is_located(judged: Path, tmp_path: Path) -> None:
    lake, store = restated(judged, tmp_path, frozen)
    found = validate(lake, shipped(), store=store)
    assert found.verdicts[DAY].outcome is Outcome.FAIL
    reading = Reading(lake, lake.head(MAIN), PATH)
    book = next(one for one in measures(shipped()) if one.statistic.name == "book_steps")
    states = chunk_states(book, partition_content(reading, store), reading, store)
    wrong = [one for one in states if one.state.inner.violations]
    assert reading.bytes_read == 0
    files = judged / "day.parquet", tmp_path / "home" / "other.parquet"
    first, stop = differing(*files, ["best_bid_lots", "best_ask_lots"])
    assert len(wrong) == 1
    assert wrong[0].first <= first < stop <= wrong[0].stop
    assert wrong[0].stop - wrong[0].first < 0.05 * ROWS
