"""Partitions judged in processes of their own: the same verdicts, whoever is killed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import pytest

from karat import open_lake
from karat.compute import Processes
from karat.errors import InputError
from karat.flow import adopt_golden, build_golden, validate
from karat.flow.golden_effect import would_change
from karat.flow.reproducing import reproduce
from karat.lake.layout import MAIN, Partition
from karat.signing import KeyFiles
from karat.store import DiskStore, MemoryStore
from karat.verdicts import current_golden

pytestmark = pytest.mark.e2e

DAYS = [Partition("sim-usdm-aaa", f"2024-03-{n:02}") for n in range(1, 8)]


@pytest.fixture
def held(place: Any) -> Any:
    """Return a workplace that has golden days, and a contract file that is content with few."""
    values = place.contract.model_dump(by_alias=True, mode="json")
    values["unpaired"]["alpha"] = "1/3"
    place.contract = type(place.contract).model_validate(values)
    (place.home / "contract.yaml").write_text(json.dumps(values))
    place.validate()
    days = place.lake, place.contract, MAIN, DAYS[:2], DAYS[2:5]
    adopt_golden(
        place.lake, build_golden(*days, store=place.store), who="the owner", reason="first"
    )
    return place


def test_processes_judge_as_this_one_does(held: Any) -> None:
    store = DiskStore(held.home / "other store")
    told: list[tuple[int, int, str, int]] = []

    def hear(stage: str, done: int, total: int, what: str, *, rows: int = 0) -> None:
        assert stage == "validate"
        told.append((done, total, what, rows))

    apart = validate(held.lake, held.contract, store=store, compute=Processes(2), progress=hear)
    assert active_children() == []
    assert apart.cached == 0
    assert [at for at, *_ in told] == list(range(1, 11))
    assert [what for _, _, what, _ in told] == [str(one) for one in apart.verdicts]
    assert [rows for *_, rows in told] == sorted(rows for *_, rows in told)
    assert len(list((held.home / "other store").glob("golden-*.cells"))) == 1
    again = reproduce(held.lake, held.contract)
    assert all(one.same for one in again)
    here = validate(held.lake, held.contract, store=MemoryStore())
    assert here.cached == len(again)
    assert here.root == apart.root
    assert here.merged == apart.merged
    assert apart.merged != {}
    assert {p: v.encode() for p, v in here.verdicts.items()} == {
        p: v.encode() for p, v in apart.verdicts.items()
    }
    assert validate(held.lake, held.contract, store=store, compute=Processes(2)).bytes_read == 0


def test_verdicts_are_made_again_in_processes_that_remember_nothing(held: Any) -> None:
    held.validate()
    again = reproduce(held.lake, held.contract, MAIN, DAYS, compute=Processes(2))
    assert [one.partition for one in again] == DAYS
    assert all(one.same for one in again)


def test_what_a_golden_would_change_is_found_apart_as_well(held: Any) -> None:
    held.validate()
    days = held.lake, held.contract, MAIN, DAYS[1:3], DAYS[3:5]
    other, head = build_golden(*days, store=held.store), held.lake.head(MAIN)
    now = {"instead_of": current_golden(held.lake, head, "book_events"), "store": held.store}
    apart = would_change(held.lake, held.contract, other, **now, compute=Processes(2))
    here = would_change(held.lake, held.contract, other, **now)
    assert apart.judged == 10
    assert apart.changed == here.changed
    assert apart.changed != ()


def test_an_error_is_that_of_its_partition_and_costs_no_other_its_verdict(held: Any) -> None:
    ledger = held.lake.head("ledger")
    asked = [*DAYS[:2], Partition("sim-usdm-aaa", "2031-01-01")]
    with pytest.raises(FileNotFoundError, match="2031-01-01"):
        validate(held.lake, held.contract, MAIN, asked, store=held.store, compute=Processes(2))
    assert held.lake.head("ledger") != ledger
    done = validate(held.lake, held.contract, MAIN, DAYS[:2], store=held.store)
    assert done.cached == 2


def test_a_lake_in_memory_is_judged_by_its_own_process_alone(held: Any) -> None:
    with pytest.raises(InputError, match="a lake in memory is this process's alone"):
        validate(open_lake("memory:"), held.contract, compute=Processes(2))


def words(place: Any) -> list[str]:
    contract = str(place.home / "contract.yaml")
    return [sys.executable, "-m", "karat.cli", "validate", "--home", str(place.home),
            "--contract", contract, "--processes", "2", "--json"]  # fmt: skip


def workers_of(process: int) -> Iterator[int]:
    """Yield the children of a process that do its work."""
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and b"spawn_main" in (entry / "cmdline").read_bytes():
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(stat[1]) == process and stat[0] != "Z":
                    yield int(entry.name)
        except FileNotFoundError:
            continue


def started(place: Any) -> tuple[subprocess.Popen[str], list[int]]:
    """Return a validation that has two processes at work, and those."""
    process = subprocess.Popen(
        words(place),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    workers: list[int] = []
    while len(workers) < 2 and process.poll() is None:
        time.sleep(0.002)
        workers = list(workers_of(process.pid))
    return process, workers


def test_a_killed_worker_changes_nothing(held: Any) -> None:
    process, workers = started(held)
    os.kill(workers[0], signal.SIGKILL)
    out, err = process.communicate(timeout=120)
    assert err == ""
    said = json.loads(out)
    assert process.returncode in {0, 1, 2}
    assert len(said["verdicts"]) == 10
    assert len(list((held.home / "store").glob("golden-*.cells"))) == 1
    lake = open_lake(f"file://{held.home / 'lake'}", files=KeyFiles.below(held.home))
    again = reproduce(lake, held.contract, MAIN, DAYS)
    assert all(one.same for one in again)


def test_an_interrupt_leaves_no_process_and_a_lake_that_goes_on(held: Any) -> None:
    process, workers = started(held)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in out + err
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)
    assert len(held.validate().verdicts) == 10
