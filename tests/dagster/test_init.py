"""A new folder: its contract loads, Dagster loads it, and its asset holds a day to the contract."""

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from karat import load_contract
from karat.cli.main import app

DAY = "2024-03-01"
Run = Callable[..., Any]


def run(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


def events(seed: int, rows: int = 3_000) -> pa.Table:
    rng = np.random.default_rng(seed)
    return pa.table(
        {
            "trade_id": np.arange(rows) + 10**6 * seed,
            "event_time_ns": rng.integers(0, 60 * 10**9, rows).cumsum(),
            "price_ticks": rng.integers(900, 1_100, rows),
            "side": pa.array(rng.choice([-1, 1], rows), pa.int8()),
            "fee": rng.exponential(size=rows),
            "venue": pa.array(["x"] * rows),
            "seen": pa.array(np.arange(rows), pa.timestamp("us")),
        }
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder made for a day that lies in it."""
    pq.write_table(events(1), tmp_path / f"{DAY}.parquet")
    answer = run("init", tmp_path / "mine", "--data", tmp_path / f"{DAY}.parquet")
    assert answer.exit_code == 0, answer.output
    table = events(1).drop_columns("seen")
    pq.write_table(table, tmp_path / "mine" / "data" / f"{DAY}.parquet")
    return tmp_path / "mine"


def definitions(folder: Path) -> dg.Definitions:
    spec = importlib.util.spec_from_file_location("own_definitions", folder / "definitions.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dg.Definitions = module.defs
    return found


def materialized(folder: Path, day: str) -> dg.ExecuteInProcessResult:
    asset = definitions(folder).resolve_assets_def("events")
    return dg.materialize([asset], partition_key=day, raise_on_error=False)


def test_the_contract_is_of_the_file(folder: Path) -> None:
    contract = load_contract(folder / "contract.yaml")
    kinds = {name: spec.type for name, spec in contract.columns.items()}
    assert kinds == {
        "trade_id": "int64", "event_time_ns": "int64", "price_ticks": "int64", "side": "int8",
        "fee": "double", "venue": "string",
    }  # fmt: skip
    assert (str(contract.first_day), contract.locator) == (DAY, "trade_id")
    assert "seen has a type that karat cannot read" in (folder / "contract.yaml").read_text()


def test_a_day_that_keeps_its_contract_is_admitted_and_no_other(folder: Path) -> None:
    done = materialized(folder, DAY)
    assert done.success
    (told,) = done.asset_materializations_for_node("events")
    assert str(told.metadata["invariants: trade_id is rising"].value).startswith("PASS")
    assert not materialized(folder, "2024-03-02").success  # it is missing
    bad = events(2).drop_columns("seen")
    at = bad.schema.get_field_index("price_ticks")
    bad = bad.set_column(at, "price_ticks", pa.array(np.arange(len(bad)) - 5))
    pq.write_table(bad, folder / "data" / "2024-03-03.parquet")
    refused = materialized(folder, "2024-03-03")
    assert not refused.success
    failures = [e for e in refused.all_events if e.is_step_failure]
    assert "price_ticks is above 0" in str(failures[0].step_failure_data.user_failure_data)


@pytest.mark.e2e
def test_dagster_loads_the_workspace(folder: Path) -> None:
    words = [sys.executable, "-m", "dagster", "definitions", "validate", "-w", "workspace.yaml"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_nothing_is_overwritten(folder: Path) -> None:
    text = (folder / "contract.yaml").read_text()
    (folder / "definitions.py").unlink()
    answer = run("init", folder)
    assert answer.exit_code == 2
    assert "contract.yaml" in answer.stderr
    assert "nothing is overwritten" in answer.stderr
    assert (folder / "contract.yaml").read_text() == text
    assert not (folder / "definitions.py").exists()


def test_without_data_there_is_an_example(tmp_path: Path) -> None:
    assert run("init", tmp_path / "new", "--dataset", "trades").exit_code == 0
    contract = load_contract(tmp_path / "new" / "contract.yaml")
    assert contract.dataset == "trades"
    assert definitions(tmp_path / "new").resolve_assets_def("trades").partitions_def is not None


@pytest.mark.parametrize("name", ["Trades", "my-days", "a b"])
def test_a_name_that_no_dataset_has_writes_nothing(tmp_path: Path, name: str) -> None:
    answer = run("init", tmp_path / "new", "--dataset", name)
    assert answer.exit_code == 2
    assert "dataset" in answer.stderr
    assert not (tmp_path / "new").exists()
