"""A rebuild of many days that is stopped leaves nothing half-written; run again, it finishes."""

import datetime as dt
import gc
import shutil
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from karat import open_lake
from karat.cli.settings import Settings
from karat.contracts import load_contract
from karat.flow import captures_in, ingest, published_root, rebuild_partitions, validate
from karat.lake import Lake
from karat.lake.layout import LEDGER, MAIN
from karat.signing import KeyFiles
from karat.simulation import simulate, write

pytestmark = pytest.mark.e2e

Stop = Callable[..., tuple[int, str, str]]
DAYS = 25
CONTRACT = load_contract(Settings.from_environment({}).contract)


def command(home: Path) -> list[str]:
    return [sys.executable, "-m", "karat.cli", "rebuild", "--home", str(home), "--json"]


def contents(lake: Lake, branch: str | None) -> dict[str, str]:
    """Return what a branch holds of each day."""
    assert branch is not None
    found = validate(lake, CONTRACT, branch).verdicts
    return {str(day): verdict.inputs.content for day, verdict in found.items()}


@pytest.fixture(scope="module")
def captured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with many captured days, of which each tenth opens with the book before."""
    folder = tmp_path_factory.mktemp("many")
    dates = [dt.date(2024, 1, 1) + dt.timedelta(days=n) for n in range(DAYS)]
    bare = dates[9::10]
    made = simulate("sim-usdm-abc", dates, seed=3, messages_per_day=600, without_snapshot=bare)
    write(folder / "captures", made)
    ingest(
        open_lake(folder / "home" / "lake", files=KeyFiles.below(folder / "home")),
        captures_in([folder / "captures"]),
    )
    gc.collect()  # let go of the database: copies must not see its log come and go
    return folder / "home"


@pytest.fixture(scope="module")
def whole(captured: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the contents that a rebuild gives which nobody disturbs."""
    home = tmp_path_factory.mktemp("whole") / "home"
    shutil.copytree(captured, home)
    lake = open_lake(home / "lake", files=KeyFiles.below(home))
    return contents(lake, rebuild_partitions(lake, CONTRACT).branch)


def blobs(home: Path) -> int:
    """Return how many files and folders of bytes a lake has."""
    return sum(1 for _ in (home / "lake" / "blobs").rglob("*"))


def more_than(before: int, home: Path) -> bool:
    return blobs(home) > before


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_run_it_again(
    captured: Path, whole: dict[str, str], tmp_path: Path, how: signal.Signals, stop: Stop
) -> None:
    for attempt in "abc":  # a busy machine may let it finish before the signal comes
        home = tmp_path / attempt
        shutil.copytree(captured, home)
        lake = open_lake(home / "lake", files=KeyFiles.below(home))
        root, main = published_root(lake, "book_events"), lake.head(MAIN)
        begun = partial(more_than, blobs(home), home)
        code, out, err = stop(command(home), begun, how)
        if code != 0:
            break
    assert code == (130 if how is signal.SIGINT else -how), out + err
    if how is signal.SIGINT:
        assert "run it again" in out + err
        assert len(list((home / "lake" / "tmp").iterdir())) <= 1  # gc takes it away
    assert (published_root(lake, "book_events"), lake.head(MAIN)) == (root, main)
    again = rebuild_partitions(lake, CONTRACT)
    assert (again.failed, len(again.rebuilt)) == ({}, DAYS)
    assert contents(lake, again.branch) == whole
    assert lake.head(LEDGER) != main
    assert rebuild_partitions(lake, CONTRACT).branch == again.branch
