"""Verdicts and tables at the width of a narrow terminal: whole names, no cut words."""

import io
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from karat.cli.verdict_table import draw, plain
from karat.flow import Validation
from karat.lake.layout import Partition
from karat.verdicts import Finding, Outcome, Verdict
from karat.verdicts.verdict import Inputs

Karat = Callable[..., Any]
DAYS = [Partition("binance-coinm-btcusd_perp", f"2024-08-0{n}") for n in (1, 2, 3)]
LONG = "2,927 of 3,428 rows break it, first at sequence 12670974668, and so on [to] the end of it"


def verdict(day: Partition, outcome: Outcome) -> Verdict:
    inputs = Inputs("book_events", str(day), "c", (), "", "", "k", "chunk", 1)
    gate = Finding("invariants", "gate", "book is not crossed", outcome, LONG, {"checked": 3428})
    numbers: dict[str, float | str] = {"alpha": 0.05, "days": "0 of 19"}
    warn = Finding("unpaired", "warn", "score", Outcome.FAIL, "too far", numbers)
    return Verdict(inputs, (gate, warn))


def validation(ref: str, outcomes: Mapping[Partition, Outcome], cached: int = 0) -> Validation:
    return Validation(
        ref=ref,
        commit="0" * 64,
        verdicts={day: verdict(day, outcome) for day, outcome in outcomes.items()},
        cached=cached,
        bytes_read=1500,
        root="r",
        merged={"spread": (Fraction(1, 8), Fraction(1, 4)), "size": (Fraction(1, 3),) * 2},
    )


def drawn(done: list[Validation], missing: Mapping[str, str], *, verbose: bool = False) -> str:
    text = io.StringIO()
    draw(Console(file=text, width=80, highlight=False), done, missing, verbose=verbose)
    return text.getvalue()


MIXED = [
    validation("wap-1", {DAYS[0]: Outcome.FAIL, DAYS[1]: Outcome.PASS}, cached=1),
    validation("main", {DAYS[2]: Outcome.INCONCLUSIVE}),
]


def test_one_line_a_partition_and_reasons_whole() -> None:
    text = drawn(MIXED, {"sim-spot-abc/2024-01-01": "run karat rebuild"})
    lines = text.splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert "…" not in text
    starts = [line.split()[0] for line in lines if "/2024-" in line]
    assert starts == [*map(str, DAYS), "sim-spot-abc/2024-01-01"]
    assert " ".join(LONG.split()) in " ".join(
        line[26:].strip() for line in lines if line.startswith("  ")
    )
    assert "1 PASS, 1 FAIL, 2 INCONCLUSIVE · 1 from the ledger, 3.0 kB read" in text
    assert "wap-1: spread is 0.1250 to 0.2500 from golden" in text
    assert "main: size is 0.3333 from golden" in text


def test_a_warning_is_marked_and_numbers_are_shown_when_asked() -> None:
    quiet = drawn(MIXED, {})
    assert quiet.count("unpaired") == quiet.count("(a warning") == 3
    assert "alpha=0.05" not in quiet
    loud = drawn(MIXED, {}, verbose=True)
    assert loud.count("unpaired") == 3
    assert "alpha=0.05, days=0 of 19" in loud
    assert "checked=3,428" in loud


def test_what_comes_next_only_where_something_does() -> None:
    assert "karat publish" in drawn(MIXED, {})
    assert "next" not in drawn([validation("main", {DAYS[0]: Outcome.PASS})], {})
    assert "next" not in drawn([validation("wap-1", {DAYS[0]: Outcome.FAIL})], {})


@pytest.mark.parametrize(
    ("outcomes", "missing", "worst"),
    [
        ([], {}, "INCONCLUSIVE"),
        ([], {"a": "b"}, "INCONCLUSIVE"),
        ([Outcome.PASS], {}, "PASS"),
        ([Outcome.PASS], {"a": "b"}, "INCONCLUSIVE"),
        ([Outcome.PASS, Outcome.INCONCLUSIVE], {}, "INCONCLUSIVE"),
        ([Outcome.INCONCLUSIVE, Outcome.FAIL], {"a": "b"}, "FAIL"),
    ],
)
def test_the_worst_decides(outcomes: list[Outcome], missing: dict[str, str], worst: str) -> None:
    done = [validation(f"wap-{n}", {DAYS[n]: o}) for n, o in enumerate(outcomes)]
    assert plain(done, missing)["outcome"] == worst


def test_the_document_names_everything() -> None:
    told = plain(MIXED, {"x": "y"})
    assert told["refs"] == {"wap-1": [*map(str, DAYS[:2])], "main": [str(DAYS[2])]}
    assert (told["cached"], told["bytes_read"], told["missing"]) == (1, 3000, {"x": "y"})
    assert told["merged"]["main"] == {"spread": [0.125, 0.25], "size": [1 / 3, 1 / 3]}
    one = told["verdicts"][str(DAYS[0])]
    assert (one["outcome"], one["ref"], len(one["key"])) == ("FAIL", "wap-1", 64)
    assert [f["outcome"] for f in one["findings"]] == ["FAIL", "FAIL"]


def test_rebuild_shows_whole_names(karat: Karat, days: Path) -> None:
    karat("ingest", days)
    shown = karat("rebuild").out
    assert "…" not in shown
    header = [line for line in shown.splitlines() if line.startswith("partition")]
    assert "rows gaps stale dupl. overlaps" in header[0]
