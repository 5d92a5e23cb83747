"""Verdicts as checks show them: the worst on top, every word of why, nothing passed unknown."""

import logging
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, cast

import dagster as dg
import pytest

from karat import open_lake
from karat.assets.findings import (
    ABSENT,
    UNRULED,
    about_partition,
    about_root,
    not_rebuilt,
)
from karat.assets.telling import refusal, told
from karat.cli.settings import Settings
from karat.contracts import load_contract
from karat.flow import Validation
from karat.lake.layout import MAIN, Partition
from karat.resources import Connection
from karat.store import MemoryStore
from karat.verdicts import Finding, Outcome, Verdict
from karat.verdicts.verdict import Inputs
from karat.verdicts.waiver import Waiver

CONTRACT = load_contract(Settings.from_environment({}).contract)
DAYS = [Partition("sim-usdm-karusdt", f"2024-01-0{n}") for n in (1, 2, 3)]
GOOD, OPEN, BAD = Outcome.PASS, Outcome.INCONCLUSIVE, Outcome.FAIL


def finding(name: str, outcome: Outcome, family: Any = "invariants") -> Finding:
    numbers: dict[str, int | float | str] = {"checked": 7, "share": 0.5, "first": "9|8"}
    return Finding(family, "gate", name, outcome, f"{name} is {outcome}", numbers)


def proof(found: Mapping[Partition, Sequence[Finding]], ref: str = MAIN, **more: Any) -> Validation:
    verdicts = {}
    for day, findings in found.items():
        inputs = Inputs("book_events", str(day), "c", (), "", "", CONTRACT.digest, "L0", 1)
        verdicts[day] = Verdict(inputs, tuple(findings))
    return Validation(ref, more.pop("commit", "0" * 64), verdicts, 1, 10, "root", {}, **more)


def rows(shown: Any) -> list[dict[str, Any]]:
    return [record.data for record in shown.records]


@pytest.fixture(scope="module")
def on() -> Connection:
    return Connection(open_lake("memory:"), CONTRACT, MemoryStore())


@pytest.mark.parametrize(
    ("outcomes", "first"),
    [([GOOD, OPEN, BAD], "c"), ([OPEN, GOOD], "a"), ([BAD, BAD], "a"), ([GOOD], "a")],
)
def test_the_worst_finding_speaks_for_its_family(outcomes: list[Outcome], first: str) -> None:
    findings = [finding(name, outcome) for name, outcome in zip("abc", outcomes, strict=False)]
    result = about_partition(CONTRACT, "invariants", proof({DAYS[0]: findings}), DAYS[0])
    worst = max(outcomes, key=[GOOD, OPEN, BAD].index)
    assert result.description == f"{worst}: {first}: {first} is {worst}"
    assert result.passed is (worst is GOOD)
    table = rows(result.metadata["findings"])
    assert table[0]["rule"] == first
    assert len(table) == len(outcomes)


def test_numbers_are_shown_as_they_are() -> None:
    result = about_partition(CONTRACT, "invariants", proof({DAYS[0]: [finding("a", BAD)]}), DAYS[0])
    numbers = {row["number"]: row["value"] for row in rows(result.metadata["numbers"])}
    assert numbers == {"checked": "7", "share": "0.5", "first": "9|8"}
    assert result.partition == "2024-01-01|sim-usdm-karusdt"
    assert result.metadata["where"] == f"main at commit {'0' * 64}"
    assert [rule["name"] for rule in result.metadata["threshold"].data]


def test_a_finding_without_numbers_has_a_word_for_a_table() -> None:
    bare = Finding("paired", "gate", "census", OPEN, "there is no golden capture", {})
    result = about_partition(CONTRACT, "paired", proof({DAYS[0]: [bare]}), DAYS[0])
    assert result.metadata["numbers"] == dg.MetadataValue.text("none")


def test_other_families_do_not_speak() -> None:
    found = proof({DAYS[0]: [finding("a", GOOD), finding("b", BAD, "sequence")]})
    assert about_partition(CONTRACT, "invariants", found, DAYS[0]).passed
    assert not about_partition(CONTRACT, "sequence", found, DAYS[0]).passed


def test_a_family_whose_rules_are_gone_is_not_passed() -> None:
    """The contract's file may have changed since the definitions were loaded."""
    result = about_partition(CONTRACT, "paired", proof({DAYS[0]: [finding("a", GOOD)]}), DAYS[0])
    assert not result.passed
    assert result.description == f"INCONCLUSIVE: {UNRULED}"


