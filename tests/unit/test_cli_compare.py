"""`karat compare` in this process: words, exit codes, JSON, pictures, and the width of a page."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

import karat as library
from karat.cli.comparison_table import draw

Karat = Callable[..., Any]
ROWS = 5_000


def rows(seed: int, stretch: float = 1.0) -> pa.Table:
    rng = np.random.default_rng(seed)
    return pa.table(
        {
            "event_time_ns": np.cumsum(rng.integers(1, 10**6, ROWS)),
            "trade_id": np.arange(ROWS),
            "a_column_with_a_rather_long_name_of_its_own": rng.lognormal(size=ROWS) * stretch,
            "side": rng.choice(["buy", "sell"], ROWS),
            "[odd] name": rng.integers(0, 5, ROWS),
        }
    )


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    paths = tmp_path / "candidate.parquet", tmp_path / "golden.parquet"
    for path, table in zip(paths, (rows(1, 1.4), rows(2)), strict=True):
        pq.write_table(table, path)
    return paths


def test_different_days_are_inconclusive(karat: Karat, files: tuple[Path, Path]) -> None:
    answer = karat("compare", *files)
    assert answer.code == 3
    assert "INCONCLUSIVE nothing contradicts golden" in answer.out
    assert "missing for a PASS" in answer.out
    assert "0 of 19 golden days" in answer.out
    assert "--on trade_id" in answer.out
    assert answer.out.index("a_column_with") < answer.out.index("side")
    assert max(map(len, answer.out.splitlines()[3:])) <= 100


def test_equal_files_are_same_and_exit_0(karat: Karat, files: tuple[Path, Path]) -> None:
    answer = karat("compare", files[1], files[1])
    assert answer.code == 0
    assert "SAME every value is golden's" in answer.out
    assert "copy of golden" in answer.out
    assert "PASS" not in answer.out.replace("missing for a PASS", "")


def test_rows_of_one_key_that_differ_fail(karat: Karat, files: tuple[Path, Path]) -> None:
    answer = karat("compare", *files, "--on", "trade_id, event_time_ns")
    assert answer.code == 1
    answer = karat("compare", *files, "--on", "trade_id")
    assert answer.code == 1
    assert "FAIL rows of one key are not the same" in answer.out
    assert "5,000 rows matched on trade_id" in answer.out
    assert re.search(
        r"side differs in 2,\d{3} \(\d\d\.\d\d%\); first \d+: (buy|sell) for", answer.out
    )


def test_json_is_the_whole_answer(karat: Karat, files: tuple[Path, Path]) -> None:
    told = karat("compare", *files, "--on", "trade_id", "--json").json
    assert told["outcome"] == "FAIL"
    assert told["golden"] == {"name": str(files[1]), "rows": ROWS, "alone": []}
    column = told["columns"]["a_column_with_a_rather_long_name_of_its_own"]
    low, high = column["distance"]
    assert 0.1 < low <= high < 0.2
    assert high - low < 0.001
    assert column["reach"]["tolerance"] > high
    assert told["columns"]["event_time_ns"]["measured"] == "steps"
    assert told["census"]["matched"] == ROWS
    assert told["clock"] == "event_time_ns"
    exact = karat("compare", *files, "--exact", "--json").json["columns"]
    (bound,) = set(exact["a_column_with_a_rather_long_name_of_its_own"]["distance"])
    assert low <= bound <= high


@pytest.mark.parametrize(("name", "magic"), [("w.png", b"\x89PNG"), ("w.SVG", b"<?xml")])
def test_a_picture_of_the_worst_column(
    karat: Karat, files: tuple[Path, Path], name: str, magic: bytes, tmp_path: Path
) -> None:
    answer = karat("compare", *files, "--plot", tmp_path / name)
    assert answer.code == 3
    assert (tmp_path / name).read_bytes().startswith(magic)
    assert "the picture shows a_column_with" in answer.out


def test_a_picture_of_no_numbers_is_none(karat: Karat, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"side": ["buy", "sell"]}), path)
    answer = karat("compare", path, path, "--plot", tmp_path / "x.png", "--json")
    assert (answer.json["plot"], (tmp_path / "x.png").exists()) == (None, False)


def test_bad_use_is_one_message_and_exit_2(karat: Karat, files: tuple[Path, Path]) -> None:
    folder = files[0].parent
    cases = {
        "gone.parquet: no such file": (folder / "gone.parquet", files[1]),
        "key 'nr' is not a column of both": (*files, "--on", "nr"),
        "a picture ends with .png or .svg": (*files, "--plot", folder / "x.pdf"),
        "its folder is not there": (*files, "--plot", folder / "no" / "x.png"),
        "key side is none: ": (*files, "--on", "side"),
    }
    for told, words in cases.items():
        answer = karat("compare", *words)
        assert answer.code == 2, answer
        assert answer.err.startswith("error: ")
        assert told in answer.err
        assert karat("compare", *words, "--json").json["error"]["kind"] == "InputError"


def test_what_is_written_in_files_is_no_markup() -> None:
    table = pa.table({"[red]x[/red]": ["[bold]a[/bold]"] * 200})
    other = pa.table({"[red]x[/red]": ["[bold]b[/bold]"] * 199 + ["[/]"]})
    text = io.StringIO()
    draw(Console(file=text, width=100, highlight=False), library.compare(other, table), None)
    assert "[red]x[/red]" in text.getvalue()
    assert "is always [bold]a[/bold]" in text.getvalue()
    assert max(map(len, text.getvalue().splitlines())) <= 100


def test_a_narrow_terminal_still_shows_every_number(files: tuple[Path, Path]) -> None:
    found, text = library.compare(*files), io.StringIO()
    draw(Console(file=text, width=60, highlight=False), found, None)
    assert max(map(len, text.getvalue().splitlines()[3:])) <= 60
    assert f"{found.columns[0].distance.low:.4f}" in text.getvalue()
