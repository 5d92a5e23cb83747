"""What a person sees first of a check: which statistic, by how much, where, at which commit."""

from typing import Any

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.assets.addresses import commit_at, explain_command
from karat.assets.headline import headline
from karat.assets.reports import report
from karat.flow import Validation
from karat.lake.layout import Partition
from karat.verdicts import Finding, Outcome

DAY = Partition("sim-usdm-karusdt", "2024-01-01")
PROOF = Validation("wap-1", "c" * 64, {}, 0, 0, "", {})


def finding(name: str, outcome: Any = Outcome.FAIL, **numbers: Any) -> Finding:
    return Finding("unpaired", "gate", name, outcome, f"{name} is {outcome}", numbers)


SCORE = finding("score", score=0.3, q=0.1, worst="spread, worst chunk")
SPREAD = finding("spread", low=0.25, high=0.5, worst_chunk="2024-01-01T00:00:00Z, 10 s")
SIZE = finding("size", Outcome.PASS, low=0.0, high=0.0)


def test_a_score_stands_beside_its_quantile_with_the_farthest_statistic() -> None:
    told = headline([SCORE, SIZE, SPREAD])
    assert told == {
        "worst statistic": "spread, worst chunk",
        "score": 0.3,
        "q": 0.1,
        "score / q": pytest.approx(3),
        "interval": "0.25 to 0.5",
        "worst chunk": "2024-01-01T00:00:00Z, 10 s",
    }


def test_a_rule_on_rows_counts_offenders_and_says_where_the_first_is() -> None:
    told = headline([finding("positive", violations=3, checked=9, allowance=1, first=7)])
    assert told == {
        "worst statistic": "positive",
        "offenders": "3 of 9 rows",
        "allowed": "1",
        "first at": "7",
    }


NUMBERS = st.dictionaries(
    st.sampled_from(["score", "q", "low", "worst_chunk_ns", "violations", "checked", "first"]),
    st.integers(0, 9),
)


@given(st.lists(NUMBERS, min_size=1, max_size=4))
def test_no_finding_is_without_a_headline(numbers: list[dict[str, int]]) -> None:
    """Facts that there are not are left out; none is made up."""
    findings = [
        finding(f"f{n}", **one, **({"high": 9} if "low" in one else {}))
        for n, one in enumerate(numbers)
    ]
    told = headline(findings)
    assert told["worst statistic"] == "f0"
    assert ("q" in told) == ({"score", "q"} <= numbers[0].keys())
    assert ("interval" in told) == ("low" in numbers[0])
    assert ("first at" in told) == ("first" in numbers[0])


def test_a_page_says_it_all_and_how_to_look_on() -> None:
    findings = [SCORE, SPREAD, SIZE]
    page = str(report(findings, headline(findings), PROOF, DAY).value)
    assert page.startswith("## FAIL: sim-usdm-karusdt/2024-01-01, unpaired")
    assert "| score / q | 2.99" in page
    assert "| spread | FAIL | spread is FAIL |" in page
    assert "| size |" not in page, "what passes is not in the way"
    assert f"karat explain {DAY} spread --ref {'c' * 64}" in page


def test_a_command_can_be_pasted() -> None:
    assert explain_command(DAY, "size of trades", "main").endswith('"size of trades" --ref main')


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("lakefs://lakefs.example.com/market", "https://lakefs.example.com/repositories/market/commits/c"),
        ("lakefs://127.0.0.1:8000/market", "http://127.0.0.1:8000/repositories/market/commits/c"),
    ],
)  # fmt: skip
def test_a_commit_of_lakefs_is_a_link(url: str, link: str) -> None:
    assert commit_at(url, "c") == dg.MetadataValue.url(link)
    assert commit_at("file:///lake", "c") == dg.MetadataValue.text("c")
