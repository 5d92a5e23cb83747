"""An ingest that is stopped, politely or not, is finished by running it again."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from karat.errors import NotFoundError
from karat.lake import ObjectInfo, open_lake
from karat.lake.layout import MAIN

Row = tuple[int | None, str | None, str | None]
WriteCapture = Callable[[Path, Sequence[Row]], Path]
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


def stopped(captures: Path, home: Path, how: signal.Signals) -> tuple[int, str, str]:
    """Start an ingest, and stop it when some of it is there."""
    # A shell without job control starts background work with SIGINT ignored: undo that.
    process = subprocess.Popen(
        command(captures, home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    while process.poll() is None and len(held(home)) < SOME:
        time.sleep(0.01)
    process.send_signal(how)
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_run_it_again(
    captures: Path, whole: dict[str, str], tmp_path: Path, how: signal.Signals
) -> None:
    for attempt in "abc":  # a busy machine may let it finish before the signal comes
        home = tmp_path / attempt
        code, out, err = stopped(captures, home, how)
        if code != 0:
            break
    assert code == (130 if how is signal.SIGINT else -how), out + err
    there = held(home)
    assert SOME <= len(there) < len(whole), "stopped in the middle"
    assert there.items() <= whole.items(), "and whole as far as it went"
    if how is signal.SIGINT:
        assert "run it again" in json.loads(out)["error"]["message"]
    again = subprocess.run(command(captures, home), check=True, capture_output=True, text=True)
    status = [item["status"] for item in json.loads(again.stdout)["captures"]]
    assert len(status) == FILES
    assert {"new", "same"} == set(status)
    assert held(home) == whole
    left = {ref.name for ref in open_lake(home / "lake").branches()} - {MAIN, "ledger"}
    # A signal may come between the making of a private branch and whoever would forget it.
    assert len(left) <= 1
    assert all(name.startswith("session-") for name in left)
