"""A person with two files, in processes of their own: real captures, and a broken copy of one."""

import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

pytestmark = pytest.mark.e2e
DAY = "binance/spot_btcusdt_2024080{}_{}.parquet"


def karat(*words: object, code: int) -> str:
    command = [sys.executable, "-m", "karat.cli", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == code, (done.stdout, done.stderr)
    return done.stdout


def test_two_real_days_differ_as_measured(captures: Path) -> None:
    days = [captures / DAY.format(day, "trades") for day in (9, 8)]
    told = json.loads(karat("compare", *days, "--exact", "--json", code=3))
    assert round(told["columns"]["qty_e8"]["distance"][0], 3) == 0.046  # as DATA.md has it
    assert told["columns"]["trade_id"]["measured"] == "steps"
    assert told["columns"]["trade_id"]["distance"] == [0, 0]  # ids are gapless
    assert told["clock"] == "recv_ts_ns"


def test_a_broken_copy_is_shown_trade_by_trade(captures: Path, tmp_path: Path) -> None:
    golden = pq.read_table(captures / DAY.format(8, "trades"))
    kept = golden.filter(pc.not_equal(golden["trade_id"], golden["trade_id"][4000]))
    flipped = pc.xor(kept["buyer_is_maker"], pc.equal(kept["trade_id"], kept["trade_id"][70]))
    place = kept.schema.get_field_index("buyer_is_maker")
    broken = kept.set_column(place, "buyer_is_maker", flipped)
    pa.csv.write_csv(broken.drop_columns("exec_type"), tmp_path / "ours.csv")
    pq.write_table(golden.drop_columns("exec_type"), tmp_path / "golden.parquet")
    files = tmp_path / "ours.csv", tmp_path / "golden.parquet"
    census = json.loads(karat("compare", *files, "--on", "trade_id", "--json", code=1))["census"]
    assert (census["matched"], census["only_golden"]) == (golden.num_rows - 1, 1)
    assert census["first_only_golden"] == [golden["trade_id"][4000].as_py()]
    (wrong,) = (column for column in census["columns"] if column["rows"])
    maker = golden["buyer_is_maker"][70].as_py()
    assert wrong["name"] == "buyer_is_maker"
    assert wrong["first"] == [[golden["trade_id"][70].as_py(), not maker, maker]]
    assert karat("compare", *files, code=3)  # no distance shows one trade in ten thousand


def test_days_in_folders_and_a_picture(captures: Path, tmp_path: Path) -> None:
    for day in (8, 9):
        (tmp_path / "golden").mkdir(exist_ok=True)
        source = captures / DAY.format(day, "golden_bbo")
        (tmp_path / "golden" / source.name).symlink_to(source)
    words = (captures / DAY.format(9, "golden_bbo"), tmp_path / "golden", "--on", "update_id")
    shown = karat("compare", *words, "--plot", tmp_path / "worst.png", code=3)
    assert "45,134 rows matched on update_id" in shown
    assert "28,040 in golden, beyond candidate's keys" in shown
    assert (tmp_path / "worst.png").stat().st_size > 5_000
