"""The same rebuild again: after a crash, beside another process, over a day that failed."""

import json
import multiprocessing as mp
from pathlib import Path
from typing import Any

import pytest

from karat import load_contract, open_lake
from karat.errors import CorruptError
from karat.flow import captures_in, ingest, rebuild_partitions
from karat.lake.layout import Partition, build_path
from karat.messages import NO_BOOK
from karat.signing import KeyFiles
from karat.store import DiskStore
from karat.verdicts import Ledger, links
from karat.verdicts.build import Build

pytestmark = pytest.mark.e2e
INSTRUMENT = "sim-usdm-aaa"


def day(n: int) -> Partition:
    return Partition(INSTRUMENT, f"2024-03-{n + 1:02}")


@pytest.fixture
def captured(bare_place: Any) -> Any:
    bare_place.ingest(*[day(n) for n in range(4)])
    return bare_place


def contents(place: Any, ref: str) -> dict[str, str]:
    return {info.path: info.content_hash for info in place.lake.list(ref, "book_events/")}


def rebuild_alone(home: Path, contract: Path, ready: Any) -> None:
    ready.wait()
    lake = open_lake(home / "lake", files=KeyFiles.below(home))
    batch = rebuild_partitions(lake, load_contract(contract), store=DiskStore(home / "store"))
    assert len(batch.rebuilt) == 4


def test_a_second_call_finds_the_first_ones_work(captured: Any) -> None:
    first, again = captured.rebuild(), captured.rebuild()
    assert again == first
    head = captured.lake.head(first.branch)
    captured.rebuild()
    assert captured.lake.head(first.branch) == head


def test_bytes_without_a_record_are_recorded_by_the_next_call(captured: Any) -> None:
    """A process that dies between the commit and the records leaves just that."""
    whole = captured.rebuild()
    before = contents(captured, whole.branch)
    lake = open_lake(captured.home / "other")
    ingest(lake, captures_in([captured.simulated.folder]))
    with lake.session("main", branch=whole.branch) as session:
        for path in before:
            session.put(path, captured.lake.local_path(whole.branch, path))
        session.commit("Died here")
    chosen = [day(n) for n in range(4)]
    done = rebuild_partitions(lake, captured.contract, chosen, store=captured.store)
    assert set(done.rebuilt) == set(chosen)
    built = {link.partition: link.build for link in links(lake, "main", "book_events", INSTRUMENT)}
    assert all(built[partition] for partition in chosen)


def test_two_processes_rebuild_the_same_days_and_neither_is_lost(captured: Any) -> None:
    context = mp.get_context("spawn")
    ready = context.Barrier(2)
    contract = Path(__file__).parents[2] / "contracts" / "book_events.yaml"
    both = [
        context.Process(target=rebuild_alone, args=(captured.home, contract, ready))
        for _ in range(2)
    ]
    for process in both:
        process.start()
    for process in both:
        process.join(120)
    assert [process.exitcode for process in both] == [0, 0]
    assert len(contents(captured, captured.rebuild().branch)) == 4


def test_a_failed_day_is_tried_again_and_the_others_are_left_alone(captured: Any) -> None:
    spoiled = captured.raw(day(2)).slice(0, 40).drop_columns(["payload"])
    rows = captured.raw(day(2)).slice(0, 40)["payload"].to_pylist()
    payload = ["{" if n == 30 else row for n, row in enumerate(rows)]
    captured.restate(day(2), spoiled.append_column("payload", [payload]))
    first = captured.rebuild()
    assert list(first.failed) == [day(2)]
    head = captured.lake.head(first.branch)
    again = captured.rebuild()
    assert (again.failed, again.rebuilt) == (first.failed, first.rebuilt)
    assert captured.lake.head(first.branch) == head


def test_a_late_snapshot_is_not_taken_for_a_reset(
    captured: Any, bare_place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Built before the day before is known, and built anew with its book once it is."""
    monkeypatch.setattr("karat.messages.rebuilding.OPENING_ROWS", 1)
    lake = open_lake(bare_place.home / "other")
    for n in (1, 0):
        ingest(lake, captures_in(captured.simulated.files(day(n))))
        rebuild_partitions(lake, captured.contract, [day(n)], store=captured.store)
        rebuild_partitions(lake, captured.contract, [day(1)], store=captured.store)
        built = {
            link.partition: link.build for link in links(lake, "main", "book_events", INSTRUMENT)
        }
        last = built[day(1)]
        assert last is not None
        before = built.get(day(0))
        assert last.opening == (before.closing if before else NO_BOOK)


@pytest.mark.parametrize("name", ["content", "raw"])
def test_an_edited_build_is_no_build(captured: Any, name: str) -> None:
    captured.rebuild()
    build = Ledger(captured.lake).build("book_events", day(0), _input(captured))
    assert build is not None
    whose = f"book_events/{day(0)}"
    body = json.loads(build.encode(whose))
    body["predicate"][name] = "0" * 64
    data = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
    for edited, called, of in (
        (data, build.input, whose),
        (build.encode(whose), "1" * 64, whose),
        (build.encode(whose), build.input, f"book_events/{day(1)}"),
    ):
        with pytest.raises(CorruptError, match="records another"):
            Build.decode(edited, called, of)
    assert build_path("book_events", day(0), build.input).endswith(f"{build.input}.json")


def _input(place: Any) -> str:
    link = next(links(place.lake, place.lake.head("main"), "book_events", INSTRUMENT))
    assert link.build is not None
    return link.build.input
