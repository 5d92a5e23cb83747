"""Simulated captures by the command line, and exercises whose answer is sealed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Karat = Callable[..., Any]
SMALL = ("--messages", 600, "--days", 2)
FAULT = ("--fault", "lost_deltas", "--fault-day", "2024-01-02")


def test_instruments_and_days(karat: Karat, tmp_path: Path) -> None:
    names = ("-i", "sim-usdm-abc", "-i", "sim-spot-xyz")
    told = karat("simulate", tmp_path / "a", *names, *SMALL, "--json").json
    assert len(told["files"]) == 12
    assert all(Path(file).is_file() for file in told["files"])
    shown = karat("simulate", tmp_path / "b", *names, *SMALL)
    assert "12 capture files" in shown.out
    assert f"next: karat ingest {tmp_path / 'b'}" in shown.out.replace("\n", "")
    same = [
        (tmp_path / "a" / p.name).read_bytes() == p.read_bytes() for p in (tmp_path / "b").iterdir()
    ]
    assert same == [True] * 12


def test_a_fault_goes_to_one_day_and_its_place_to_a_sealed_file(
    karat: Karat, tmp_path: Path
) -> None:
    karat("simulate", tmp_path / "good", *SMALL)
    sealed = tmp_path / "sealed.json"
    answer = karat("simulate", tmp_path / "bad", *SMALL, *FAULT, "--sealed", sealed)
    assert answer.code == 0
    assert "sealed in" in answer.out
    differ = [
        path.name
        for path in (tmp_path / "good").iterdir()
        if path.read_bytes() != (tmp_path / "bad" / path.name).read_bytes()
    ]
    assert differ == ["usdm_btcusdt_20240102_raw.parquet"]
    place = json.loads(sealed.read_text())["place"]
    assert place["kind"] == "lost_deltas"
    assert place["partition"] == "sim-usdm-btcusdt/2024-01-02"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*FAULT, "--sealed", "captures/answer.json"), "outside"),
        ((*FAULT, "--sealed", "elsewhere/../captures/answer.json"), "outside"),
        (FAULT, "outside"),
        ((*FAULT, "--sealed", "x", "-i", "sim-usdm-a", "-i", "sim-usdm-b"), "one instrument"),
        (("--severity", "0.5"), "--fault"),
        (("--fault", "side_flip", "--sealed", "x"), "one of the simulated days"),
        (("--sealed", "x"), "--fault"),
        ((*FAULT, "--sealed", "x", "--severity", "2"), "severity"),
        (("--first-day", "yesterday"), "YYYY-MM-DD"),
        (("-i", "binance-spot-btcusdt"), "sim-usdm-"),
        (("--messages", "3"), "ask for more"),
    ],
)
def test_what_does_not_fit(
    *,
    karat: Karat,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = karat("simulate", "captures", *SMALL, *words)
    assert answer.code == 2
    assert said in answer.err
    assert not (tmp_path / "x").exists()
