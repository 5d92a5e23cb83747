"""An ingest that is stopped, politely or not, is finished by running it again."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest

from karat.errors import NotFoundError
from karat.lake import ObjectInfo, open_lake
from karat.lake.checking import fsck
from karat.lake.collecting import gc
from karat.lake.layout import MAIN
from karat.telemetry import now_s

Row = tuple[int | None, str | None, str | None]
WriteCapture = Callable[[Path, Sequence[Row]], Path]
Stop = Callable[..., tuple[int, str, str]]
FILES = 150
SOME = 5

pytestmark = pytest.mark.e2e


def command(captures: Path, home: Path) -> list[str]:
    words = ["ingest", str(captures), "--home", str(home), "--json"]
    return [sys.executable, "-m", "karat.cli", *words]


def held(home: Path) -> dict[str, str]:
    """Return what main holds: the digest of each path."""
    try:
        lake = open_lake(home / "lake", create=False)
        found: Iterator[object] = lake.list(MAIN)
        return {f.path: f.content_hash for f in found if isinstance(f, ObjectInfo)}
    except NotFoundError:
        return {}


def some_is_there(home: Path) -> bool:
    return len(held(home)) >= SOME


@pytest.fixture(scope="module")
def captures(tmp_path_factory: pytest.TempPathFactory, write_capture: WriteCapture) -> Path:
    """Return many small files, no two alike."""
    folder = tmp_path_factory.mktemp("captures") / "sim"
    folder.mkdir()
    for n in range(FILES):
        write_capture(folder / f"usdm_abc{n:03}_20240101_raw.parquet", [(n, "other", "{}")])
    return folder


@pytest.fixture(scope="module")
def whole(captures: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what an ingest that nobody disturbs leaves on main."""
    home = tmp_path_factory.mktemp("whole")
    subprocess.run(command(captures, home), check=True, capture_output=True)
    return held(home)


def swept(home: Path, most: int) -> None:
    """Hold that a stop leaves `most` private branches and files, and that gc takes them away."""
    lake, unfinished = open_lake(home / "lake"), home / "lake" / "tmp"
    private = {ref.name for ref in lake.branches()} - {MAIN, "ledger"}
    assert all(name.startswith("session-") for name in private)
    assert max(len(private), len(list(unfinished.iterdir()))) <= most
    gc(lake, grace_s=0, clock=lambda: now_s() + 100)  # young files may be in the making
    assert {ref.name for ref in lake.branches()} == {MAIN, "ledger"}
    assert list(unfinished.iterdir()) == []
    assert fsck(lake, deep=True).damages == ()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_run_it_again(
    captures: Path, whole: dict[str, str], tmp_path: Path, how: signal.Signals, stop: Stop
) -> None:
    for attempt in "abc":  # a busy machine may let it finish before the signal comes
        home = tmp_path / attempt
        code, out, err = stop(command(captures, home), partial(some_is_there, home), how)
        if code != 0:
            break
    assert code == (130 if how is signal.SIGINT else -how), out + err
    there = held(home)
    assert SOME <= len(there) < len(whole), "stopped in the middle"
    assert there.items() <= whole.items(), "and whole as far as it went"
    if how is signal.SIGINT:
        assert "run it again" in out + err
    again = subprocess.run(command(captures, home), check=True, capture_output=True, text=True)
    status = [item["status"] for item in json.loads(again.stdout)["captures"]]
    assert len(status) == FILES
    assert {"new", "same"} == set(status)
    assert held(home) == whole
    swept(home, most=1)
