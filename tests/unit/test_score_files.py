"""Tables of scores: read alike from each format, and refused by row."""

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from karat.cli.main import app
from karat.errors import InputError
from karat.feedback import read_factorial, read_pairs

SIDES = ("old", "new")
RUNS: list[dict[str, Any]] = [
    {"data": data, "code": code, "seed": seed, "score": seed / 8 - 2 * (data == "new")}
    for seed in range(6)
    for data in SIDES
    for code in SIDES
]
RACE: list[dict[str, Any]] = [
    {"version": version, "seed": seed, "score": 0.25 + 0.5 * (version == "b")}
    for seed in range(30)
    for version in "ab"
]


def written(folder: Path, rows: list[dict[str, Any]], ending: str = ".csv") -> Path:
    path = folder / f"runs{ending}"
    if ending == ".csv":
        with path.open("w", newline="") as file:
            table = csv.DictWriter(file, rows[0])
            table.writeheader()
            table.writerows(rows)
    elif ending == ".jsonl":
        path.write_text("\n".join(map(json.dumps, rows)))
    else:
        pq.write_table(pa.Table.from_pylist(rows), path)
    return path


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
def test_formats_say_the_same(tmp_path: Path, ending: str) -> None:
    found = read_factorial(written(tmp_path, RUNS, ending))
    assert found.seeds == tuple("012345")
    assert found.scores[1, 0].tolist() == [seed / 8 - 2 for seed in range(6)]
    assert read_pairs(written(tmp_path, RACE, ending), "b", "a") == [-0.5] * 30


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"seed": ""}, "row 3 has no 'seed'"),
        ({"data": "newer"}, "row 3, data is 'newer': write old or new"),
        ({"score": "much"}, "row 3: score is 'much', no number"),
        ({"data": "old", "code": "old"}, "row 3: seed 0 stands there twice"),
        ({"score": "inf"}, "seed 0: the score is not a finite number"),
        ({"seed": 7}, "no score of old data and old code with seed 7"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, row: dict[str, Any], told: str) -> None:
    rows = [*RUNS[:2], RUNS[2] | row, *RUNS[3:]]
    with pytest.raises(InputError, match=told):
        read_factorial(written(tmp_path, rows))


def test_a_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_factorial(tmp_path / "absent.csv")
    (tmp_path / "empty.csv").write_text("data,code,seed,score\n")
    with pytest.raises(InputError, match="has no rows"):
        read_factorial(tmp_path / "empty.csv")
    with pytest.raises(InputError, match="no run of version 'c'"):
        read_pairs(written(tmp_path, RACE), "a", "c")


def test_attribute_says_what_moved_and_draws_it(tmp_path: Path) -> None:
    runs, picture = str(written(tmp_path, RUNS)), tmp_path / "moved.svg"
    told = CliRunner().invoke(app, ["attribute", runs, "--plot", str(picture)])
    assert told.exit_code == 0
    assert "moved by: data, over 6 seeds" in told.output
    drawn = picture.read_text()
    assert drawn.startswith("<?xml")
    assert f"{Path(runs).name}; 6 seeds" in drawn
    found = json.loads(CliRunner().invoke(app, ["attribute", runs, "--json"]).output)
    assert (found["cause"], found["data"]["value"], found["seeds"]) == ("data", -2, 6)


def test_race_ends_with_3_until_it_is_sure(tmp_path: Path) -> None:
    asked = ["race", str(written(tmp_path, RACE)), "a", "b", "--span", "1"]
    found = CliRunner().invoke(app, [*asked, "--plot", str(tmp_path / "race.png")])
    assert found.exit_code == 0
    assert "b is better" in found.output
    early = written(tmp_path, RACE[:4])
    told = CliRunner().invoke(app, ["race", str(early), "a", "b", "--span", "1", "--json"])
    assert told.exit_code == 3
    assert json.loads(told.output)["winner"] is None
    assert CliRunner().invoke(app, [*asked, "--plot", "race.pdf"]).exit_code == 2
