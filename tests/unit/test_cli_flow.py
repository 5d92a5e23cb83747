"""Every stage by the command line, one after the other, in words and as JSON."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

Karat = Callable[..., Any]
FIRST, SECOND = "sim-usdm-abc/2024-01-01", "sim-usdm-abc/2024-01-02"


def test_ingest_takes_what_is_new_and_passes_over_the_rest(karat: Karat, days: Path) -> None:
    first = karat("ingest", days)
    assert first.code == 0
    assert "6 of 6 captures are new" in first.out
    again = karat("ingest", days, "--json").json["captures"]
    assert {item["status"] for item in again} == {"same"}
    assert [(c["partition"], c["role"]) for c in again] == [
        (partition, role)
        for partition in (FIRST, SECOND)
        for role in ("raw", "golden", "golden_trades")
    ]
    assert all(len(item["digest"]) == 64 for item in again)


def test_ingest_one_file_of_any_name(karat: Karat, days: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.parquet"
    mine.write_bytes((days / "usdm_abc_20240101_golden_bbo.parquet").read_bytes())
    words = ("--instrument", "sim-usdm-abc", "--date", "2024-01-01", "--role", "golden", "--json")
    item = karat("ingest", mine, *words).json["captures"][0]
    assert (item["partition"], item["role"], item["status"]) == (FIRST, "golden", "new")


def test_a_file_named_for_no_day(karat: Karat, days: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "sim" / "usdm_abc_20241345_raw.parquet"
    wrong.parent.mkdir()
    wrong.write_bytes((days / "usdm_abc_20240101_raw.parquet").read_bytes())
    answer = karat("ingest", wrong.parent)
    assert answer.code == 2
    assert f"{wrong}: by its name of no partition: date '2024-13-45'" in answer.err


def test_rebuild_of_nothing_says_so(karat: Karat) -> None:
    karat("lake", "init")
    answer = karat("rebuild")
    assert answer.code == 0
    assert "nothing to rebuild" in answer.out
    assert "next: karat ingest" in answer.out


def test_ingest_with_reference_data_of_ones_own(karat: Karat, days: Path, tmp_path: Path) -> None:
    table = tmp_path / "instruments.csv"
    table.write_text("instrument,valid_from\n")
    answer = karat("ingest", days, "--instruments", table)
    assert answer.code == 2
    assert "column 'tick' is missing" in answer.err


def test_rebuild_counts_and_names_the_audit_branch(karat: Karat, days: Path) -> None:
    karat("ingest", days)
    answer = karat("rebuild", FIRST, "--json").json
    assert answer["branch"].startswith("wap-")
    assert list(answer["rebuilt"]) == [FIRST, SECOND], "the second day carries on from the first"
    assert answer["rebuilt"][FIRST]["counts"]["gap"] == 0
    shown = karat("rebuild")
    assert shown.code == 0
    assert SECOND in shown.out
    assert "on audit branch wap-" in shown.out


def test_rebuild_of_what_is_published_does_nothing(proved: Karat) -> None:
    assert "2 partitions are as they were" in proved("rebuild").out
    answer = proved("rebuild", "--json").json
    assert answer == {"branch": None, "rebuilt": {}, "unchanged": [FIRST, SECOND], "failed": {}}


def test_validate_judges_once(karat: Karat, days: Path) -> None:
    for words in (["ingest", days], ["rebuild"]):
        karat(*words)
    first = karat("validate", "--json")
    assert first.code == 0
    assert (first.json["outcome"], first.json["cached"]) == ("PASS", 0)
    assert first.json["bytes_read"] > 0
    again = karat("validate", FIRST, "--json").json
    assert (again["cached"], again["bytes_read"], list(again["verdicts"])) == (1, 0, [FIRST])
    assert again["verdicts"][FIRST]["ref"].startswith("wap-")


def test_validate_shows_numbers_when_asked(proved: Karat) -> None:
    quiet, loud = proved("validate"), proved("validate", "-v")
    assert quiet.out.count("PASS") == 7
    assert quiet.out.count("quotes equal golden") == 2
    assert quiet.out.count("trades equal golden") == 2
    assert quiet.out.count("0 of 19 calibration days") == 2
    assert "2 from the ledger, 0 B read" in quiet.out
    assert "sizes are not negative" not in quiet.out
    assert "sizes are not negative" in loud.out
    assert "min_coverage=0.95" in loud.out
    assert "next: karat publish" not in quiet.out


def test_validate_at_a_name(proved: Karat) -> None:
    answer = proved("validate", "--ref", "dataset-demo-1.0.0", "--json").json
    assert answer["refs"] == {"dataset-demo-1.0.0": [FIRST, SECOND]}


def test_publish_moves_the_root_once(karat: Karat, days: Path) -> None:
    for words in (["ingest", days], ["rebuild"], ["validate"]):
        karat(*words)
    first = karat("publish", "--json")
    assert (first.code, first.json["published"]) == (0, [FIRST, SECOND])
    assert first.json["root_before"] != first.json["root_after"]
    again = karat("publish")
    assert again.code == 0
    assert "everything is published already" in again.out
    assert "unchanged" in again.out


def test_datasets_are_cut_listed_and_verified(proved: Karat) -> None:
    again = proved("dataset", "cut", "demo", "--json").json
    assert (again["version"], again["partitions"]) == ("1.0.0", [FIRST, SECOND])
    part = proved("dataset", "cut", "first", "--partitions", "*/2024-01-01")
    assert "first@1.0.0: 1 partitions" in part.out
    listed = proved("dataset", "ls", "--json").json["datasets"]
    assert [(d["name"], d["version"], d["partitions"]) for d in listed] == [
        ("demo", "1.0.0", 2),
        ("first", "1.0.0", 1),
    ]
    assert "demo@1.0.0" in proved("dataset", "ls", "demo").out
    assert "first" not in proved("dataset", "ls", "demo").out
    assert "all as proved" in proved("dataset", "verify", "demo@1.0.0").out
    verified = proved("dataset", "verify", "demo@1.0.0", "--json").json
    assert verified["partitions"] == [FIRST, SECOND]


def test_no_datasets_yet(karat: Karat, days: Path) -> None:
    karat("ingest", days)
    assert "no datasets" in karat("dataset", "ls").out