@pytest.mark.parametrize(
    ("critical", "family", "decides"),
    [(False, "sequence", False), (True, "invariants", False), (False, "invariants", True)],
)
def test_what_is_waived_warns_and_says_who_answers(
    critical: bool, family: Any, decides: bool
) -> None:
    """Where the waiver does not admit, as of an invariant, the check blocks as before."""
    waiver = Waiver("book_events", str(DAYS[0]), "c", "ann", "known", "2099-01-01", critical, 1)
    found = proof({DAYS[0]: [finding("a", BAD, family)]}, waivers={DAYS[0]: waiver})
    result = about_partition(CONTRACT, family, found, DAYS[0])
    assert (result.passed, result.decides) == (False, decides)
    assert ("waived by ann until 2099-01-01" in result.description) is not decides
    assert "ann" in result.metadata["waiver"]
    good = proof({DAYS[0]: [finding("a", GOOD, family)]}, waivers={DAYS[0]: waiver})
    assert "waived" not in about_partition(CONTRACT, family, good, DAYS[0]).description


def test_what_is_not_rebuilt_is_not_passed() -> None:
    result = not_rebuilt(DAYS[0])
    assert (result.passed, result.rank) == (False, 1)
    assert result.metadata == {"outcome": "INCONCLUSIVE", "reason": ABSENT}


def test_the_root_has_the_worst_partition_on_top(on: Connection) -> None:
    head = on.lake.head(MAIN)
    good, bad = finding("a", GOOD), finding("b", BAD)
    proofs = [
        proof({DAYS[0]: [good], DAYS[1]: [good, bad]}, commit=head),
        proof({DAYS[2]: [finding("c", OPEN)]}, "wap-1", commit=head),
    ]
    result = about_root(on, proofs)
    assert (result.partition, result.rank) == (None, 2)
    assert result.description == "FAIL: 3 partitions together"
    shown = [(row["partition"], row["outcome"]) for row in rows(result.metadata["partitions"])]
    assert shown == [(str(DAYS[1]), "FAIL"), (str(DAYS[2]), "INCONCLUSIVE"), (str(DAYS[0]), "PASS")]
    assert rows(result.metadata["partitions"])[0]["why"] == "FAIL invariants: b: b is FAIL"
    branches = [row["branch"] for row in rows(result.metadata["roots"])]
    assert branches == [
        *["main"] * 2,
        *["wap-1"] * 2,
    ]
    assert (result.metadata["bytes read"], result.metadata["verdicts already known"]) == (20, 2)


def test_the_root_of_nothing_is_not_passed(on: Connection) -> None:
    result = about_root(on, [])
    assert result.description == "INCONCLUSIVE: 0 partitions together"
    assert result.metadata["partitions"] == dg.MetadataValue.text("none")


def test_the_root_counts_what_has_nothing_to_judge(on: Connection) -> None:
    good = proof({DAYS[0]: [finding("a", GOOD)]}, commit=on.lake.head(MAIN))
    assert about_root(on, [good]).passed
    result = about_root(on, [good], [DAYS[1]])
    assert not result.passed
    assert rows(result.metadata["partitions"])[0] == {
        "partition": str(DAYS[1]),
        "outcome": "INCONCLUSIVE",
        "why": ABSENT,
    }


def test_merged_distances_have_both_bounds(on: Connection) -> None:
    one = proof({DAYS[0]: [finding("a", GOOD)]}, commit=on.lake.head(MAIN))
    one.merged["spread"] = Fraction(1, 8), Fraction(1, 4)
    (row,) = rows(about_root(on, [one]).metadata["merged distances"])
    assert (row["branch"], row["partitions"], row["distance"]) == ("main", 1, "spread")
    assert (row["low"], row["high"]) == (0.125, 0.25)


def test_a_refusal_names_everyone_and_asks_for_no_retry() -> None:
    failure = refusal("not published", {DAYS[1]: "FAIL [paired]", DAYS[0]: "not rebuilt"})
    assert failure.allow_retries is False
    assert failure.description == (
        f"2 partitions: not published\n{DAYS[1]}: FAIL [paired]\n{DAYS[0]}: not rebuilt"
    )
    assert [row["reason"] for row in rows(failure.metadata["reasons"])] == [
        "FAIL [paired]",
        "not rebuilt",
    ]


def test_progress_goes_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    tell = told(cast("dg.DagsterLogManager", logging.getLogger("karat.told")))
    tell("rebuild", 2, 0, str(DAYS[0]))
    tell("validate", 1, 3, "50% of it")
    assert caplog.messages == [
        f"rebuild: 2 of as many as it takes, at {DAYS[0]}",
        "validate: 1 of 3, at 50% of it",
    ]
