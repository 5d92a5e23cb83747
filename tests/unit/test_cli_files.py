"""Stages on a user's own files: no lake, no home."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

Karat = Callable[..., Any]
WHO = ("--instrument", "sim-usdm-abc")
RAW = "usdm_abc_2024010{}_raw.parquet"
GOLDEN = "usdm_abc_2024010{}_golden_bbo.parquet"
TRADES = "usdm_abc_2024010{}_trades.parquet"


@pytest.fixture
def built(karat: Karat, days: Path, tmp_path: Path) -> Path:
    """Rebuild both days by hand, with the book carried over in a file."""
    for day, carry in ((1, ()), (2, ("--carry", tmp_path / "1.arrow"))):
        out = ("--out", tmp_path / f"{day}.parquet", "--carry-out", tmp_path / f"{day}.arrow")
        done = karat("rebuild", "--raw", days / RAW.format(day), *out, *carry, *WHO)
        assert done.code == 0, done
    return tmp_path


def test_own_files_are_what_the_lake_would_hold(built: Path, proved: Karat) -> None:
    told = proved("validate", "--json").json["verdicts"]
    rows = [pq.read_metadata(built / f"{day}.parquet").num_rows for day in (1, 2)]
    assert len(told) == 2
    assert all(count > 2000 for count in rows)
    names = sorted(path.name for path in built.iterdir())
    assert names == ["1.arrow", "1.parquet", "2.arrow", "2.parquet", "home"]


def test_the_answer_says_how_it_opened(karat: Karat, days: Path, tmp_path: Path) -> None:
    files = ("--raw", days / RAW.format(1), "--out", tmp_path / "a.parquet")
    told = karat("rebuild", *files, *WHO, "--json").json
    assert (told["opening"], len(told["closing"])) == ("reset", 64)
    assert told["rows"] == pq.read_metadata(tmp_path / "a.parquet").num_rows
    shown = karat("rebuild", *files, *WHO)
    assert "opened by a snapshot" in shown.out
    assert not (tmp_path / "home").exists()


def test_own_data_is_judged(karat: Karat, days: Path, built: Path) -> None:
    for day in (1, 2):
        golden = days / GOLDEN.format(day)
        words = ("--data", built / f"{day}.parquet", "--golden", golden, *WHO)
        answer = karat("validate", *words, "--date", f"2024-01-0{day}")
        assert answer.code == 0, answer.out
        assert "1 PASS" in answer.out
        assert "next:" not in answer.out
    assert not (built / "home").exists()


def test_own_trades_are_held_against_golden_ones(karat: Karat, days: Path, built: Path) -> None:
    words = ("--data", built / "1.parquet", "--golden", days / GOLDEN.format(1), *WHO)
    more = (*words, "--date", "2024-01-01", "--golden-trades")
    answer = karat("validate", *more, days / TRADES.format(1))
    assert answer.code == 0, answer.out
    assert "trades equal golden" in answer.out
    other = karat("validate", *more, days / TRADES.format(2))
    assert other.code == 3, other.out
    assert "0 trades compared, 100 needed" in other.out


def test_own_data_that_is_wrong_fails(karat: Karat, days: Path, built: Path) -> None:
    alone = karat("validate", "--data", built / "1.parquet", *WHO, "--date", "2024-01-01")
    assert alone.code == 3
    table = pq.read_table(built / "1.parquet")
    place = table.schema.get_field_index("best_bid_ticks")
    field = table.schema.field(place)
    wrong = pa.compute.subtract(table["best_bid_ticks"], 1)
    pq.write_table(table.set_column(place, field, wrong), built / "wrong.parquet")
    words = ("--data", built / "wrong.parquet", "--golden", days / GOLDEN.format(1), *WHO)
    answer = karat("validate", *words, "--date", "2024-01-01", "--json")
    assert (answer.code, answer.json["outcome"]) == (1, "FAIL")


@pytest.mark.parametrize("carry", ["missing", "text", "arrow", "changed"])
def test_a_carry_that_is_none(karat: Karat, days: Path, built: Path, carry: str) -> None:
    path = built / "carry"
    book = pa.ipc.open_file(built / "1.arrow").read_all()
    if carry == "text":
        path.write_text("a book")
    elif carry in {"arrow", "changed"}:
        changed = book.slice(1) if carry == "changed" else book.replace_schema_metadata({})
        with pa.ipc.new_file(path, changed.schema) as writer:
            writer.write_table(changed)
    words = ("--raw", days / RAW.format(2), "--out", built / "x.parquet", *WHO)
    answer = karat("rebuild", *words, "--carry", path)
    assert answer.code == 2
    assert "book" in answer.err
    assert not (built / "x.parquet").exists()


def test_no_book_to_open_with(karat: Karat, days: Path, tmp_path: Path) -> None:
    answer = karat("rebuild", "--raw", days / RAW.format(2), "--out", tmp_path / "x", *WHO)
    assert answer.code == 2
    assert RAW.format(2) in answer.err
    assert "no snapshot" in answer.err
    assert list(tmp_path.iterdir()) == []


def test_places_that_cannot_be_written(karat: Karat, days: Path, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    raw = ("--raw", days / RAW.format(1), *WHO)
    gone = karat("rebuild", *raw, "--out", tmp_path / "no" / "x.parquet")
    folder = karat("rebuild", *raw, "--out", tmp_path / "folder")
    book = ("--out", tmp_path / "x.parquet", "--carry-out", tmp_path / "folder")
    for answer in (gone, folder, karat("rebuild", *raw, *book)):
        assert answer.code == 2
        assert answer.err.startswith("error: ")
    assert list((tmp_path / "folder").iterdir()) == []
