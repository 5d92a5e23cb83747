"""Bad input by real processes: exit 2, a message that names what is wrong, nothing half-written."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from karat.lake import open_lake

Row = tuple[int | None, str | None, str | None]
WriteCapture = Callable[[Path, Sequence[Row]], Path]
State = dict[str, Any]
NAME = "usdm_abc_20240101_raw.parquet"
WHERE = "raw/sim-usdm-abc/2024-01-01.parquet"

pytestmark = pytest.mark.e2e


def delta(n: int, price: str = "9.9") -> Row:
    book = {"s": "ABC", "E": 1000 + n, "U": n, "u": n, "pu": n - 1, "b": [[price, "1"]], "a": []}
    return (n, "depth", json.dumps({"data": book}))


SNAPSHOT: Row = (
    0,
    "rest_snapshot",
    json.dumps({"lastUpdateId": 0, "bids": [["9.9", "2"]], "asks": [["10.1", "3"]]}),
)
GOOD = [SNAPSHOT, *map(delta, range(1, 6))]
IN_ROW_5: dict[str, tuple[Row, str]] = {
    "malformed JSON": ((5, "depth", '{"data": {'), "JSON"),
    "price off the tick": (delta(5, "9.95"), "price"),
    "price that is none": (delta(5, "ten"), "'ten'"),
    "no payload": ((5, "depth", None), "payload"),
}


def run(*words: object, home: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "karat.cli", *map(str, words), "--home", str(home)]
    clean = {k: v for k, v in os.environ.items() if not k.startswith("KARAT_")}
    return subprocess.run(command, env=clean, capture_output=True, text=True, check=False)


def state(lake: Path) -> State:
    """Return every branch with its head, and every file that is kept."""
    opened = open_lake(lake, create=False)
    kept = [p.relative_to(lake) for p in lake.rglob("*") if p.is_file() and p.parent != lake]
    return {"branches": {ref.name: ref.commit for ref in opened.branches()}, "files": sorted(kept)}


def refused(done: subprocess.CompletedProcess[str], *said: str) -> None:
    assert done.returncode == 2, done
    told = done.stdout + done.stderr
    assert all(text in told for text in said), told
    assert "Traceback" not in told


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory, write_capture: WriteCapture) -> Path:
    """Return a home whose lake holds one good day of another instrument."""
    base = tmp_path_factory.mktemp("earlier")
    (base / "sim").mkdir()
    write_capture(base / "sim" / "spot_good_20240101_raw.parquet", [SNAPSHOT])
    assert run("ingest", base / "sim", home=base / "home").returncode == 0
    return base / "home"


@pytest.fixture
def home(earlier: Path, tmp_path: Path) -> Path:
    shutil.copytree(earlier, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def captures(tmp_path: Path) -> Path:
    folder = tmp_path / "sim"
    folder.mkdir()
    return folder


def test_not_parquet(home: Path, captures: Path) -> None:
    before = state(home / "lake")
    (captures / NAME).write_text("recv_ts_ns,stream,payload\n")
    refused(run("ingest", captures, home=home), NAME, "not a readable Parquet file")
    words = ("--instrument", "sim-usdm-abc", "--date", "2024-01-01")
    refused(run("ingest", captures / NAME, *words, home=home), NAME, "not a readable Parquet file")
    assert state(home / "lake") == before


def test_missing_column(home: Path, captures: Path, write_capture: WriteCapture) -> None:
    before = state(home / "lake")
    raw = write_capture(captures / NAME, GOOD)
    pq.write_table(pq.read_table(raw).drop_columns(["payload"]), raw)
    write_capture(captures / "usdm_abc_20231231_raw.parquet", GOOD)
    refused(run("ingest", captures, home=home), NAME, "column 'payload' is missing")
    assert state(home / "lake") == before, "the good day before it waits too"


def test_unknown_venue(home: Path, tmp_path: Path, write_capture: WriteCapture) -> None:
    before = state(home / "lake")
    folder = tmp_path / "bitmart"
    folder.mkdir()
    write_capture(folder / NAME, GOOD)
    refused(run("ingest", folder, home=home), "unknown venue 'bitmart-usdm'", "binance-spot")
    assert state(home / "lake") == before


@pytest.mark.parametrize("what", IN_ROW_5)
def test_bad_row(home: Path, captures: Path, write_capture: WriteCapture, what: str) -> None:
    row, said = IN_ROW_5[what]
    write_capture(captures / NAME, [*GOOD[:4], row, *GOOD[5:]])
    assert run("ingest", captures, home=home).returncode == 0
    before = state(home / "lake")
    done = run("rebuild", "sim-usdm-abc/2024-01-01", "--json", home=home)
    refused(done, WHERE, "row 5", said)
    answer = json.loads(done.stdout)
    assert (answer["branch"], list(answer["failed"])) == (None, ["sim-usdm-abc/2024-01-01"])
    assert state(home / "lake") == before


def test_no_snapshot_and_no_carry(home: Path, captures: Path, write_capture: WriteCapture) -> None:
    write_capture(captures / NAME, GOOD[1:])
    assert run("ingest", captures, home=home).returncode == 0
    before = state(home / "lake")
    done = run("rebuild", "sim-usdm-abc/2024-01-01", home=home)
    refused(done, WHERE, "no snapshot", "ingest and rebuild the day before")
    assert state(home / "lake") == before


def test_a_bad_day_holds_up_only_what_needs_it(
    home: Path, captures: Path, write_capture: WriteCapture
) -> None:
    write_capture(captures / NAME, GOOD[1:])
    write_capture(captures / "usdm_xyz_20240101_raw.parquet", [SNAPSHOT])
    assert run("ingest", captures, home=home).returncode == 0
    done = run("rebuild", "--json", home=home)
    answer = json.loads(done.stdout)
    assert done.returncode == 2
    assert list(answer["failed"]) == ["sim-usdm-abc/2024-01-01"]
    assert set(answer["rebuilt"]) == {"sim-spot-good/2024-01-01", "sim-usdm-xyz/2024-01-01"}


def test_a_lake_below_a_file(captures: Path, tmp_path: Path, write_capture: WriteCapture) -> None:
    write_capture(captures / NAME, GOOD)
    (tmp_path / "file").write_text("in the way")
    refused(run("ingest", captures, home=tmp_path / "file"), str(tmp_path / "file"), "regular file")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "sim"]
    assert (tmp_path / "file").read_text() == "in the way"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere: run the tests as a user")
def test_a_lake_that_may_not_be_written(
    home: Path, captures: Path, write_capture: WriteCapture
) -> None:
    write_capture(captures / NAME, GOOD)
    before = state(home / "lake")
    folders = [home, *(p for p in home.rglob("*") if p.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    try:
        refused(run("ingest", captures, home=home), str(home / "lake"), "permission")
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert state(home / "lake") == before


def test_wrong_json_is_one_document(home: Path, captures: Path) -> None:
    (captures / NAME).write_bytes(b"PAR1")
    done = run("ingest", captures, "--json", home=home)
    assert (done.returncode, done.stderr) == (2, "")
    error = json.loads(done.stdout)["error"]
    assert error["kind"] == "InputError"
    assert NAME in error["message"]


def test_a_golden_capture_that_is_none(home: Path, captures: Path) -> None:
    before = state(home / "lake")
    table = pa.table({"update_id": pa.array([1], pa.int64())})
    pq.write_table(table, captures / "usdm_abc_20240101_golden_bbo.parquet")
    refused(run("ingest", captures, home=home), "golden_bbo.parquet", "is missing")
    assert state(home / "lake") == before
