"""Somebody's own days against golden days: files of any contract, and no lake."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from karat.compute import table_content
from karat.contracts import Contract
from karat.errors import InputError
from karat.flow.file_sample import FileSample
from karat.flow.own_days import day_files, judge_days
from karat.verdicts import Outcome
from karat.verdicts.table_sample import TableSample, judge_table
from tests.unit.test_golden import contract, day

Karat = Callable[..., Any]
BODY: dict[str, Any] = {
    "dataset": "walk",
    "first_day": "2024-01-01",
    "locator": "time",
    "columns": {name: {"type": "int64", "unit": name} for name in ("x", "time")},
    "families": {"invariants": "gate", "unpaired": "gate"},
    "invariants": [{"name": "x is small", "left": "x", "op": "<", "right": 1000}],
    "unpaired": {"alpha": "0.05", "distances": [{"name": "level", "column": "x"}]},
}


def table(seed: int, shift: int = 0, rows: int = 500) -> pa.Table:
    values = np.random.default_rng(seed).integers(0, 50, rows) + shift
    return pa.table({"time": np.arange(rows), "x": values})


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return a folder with 24 golden days and three days on trial, one of them far off."""
    for name in ("golden", "data"):
        (tmp_path / name).mkdir()
    for n in range(24):
        pq.write_table(table(n), tmp_path / "golden" / f"2024-01-{n + 1:02}.parquet")
    for n, shift in ((1, 0), (2, 10), (3, 2000)):
        pq.write_table(table(100 + n, shift), tmp_path / "data" / f"2024-02-0{n}.parquet")
    (tmp_path / "contract.yaml").write_text(yaml.safe_dump(BODY))
    return tmp_path


def validated(karat: Karat, own: Path, *more: object) -> Any:
    where = ("--data", own / "data", "--golden", own / "golden")
    return karat("validate", own / "contract.yaml", *where, *more)


def test_each_day_is_judged_by_the_golden_days(karat: Karat, own: Path) -> None:
    answer = validated(karat, own, "--json")
    assert answer.code == 1
    told = answer.json
    outcomes = {name: one["outcome"] for name, one in told["verdicts"].items()}
    assert outcomes == {"2024-02-01": "PASS", "2024-02-02": "FAIL", "2024-02-03": "FAIL"}
    assert told["reference"] == [f"golden/2024-01-0{n}" for n in range(1, 5)]
    assert len(told["calibration"]) == 20
    why = [f["name"] for f in told["verdicts"]["2024-02-03"]["findings"] if f["outcome"] == "FAIL"]
    assert why == ["x is small", "score", "level"]
    for name, one in told["verdicts"].items():
        assert one["inputs"]["partition"] == name
        assert one["inputs"]["golden"] == told["golden"]
    assert not (own / "home").exists()


def test_the_table_says_how_golden_was_split_and_why_days_fail(karat: Karat, own: Path) -> None:
    answer = validated(karat, own)
    lines = answer.out.splitlines()
    assert lines[0].startswith("4 reference days: golden 2024-01-01, 2024-01-02")
    assert lines[1].startswith("20 calibration days: golden 2024-01-05")
    assert lines[2].split() == ["2024-02-01", "PASS"]
    assert "1 PASS, 2 FAIL" in lines[-1]
    assert "x is small: holds in 500 rows" in validated(karat, own, "-v").out
    for path in (own / "data").glob("2024-02-0[23].parquet"):
        path.unlink()
    assert validated(karat, own).code == 0


def test_a_golden_day_is_no_candidate_whatever_it_is_called(karat: Karat, own: Path) -> None:
    for name in ("2024-02-09", "2024-01-07"):
        copied = own / "data" / f"{name}.parquet"
        pq.write_table(table(6), copied, compression="none", row_group_size=7)
        answer = validated(karat, own, "--json")
        one = answer.json["verdicts"][name]
        assert one["outcome"] == "FAIL"
        (failed,) = [f for f in one["findings"] if f["outcome"] == "FAIL"]
        assert "the rows of golden day golden/2024-01-07" in failed["reason"]
        assert failed["role"] == "gate"


def test_too_few_golden_days_are_inconclusive(karat: Karat, own: Path) -> None:
    for path in sorted((own / "golden").iterdir())[9:]:
        path.unlink()
    (own / "data" / "2024-02-03.parquet").unlink()
    answer = validated(karat, own)
    assert answer.code == 3
    assert "5 of 19 calibration days" in answer.out
    assert karat("validate", own / "contract.yaml", "--data", own / "data").code == 3


def test_wrong_use_is_told(karat: Karat, own: Path) -> None:
    bare = own / "bare"
    bare.mkdir()
    words = [own / "contract.yaml", "--data", own / "data"]
    cases = (
        ([*words, "--golden", bare], "no Parquet files here"),
        ([*words, "--golden", own / "contract.yaml"], "a folder of golden days"),
        ([*words, "--golden", own / "nowhere"], "nowhere: no such file or folder"),
        ([words[0], "--data", own / "däys"], "däys: no such file or folder"),
        ([*words, "--date", "2024-01-01"], "nothing else"),
        ([*words, "--level", "L2"], "nothing else"),
        ([*words, "--budget", "1s"], "nothing else"),
        ([*words, "--plot", own / "plots"], "nothing else"),
        ([own / "contract.yaml", "x", *words[1:]], "one contract"),
    )
    for given, why in cases:
        answer = karat("validate", *given)
        assert answer.code == 2
        assert why in answer.err
    pq.write_table(table(1).drop(["x"]), own / "data" / "2024-02-04.parquet")
    answer = validated(karat, own)
    assert (answer.code, "2024-02-04.parquet: column 'x' is missing" in answer.err) == (2, True)
    (own / "data" / "2024-02-04.parquet").write_bytes(b"PAR1 and no more")
    assert "not a readable Parquet file" in validated(karat, own).err


def test_a_file_is_measured_as_the_table_in_it(tmp_path: Path) -> None:
    asked = contract()
    for n in range(5):
        pq.write_table(day(n), tmp_path / f"{n}.parquet", row_group_size=50)
    files = day_files(tmp_path, asked)
    assert [one.name for one in files] == ["0", "1", "2", "3", "4"]
    assert [one.content for one in files] == [table_content(day(n)).digest for n in range(5)]
    assert [one.rows for one in files] == [400] * 5
    done = judge_days(asked, files[:1], [*files[1:]])
    assert done.golden is not None
    assert len(done.golden.reference) == 4
    assert done.verdicts["0"].findings == judge_table(asked, TableSample("0", day(0)), done.golden)
    assert done.verdicts["0"].outcome is Outcome.INCONCLUSIVE
    again = judge_days(asked, files[:1], [*files[:0:-1]], threads=2)
    assert again == done


def test_days_by_weekday_need_dates(tmp_path: Path) -> None:
    asked = contract(strata="weekday")
    pq.write_table(day(1), tmp_path / "monday.parquet")
    with pytest.raises(InputError, match="'monday' is no date"):
        day_files(tmp_path, asked)
    (tmp_path / "monday.parquet").rename(tmp_path / "2024-01-01.parquet")
    assert [one.stratum for one in day_files(tmp_path, asked)] == ["Mon"]


def test_golden_twice_is_told(tmp_path: Path) -> None:
    asked: Contract = contract()
    for n in range(2):
        pq.write_table(day(5), tmp_path / f"{n}.parquet")
    golden = day_files(tmp_path, asked, "golden/")
    with pytest.raises(InputError, match="golden/0 and golden/1 are one content"):
        judge_days(asked, [FileSample("x", tmp_path / "0.parquet")], golden)
