"""Verdicts and tables at the width of a narrow terminal: whole names, no cut words."""

import io
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from karat.cli.finding_lines import draw_findings
from karat.cli.verdict_table import draw, plain
from karat.contracts import Family, Role
from karat.flow import Validation
from karat.lake.layout import Partition
from karat.verdicts import Finding, Outcome, Verdict, worst
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
    for ref in ("wap-1", "main"):
        said = f"{ref}: all days together from golden: spread 0.1250 to 0.2500, size 0.3333"
        assert said in " ".join(text.split())


def test_a_warning_is_marked_and_numbers_are_shown_when_asked() -> None:
    quiet = drawn(MIXED, {})
    assert quiet.count("unpaired") == quiet.count("(a warning") == 3
    assert "alpha=0.05" not in quiet
    loud = drawn(MIXED, {}, verbose=True)
    assert loud.count("unpaired") == 3
    assert "alpha=0.05, days=0 of 19" in loud
    assert "checked=3,428" in loud


WAYS: list[tuple[Family, Role]] = [
    (family, role) for family in get_args(Family) for role in get_args(Role)
]


@st.composite
def made_up(draw: st.DrawFn) -> Finding:
    (family, role), at = draw(st.sampled_from(WAYS)), draw(st.integers(0, 99))
    outcome = draw(st.sampled_from(Outcome))
    return Finding(family, role, f"rule{at}", outcome, f"why{at}.", {"number": at})


def lines_of(findings: list[Finding], *, verbose: bool) -> str:
    text = io.StringIO()
    console = Console(file=text, width=400, highlight=False)
    draw_findings(console, findings, verbose=verbose)
    return text.getvalue()


def telling(finding: Finding) -> bool:
    return finding.family == "paired" or finding.outcome is not Outcome.PASS


@given(st.lists(made_up(), max_size=15, unique_by=lambda f: f.name))
def test_each_family_has_a_line_and_every_finding_a_name(findings: list[Finding]) -> None:
    """The worst of what decides is said with its reason; nothing that is not PASS is kept back."""
    text = lines_of(findings, verbose=False)
    told = [f for f in findings if telling(f)]
    assert {f.name for f in findings if re.search(rf"\b{f.name}\b", text)} == {f.name for f in told}
    groups = {(f.family, f.name if f.family == "paired" else "") for f in told}
    assert text.count("why") == text.count("(-v tells why)") + len(groups)
    for family, own in groups:
        group = [f for f in told if f.family == family and own in ("", f.name)]
        (shown,) = (f for f in group if f"{f.name}: {f.reason}" in text)
        gates = [f.outcome for f in group if f.role == "gate"]
        assert shown.outcome is worst(gates or [f.outcome for f in group])
        assert (shown.role == "gate") == bool(gates)


@given(st.lists(made_up(), max_size=15, unique_by=lambda f: f.name))
def test_every_finding_and_number_is_shown_when_asked(findings: list[Finding]) -> None:
    text = lines_of(findings, verbose=True)
    assert "also" not in text
    starts = re.findall(r"^  (\w+) +(\w+) +(rule\d+): (why\d+)\.", text, re.MULTILINE)
    wanted = [(str(f.outcome), f.family, f.name, f.reason[:-1]) for f in findings]
    assert starts == wanted
    assert text.count("number=") == len(findings)


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
