"""From files to a contract: `profile`, `init` and `contract check`, right and wrong."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from karat.contracts import load_contract

Karat = Callable[..., Any]
BODY: dict[str, Any] = {
    "dataset": "walk",
    "first_day": "2024-01-01",
    "locator": "time",
    "columns": {name: {"type": "int64", "unit": name} for name in ("x", "time")},
    "families": {"invariants": "gate"},
    "invariants": [{"name": "x is small", "left": "x", "op": "<", "right": 1000}],
}
WRITTEN = ("contract.yaml", "workspace.yaml", "definitions.py")
WRONG: list[tuple[str, str, str]] = [
    ("locator: time", "locator: tine", "did you mean 'time'?"),
    ("locator: time", "locater: time", "locater"),
    ("left: x", "left: y", "y"),
    ("op: <", "op: ~<", "op"),
    ("type: int64", "type: int65", "type"),
    ("right: 1000", "right: many", "right"),
    ("invariants: gate", "invariants: guard", "invariants"),
    ("first_day: '2024-01-01'", "first_day: '2024-02-30'", "first_day"),
    ("dataset: walk", "dataset: A Walk", "dataset"),
    ("dataset: walk", "dataset: [walk", "wrong.yaml"),
]


@pytest.fixture
def here(karat: Karat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Karat:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "right.yaml").write_text(yaml.safe_dump(BODY, sort_keys=False))
    (tmp_path / "days").mkdir()
    for n in range(1, 4):
        rng = np.random.default_rng(n)
        times = rng.integers(1, 9, 300).cumsum() + 10**6 * n
        table = pa.table({"time_ns": times, "x": rng.integers(-5, 6, 300)})
        pq.write_table(table, tmp_path / "days" / f"2024-05-0{n}.parquet")
    return karat


def test_what_a_contract_rules_is_in_its_digest_and_how_it_is_written_is_not(here: Karat) -> None:
    told = here("contract", "check", "right.yaml", "--json").json
    assert told == {
        "file": "right.yaml", "dataset": "walk", "first_day": "2024-01-01", "columns": 2,
        "digest": load_contract(Path("right.yaml")).digest, "families": {"invariants": "gate"},
    }  # fmt: skip
    text = "# a remark\n" + yaml.safe_dump(BODY, sort_keys=True, default_flow_style=True)
    Path("same.yaml").write_text(text)
    assert here("contract", "check", "same.yaml", "--json").json["digest"] == told["digest"]
    for part, value in (("invariants", []), ("dataset", "run"), ("first_day", "2024-01-02")):
        Path("other.yaml").write_text(yaml.safe_dump(BODY | {part: value}))
        answer = here("contract", "check", "other.yaml", "--json")
        assert answer.code == 2 or answer.json["digest"] != told["digest"]
    words = here("contract", "check", "right.yaml").out
    assert "right.yaml rules walk: 2 columns, invariants gates" in words
    assert told["digest"][:12] in words


@pytest.mark.parametrize(("right", "wrong", "named"), WRONG, ids=[one[1] for one in WRONG])
def test_a_wrong_contract_is_told_with_file_line_and_key(
    here: Karat, right: str, wrong: str, named: str
) -> None:
    text = Path("right.yaml").read_text()
    assert right in text
    Path("wrong.yaml").write_text(text.replace(right, wrong, 1))
    line = text[: text.index(right)].count("\n") + 1
    answer = here("contract", "check", "wrong.yaml")
    assert (answer.code, answer.out) == (2, "")
    assert named in answer.err
    lines = [f"wrong.yaml:{n}" in answer.err for n in range(line, line + 2)]
    assert any(lines) or f"line {line + 1}" in answer.err, answer.err


@pytest.mark.parametrize("given", ["nowhere.yaml", "days", "empty.yaml", "bytes.yaml"])
def test_what_is_no_contract_is_named(here: Karat, given: str) -> None:
    Path("empty.yaml").write_text("")
    Path("bytes.yaml").write_bytes(b"\xff\xfe\x00")
    answer = here("contract", "check", given)
    assert (answer.code, answer.out) == (2, "")
    assert given in answer.err


def test_a_new_folder_has_a_contract_that_rules_the_days(here: Karat) -> None:
    answer = here("init", "mine", "--data", "days", "--dataset", "walks", "--json")
    assert answer.json == {"written": [f"mine/{name}" for name in WRITTEN]}
    told = here("contract", "check", "mine/contract.yaml", "--json").json
    assert (told["dataset"], told["columns"], told["first_day"]) == ("walks", 2, "2024-05-01")
    assert "walks" in Path("mine/definitions.py").read_text()
    compile(Path("mine/definitions.py").read_text(), "definitions.py", "exec")
    assert {p.name for p in Path("mine").iterdir()} == {*WRITTEN, "data", "golden"}
    judged = here("validate", "mine/contract.yaml", "--data", "days", "--json").json
    for one in judged["verdicts"].values():
        laws = [f["outcome"] for f in one["findings"] if f["family"] == "invariants"]
        assert set(laws) == {"PASS"}


@pytest.mark.parametrize("there", WRITTEN)
def test_nothing_is_overwritten_and_nothing_is_half_written(here: Karat, there: str) -> None:
    Path("mine").mkdir()
    (Path("mine") / there).write_text("mine alone")
    answer = here("init", "mine")
    assert (answer.code, answer.out) == (2, "")
    assert f"mine/{there}: already there, and nothing is overwritten" in answer.err
    assert [p.name for p in Path("mine").iterdir()] == [there]
    assert (Path("mine") / there).read_text() == "mine alone"


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["init", "mine", "--data", "nowhere.parquet"], "nowhere.parquet"),
        (["init", "mine", "--data", "right.yaml"], "right.yaml: not a readable Parquet file"),
        (["init", "mine", "--dataset", "Not One"], "dataset"),
        (["init", "right.yaml"], "right.yaml"),
        (["profile", "nowhere"], "nowhere"),
        (["profile", "right.yaml"], "right.yaml: not a readable Parquet file"),
        (["profile", "."], "no Parquet files here"),
        (["profile", "days", "--dataset", "../up"], "dataset"),
    ],
    ids=str,
)
def test_wrong_files_and_names_write_nothing(here: Karat, words: list[str], named: str) -> None:
    answer = here(*words, "--json")
    assert (answer.code, answer.err) == (2, "")
    assert named in answer.json["error"]["message"]
    assert answer.json["error"]["kind"] in {"InputError", "ContractError"}
    assert not Path("mine").exists()


def test_a_profile_is_a_contract_and_a_day_more_loosens_it(here: Karat) -> None:
    first = here("profile", "days", "--dataset", "walks")
    assert first.code == 0
    assert here("profile", "days", "--dataset", "walks", "--json").json == {"contract": first.out}
    assert "tolerance:" in first.out
    assert "tolerance:" not in here("profile", "days/2024-05-01.parquet").out, "one day shows none"
    Path("made.yaml").write_text(first.out)
    contract = load_contract(Path("made.yaml"))
    assert {rule.right for rule in contract.invariants} == {-5, 5}
    wider = pa.table({"time_ns": np.arange(300) + 10**8, "x": np.arange(300) - 9})
    pq.write_table(wider, "days/2024-05-04.parquet")
    Path("made.yaml").write_text(here("profile", "days").out)
    assert {rule.right for rule in load_contract(Path("made.yaml")).invariants} == {-9, 290}
