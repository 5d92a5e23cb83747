"""A home with golden days in force: what each command says of it, as a document and in words."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

Karat = Callable[..., Any]
DAYS = [f"sim-usdm-abc/2024-01-0{n}" for n in range(1, 6)]
QUANTILE = {"alpha", "days", "needed", "q", "false_alarms"}
YARDSTICK = {"stratum", "name", "kind", "cells", "scale", "floor", "at_floor", "m_eff", "left_out",
             "chunks"}  # fmt: skip
MANIFEST = {"alpha", "digest", "dataset", "reference", "calibration", "yardsticks", "quantiles"}
BUILD = ("golden", "build", "--days", "..2024-01-03", "--first", 2)
CHANGES = {"before", "after", "days", "scales", "alpha", "q", "judged", "bytes_read", "outcomes",
           "verdicts"}  # fmt: skip


def test_every_command_speaks_of_one_golden(adopted: Karat) -> None:
    shown = adopted("golden", "show", "--json").json
    assert set(shown) == MANIFEST
    assert (shown["reference"], shown["calibration"]) == (DAYS[:2], DAYS[2:3])
    assert {frozenset(row) for row in shown["yardsticks"]} == {frozenset(YARDSTICK)}
    assert {frozenset(row) for row in shown["quantiles"]} == {frozenset(QUANTILE)}
    half = next(row for row in shown["quantiles"] if row["alpha"] == shown["alpha"] == 0.5)
    assert (half["days"], half["needed"]) == (1, 1)
    assert half["false_alarms"]["mean"] == 0.5
    listed = adopted("golden", "ls", "--json").json
    assert set(listed) == {"current", "manifests", "adoptions"}
    (row,) = listed["manifests"]
    assert row == {"golden": shown["digest"], "reference": 2, "calibration": 1,
                   "first": "2024-01-01", "last": "2024-01-03", "built_here": True}  # fmt: skip
    assert listed["current"] == shown["digest"] == listed["adoptions"][0]["golden"]
    report = adopted("golden", "report", "--json").json
    assert set(report) == {"golden", "words", "html", "names", "days", "drifts"}
    assert report["golden"] == shown["digest"]
    assert set(report["names"]) == {row["name"] for row in shown["yardsticks"]}
    by_name = {row["name"]: row for row in shown["yardsticks"]}
    assert {r["numbers"]["scale"] for r in unpaired(adopted) if "scale" in r["numbers"]} <= {
        one["scale"] for one in by_name.values()
    }


def unpaired(karat: Karat) -> list[Any]:
    found = karat("explain", DAYS[3], "--json").json["findings"]
    return [one for one in found if one["family"] == "unpaired"]


def test_built_again_it_is_the_same_and_stays_in_force(adopted: Karat) -> None:
    now = adopted("golden", "show", "--json").json
    again = adopted(*BUILD, "--json").json
    assert set(again) == MANIFEST | {"out", "adopted"}
    assert {key: again[key] for key in now} == now
    kept = adopted("golden", "adopt", now["digest"][:6], "--reason", "again", "--json").json
    assert set(kept) == {"golden", "dataset", "who", "reason", "commit", "changed"}
    assert kept["changed"] is False
    assert "in force already" in adopted("golden", "adopt", "current", "--reason", "again").out
    assert [a["reason"] for a in adopted("golden", "ls", "--json").json["adoptions"]] == [
        "quiet days"
    ]


def test_against_itself_it_changes_nothing(adopted: Karat) -> None:
    told = adopted("golden", "diff", "current", "current", "--json").json
    assert set(told) == CHANGES
    assert (told["days"], told["verdicts"], told["outcomes"]) == ({}, {}, 0)
    assert (told["judged"], told["bytes_read"]) == (5, 0)
    assert all(before == after for before, after in told["scales"].values())
    words = adopted("golden", "diff", "current", "current").out
    assert "the same golden days" in words
    assert "0 would change outcome" in words


def test_another_golden_is_in_force_from_its_adoption_to_the_next(adopted: Karat) -> None:
    first = adopted("golden", "show", "--json").json["digest"]
    out = ("--out", "carried", "--adopt", "--reason", "later days", "--who", "them")
    made = adopted("golden", "build", "--days", "2024-01-04..", "--first", 1, *out, "--json").json
    assert made["adopted"]["changed"] is True
    told = adopted("golden", "diff", first, "current", "--json").json
    assert told["days"] == dict.fromkeys(DAYS[:3], "removed") | dict.fromkeys(DAYS[3:], "added")
    shutil.rmtree(Path("carried"))
    assert adopted("golden", "adopt", first, "--reason", "back").code == 0
    history = adopted("golden", "ls", "--json").json
    assert [(a["golden"], a["who"] == "them") for a in history["adoptions"]] == [
        (first, False), (made["digest"], True), (first, False),
    ]  # fmt: skip
    assert adopted("golden", "ls").out.count("adopted before") == 1


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_golden_of_another_dataset_is_not_adopted(adopted: Karat, tmp_path: Path) -> None:
    body = yaml.safe_load((tmp_path / "home" / "contract.yaml").read_text())
    (tmp_path / "other.yaml").write_text(yaml.safe_dump(body | {"dataset": "quotes"}))
    digest = adopted("golden", "show", "--json").json["digest"]
    words = ("golden", "adopt", digest, "--reason", "x", "--contract", tmp_path / "other.yaml")
    refused = adopted(*words)
    assert refused.code == 2
    assert "is of book_events, the contract of quotes: name another --contract" in refused.err
    listed = adopted("golden", "ls", "--contract", tmp_path / "other.yaml", "--json").json
    assert listed == {"current": None, "manifests": [], "adoptions": []}


def test_an_edited_folder_of_this_machine_is_not_believed(adopted: Karat, tmp_path: Path) -> None:
    folder = next((tmp_path / "home" / "golden").iterdir())
    text = (folder / "golden.json").read_text()
    (folder / "golden.json").write_text(text.replace('"book_events"', '"book_event"'))
    refused = adopted("golden", "show", folder.name, "--json")
    assert (refused.code, refused.json["error"]["kind"]) == (2, "CorruptError")
    assert "remove it and build it again" in refused.json["error"]["message"]
    shutil.rmtree(folder)
    assert adopted("golden", "show", folder.name).code == 0, "the lake has it too"
