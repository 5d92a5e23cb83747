"""The commands on golden days: what they say, and wrong use."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from karat.cli import golden_changes, golden_table

Karat = Callable[..., Any]
DAY = "sim-usdm-abc/2024-01-0"


@pytest.mark.parametrize("name", ["build", "diff", "adopt", "ls", "show", "report"])
def test_every_help_teaches(karat: Karat, name: str) -> None:
    answer = karat("golden", name, "--help")
    assert answer.code == 0
    assert f"$ karat golden {name}" in answer.out
    assert "Exit codes" in answer.out
    assert "--json" in answer.out


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["build"], "say --days FROM..TO, or --reference"),
        (["build", "--days", "2024"], "write FROM..TO"),
        (["build", "--days", "2030-01-01.."], "have 2024-01-01..2024-01-02"),
        (["build", "--days", "..", "--reference", f"{DAY}1"], "not both"),
        (["build", "--days", "..", "--first", "2", "--every", "2"], "not both"),
        (["build", "--reference", f"{DAY}1", "--every", "2"], "go with --days"),
        (["build", "--days", "..", "--every", "1"], "every 1th cannot be reference"),
        (["build", "--days", "..", "--adopt"], "--adopt needs a --reason"),
        (["build", "--reference", f"{DAY}1,{DAY}1"], "name each once"),
        (["show", "abcdef"], "no golden manifest is called so; have none is built yet"),
        (["report", "current"], "no golden manifest of book_events is adopted"),
        (["adopt", ".", "--reason", "x"], "no golden manifest here"),
        (["adopt", "current", "--reason", "x"], "no golden manifest of book_events is adopted"),
    ],
)
def test_wrong_use_says_what_to_do(proved: Karat, words: list[str], why: str) -> None:
    answer = proved("golden", *words)
    assert answer.code == 2
    assert why in answer.err
    assert proved("golden", *words, "--json").json["error"]["kind"]


def test_one_reference_day_is_told_as_it_is(proved: Karat) -> None:
    assert "no golden manifests; karat golden build makes one" in proved("golden", "ls").out
    answer = proved("golden", "build", "--days", "..")
    assert answer.code == 0, answer
    assert "2 reference days: sim-usdm-abc 2024-01-01, 2024-01-02" in answer.out
    assert "0 calibration days: none" in answer.out
    assert "0 of 19 calibration days" in answer.out
    words = ("golden", "build", "--reference", f"{DAY}1", "--calibration", f"{DAY}2")
    made = proved(*words, "--json").json
    assert {row["scale"] for row in made["yardsticks"]} == {1.0}
    assert proved("golden", "adopt", made["digest"], "--reason", " ").code == 2
    assert proved("golden", "adopt", made["digest"], "--reason", "a [bold] start").code == 0
    told = proved("golden", "ls").out
    assert "in force" in told
    assert "a [bold] start" in told
    answer = proved("golden", "report")
    assert "2024-01-02 differs most" in answer.out
    assert "calibration" in answer.out


def test_a_revoked_adoption_is_listed_and_not_in_force(proved: Karat) -> None:
    made = proved("golden", "build", "--days", "..", "--adopt", "--reason", "first", "--json").json
    assert proved("golden", "ls", "--json").json["current"] == made["digest"]
    key = proved("keys", "show", "--json").json["signs"]
    assert proved("keys", "new").code == 0
    assert proved("keys", "revoke", key, "--reason", "stolen").code == 0
    told = proved("golden", "ls", "--json").json
    assert (told["current"], told["adoptions"][0]["revoked"]) == (None, "stolen")
    assert "its key is revoked: stolen" in " ".join(proved("golden", "ls").out.split())
    assert proved("golden", "adopt", made["digest"], "--reason", "again").code == 0
    assert proved("golden", "ls", "--json").json["current"] == made["digest"]


def drawn(body: dict[str, Any], *, verbose: bool = False) -> str:
    text = io.StringIO()
    console = Console(file=text, width=100, highlight=False)
    golden_changes.draw(console, body, verbose=verbose)
    return text.getvalue()


def changes() -> dict[str, Any]:
    finding = {"before": "PASS", "after": "FAIL", "reason": "score 3 against q 2"}
    new = {"before": None, "after": "PASS", "reason": "near"}
    return {
        "before": "a" * 64,
        "after": "b" * 64,
        "days": {"i/2024-01-01": "removed", "i/2024-01-02": "restated", "i/2024-01-03": "added"},
        "scales": {"spread": [0.1, 0.2], "size": [None, 0.5]},
        "alpha": 0.05,
        "q": [
            {"alpha": 0.05, "days": 4, "needed": 19, "q": None},
            {"alpha": 0.05, "days": 20, "needed": 19, "q": [2.0, 2.5]},
        ],
        "judged": 3,
        "bytes_read": 1500,
        "outcomes": 1,
        "verdicts": {
            "i/2024-02-01": {
                "before": "PASS", "after": "FAIL", "why": ["FAIL unpaired: score: too [far]"],
                "findings": {"score": finding, "size": new},
            },
            "i/2024-02-02": {
                "before": "PASS", "after": "PASS", "why": [], "findings": {"size": new},
            },
        },
    }  # fmt: skip


def test_changes_are_told_in_words() -> None:
    text = drawn(changes())
    for line in (
        "golden aaaaaaaaaaaa → bbbbbbbbbbbb",
        "- 1 removed: i 2024-01-01",
        "~ 1 restated: i 2024-01-02",
        "+ 1 added: i 2024-01-03",
        "3 published partitions judged by both, 1.5 kB read: 1 would change outcome",
        "i/2024-02-01  PASS → FAIL",
        "  FAIL unpaired: score: too [far]",
        "once adopted, every verdict has a new name",
    ):
        assert line in text
    rows = [line.split() for line in text.splitlines()]
    assert ["scale", "of", "spread", "0.1", "0.2", "+100%"] in rows
    assert ["scale", "of", "size", "0.5"] in rows
    assert ["q", "at", "5", "%", "4", "of", "19", "days", "2", "to", "2.5"] in rows
    assert ["size", "not", "measured", "→", "PASS", "2"] in rows
    assert "near" not in text
    assert "  size: not measured → PASS near" in drawn(changes(), verbose=True)


def test_nothing_changed_is_told() -> None:
    body = changes() | {"before": None, "days": {}, "verdicts": {}, "judged": 0, "outcomes": 0}
    text = drawn(body)
    assert "golden no golden → bbbbbbbbbbbb" in text
    assert "the same golden days" in text
    assert "new name" not in text


def test_many_names_are_told_by_their_ends() -> None:
    days = [f"i/2024-01-{n:02}" for n in range(1, 9)]
    assert golden_table.few(days) == "i 2024-01-01, 2024-01-02, 2024-01-03 … 2024-01-08"
    assert golden_table.few(days[:2]) == "i 2024-01-01, 2024-01-02"
    assert golden_table.few(["i/2024-01-01", "j/2024-01-01"]) == "i/2024-01-01, j/2024-01-01"
    assert golden_table.few([]) == "none"
    assert golden_table.span([1.0, 1.0]) == "1"
