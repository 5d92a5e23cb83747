"""`karat waive` from the first word to the last: given, listed, used, withdrawn."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Karat = Callable[..., Any]
DAY = "sim-usdm-abc/2024-01-01"
GIVEN = {"digest", "who", "reason", "until", "critical"}
LISTED = {"partition", "content", *GIVEN, "in_force", "against"}
WORDS = ("waive", DAY, "--reason", "no [golden] capture", "--until", "2099-12-31", "--who", "us")


@pytest.fixture
def unknown(karat: Karat, days: Path) -> Karat:
    """Return `karat` with one day that was rebuilt, of which there is no golden capture."""
    assert karat("ingest", days / "usdm_abc_20240101_raw.parquet").code == 0
    refused = karat(*WORDS)
    assert (refused.code, "not rebuilt: nothing to waive" in refused.err) == (2, True)
    assert karat("rebuild").code == 0
    refused = karat(*WORDS)
    assert (refused.code, "run karat validate first" in refused.err) == (2, True)
    assert karat("validate").code == 3
    return karat


def test_a_waiver_lets_one_day_through_and_says_so(unknown: Karat) -> None:
    assert unknown("publish", "--json").json["waived"] == {}
    given = unknown(*WORDS, "--json").json
    assert set(given) == {"partition", "content", "outcome", "waiver", "admits"}
    assert set(given["waiver"]) == GIVEN
    assert (given["outcome"], given["admits"]) == ("INCONCLUSIVE", True)
    assert "waived by us until 2099-12-31: no [golden] capture" in unknown(*WORDS).out
    judged = unknown("validate", "--json")
    assert (judged.code, judged.json["outcome"]) == (3, "INCONCLUSIVE"), "the outcome stays"
    assert judged.json["verdicts"][DAY]["waiver"]["digest"] == given["waiver"]["digest"]
    published = unknown("publish", "--json").json
    assert published["published"] == [DAY]
    assert list(published["waived"]) == [DAY]
    cut = unknown("dataset", "cut", "demo", "--json").json
    assert list(cut["waived"]) == [DAY]
    assert f"0 proved, 1 waived: {DAY}" in " ".join(
        unknown("dataset", "verify", "demo@1.0.0").out.split()
    )


def test_waivers_are_listed_with_what_speaks_against_them(unknown: Karat) -> None:
    assert unknown("waive", "--list", "--json").json == {"waivers": []}
    assert unknown("waive", "--list").out == "no waivers\n"
    first = unknown(*WORDS, "--json").json
    longer = (*WORDS[:5], "2099-12-30", "--who", "them", "--critical")
    unknown(*longer)
    rows = unknown("waive", "--list", "--json").json["waivers"]
    assert {frozenset(row) for row in rows} == {frozenset(LISTED)}
    assert {(row["who"], row["critical"], row["in_force"]) for row in rows} == {
        ("us", False, True), ("them", True, True),
    }  # fmt: skip
    assert {row["content"] for row in rows} == {first["content"]}
    ended = unknown("waive", DAY, "--withdraw", "--reason", "found it", "--who", "me", "--json")
    assert set(ended.json) == {"partition", "withdrawn"}
    assert sorted(one["who"] for one in ended.json["withdrawn"]) == ["them", "us"]
    rows = unknown("waive", "--list", "--json").json["waivers"]
    assert [(row["in_force"], row["against"]) for row in rows] == [
        (False, "withdrawn by me: found it")
    ] * 2
    assert unknown("waive", "--list").out.count("withdrawn by me: found it") == 2
    assert unknown("publish").code == 3
    again = unknown("waive", DAY, "--withdraw", "--reason", "once more")
    assert (again.code, "no waiver is in force" in again.err) == (2, True)


def test_the_last_day_is_a_day_of_utc(unknown: Karat) -> None:
    today = dt.datetime.now(dt.UTC).date()
    for day, code in ((today - dt.timedelta(days=1), 2), (today + dt.timedelta(days=1), 0)):
        answer = unknown(*WORDS[:5], day)
        assert answer.code == code, answer
        assert ("that day is over" in answer.err) is bool(code)
    assert unknown("waive", "--list", "--json").json["waivers"][0]["who"], "the user's own name"
