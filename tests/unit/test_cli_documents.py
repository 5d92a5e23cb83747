"""With --json, every command prints one document on standard output and nothing else there."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Karat = Callable[..., Any]
CARD = {
    *(
        "dataset",
        "purpose",
        "refused",
        "range",
        "partitions",
        "parts",
        "split",
        "embargoed",
        "rows",
    ),
    *("bytes", "columns", "outcomes", "rules", "waivers", "allowances", "limits", "lineage"),
    *("runs", "models"),
}
CASES: dict[str, tuple[list[str], set[str]]] = {
    "simulate": (["simulate", "more", "--messages", "600"], {"folder", "files", "sealed"}),
    "ingest": (["ingest", "captures"], {"lake", "captures"}),
    "rebuild": (["rebuild"], {"branch", "rebuilt", "unchanged", "failed"}),
    "validate": (
        ["validate"],
        {
            "outcome",
            "levels",
            "cached",
            "bytes_read",
            "reread",
            "refs",
            "roots",
            "merged",
            "verdicts",
            "missing",
            "certified",
            "error_budget",
            "revoked",
        },
    ),
    "publish": (["publish"], {"published", "waived", "refused", "root_before", "root_after"}),
    "waive": (["waive", "--list"], {"waivers"}),
    "keys": (["keys", "show"], {"signs", "signing_key", "trust", "keys"}),
    "accept": (["keys", "accept"], {"entries", "records"}),
    "cut": (
        ["dataset", "cut", "demo"],
        {"name", "version", "commit", "bytes", "partitions", "waived"}
        | {"rows", "eval", "embargoed", "manifest"},
    ),
    "show": (["dataset", "show", "demo@1.0.0", "--statistics"], CARD),
    "card": (["dataset", "card", "demo@1.0.0"], {*CARD, "written"}),
    "diff": (
        ["dataset", "diff", "demo@1.0.0", "demo@1.0.0"],
        {"before", "after", "rises", "rules", "came", "gone", "restated", "proved", "moved"}
        | {"words", "verdicts", "columns"},
    ),
    "impact": (
        ["impact", "sim-usdm-abc/2024-01-01"],
        {"partition", "datasets", "runs", "models"},
    ),
    "verify": (
        ["dataset", "verify", "demo@1.0.0"],
        {"dataset", "partitions", "waived", "bytes", "commit"},
    ),
    "ls": (["dataset", "ls"], {"datasets"}),
    "doctor": (["doctor"], {"ready", "findings"}),
}


@pytest.fixture
def here(proved: Karat, days: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Karat:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(days, tmp_path / "captures")
    return proved


@pytest.mark.parametrize("name", CASES)
def test_one_document(here: Karat, name: str) -> None:
    words, keys = CASES[name]
    answer = here(*words, "--json")
    assert (answer.code, answer.err) == (0, "")
    document = json.loads(answer.out)
    assert set(document) == keys
    assert json.loads(json.dumps(document)) == document


@pytest.mark.parametrize("name", CASES)
def test_the_same_in_words(here: Karat, name: str) -> None:
    words, _ = CASES[name]
    answer = here(*words)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.strip()
    with pytest.raises(ValueError, match=r"Expecting|Extra"):
        json.loads(answer.out)


def test_everything_again_changes_nothing(here: Karat) -> None:
    """A second run of each stage answers as the first one left it."""
    again = [here(*CASES[name][0], "--json").out for name in ("rebuild", "publish", "cut", "ls")]
    assert again == [
        here(*CASES[name][0], "--json").out for name in ("rebuild", "publish", "cut", "ls")
    ]


def test_a_restatement_from_fault_to_the_next_version(here: Karat, days: Path) -> None:
    """Spoiled, refused, put back, corrected: by the command line alone."""
    name = "usdm_abc_20240102_raw.parquet"
    small = ("-i", "sim-usdm-abc", "--messages", 2000, "--seed", 7)
    bare = ("--without-snapshot", "2024-01-02")
    fault = ("--fault", "lost_deltas", "--fault-day", "2024-01-02", "--sealed", "answer.json")
    here("simulate", "bad", *small, *bare, *fault)
    assert here("ingest", f"bad/{name}").code == 0
    assert here("rebuild").code == 0
    assert here("validate").code == 1
    assert here("publish").code == 1
    assert here("dataset", "cut", "demo").code == 1
    here("ingest", days / name)
    assert here("rebuild", "--json").json["branch"] is None
    back = here("validate", "--json").json
    assert (back["outcome"], back["cached"], back["bytes_read"]) == ("PASS", 2, 0)
    assert here("publish", "--json").json["published"] == []
    assert here("dataset", "cut", "demo", "--json").json["version"] == "1.0.0"
