"""Training datasets by the command line: split, compared, shown as a page, traced."""

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml

CONTRACT = Path(__file__).parents[2] / "contracts" / "book_events.yaml"
Karat = Callable[..., Any]
FIRST, SECOND = "sim-usdm-abc/2024-01-01", "sim-usdm-abc/2024-01-02"


@pytest.fixture
def cut(proved: Karat) -> Karat:
    """Return the command line beside a dataset of one day, then of two."""
    one = ("--partitions", "*/2024-01-01..2024-01-01", "--purpose", "a <b>maker</b>")
    assert proved("dataset", "cut", "maker", *one).code == 0
    assert proved("dataset", "cut", "maker").code == 0
    return proved


def test_days_are_split_by_a_border_and_an_embargo(proved: Karat) -> None:
    words = ("dataset", "cut", "parts", "--from", "main", "--eval-from", "2024-01-02")
    told = proved(*words, "--embargo", 0, "--json").json
    assert (told["partitions"], told["eval"]) == ([FIRST, SECOND], [SECOND])
    assert "1 train, 1 evaluate, 0 left out" in proved(*words, "--embargo", 0).out
    refused = proved(*words)
    assert (refused.code, "nothing is left to train on" in refused.err) == (2, True)


def test_what_moved_is_said_in_words(cut: Karat) -> None:
    answer = cut("dataset", "diff", "maker@1.0.0", "maker@1.1.0")
    assert "maker@1.0.0 -> maker@1.1.0: MINOR" in answer.out
    assert f"1 partition came: {SECOND}" in answer.out
    assert "sequence: values " in answer.out
    quick = cut("dataset", "diff", "maker@1.1.0", "maker@1.0.0", "--quick", "--json").json
    assert (quick["rises"], quick["gone"], quick["columns"]) == ("MAJOR", [SECOND], [])
    same = cut("dataset", "diff", "maker@1.1.0", "demo@1.0.0").out
    assert "purpose: a <b>maker</b> -> -" in same


def test_a_card_is_a_page_that_escapes_what_people_write(cut: Karat, tmp_path: Path) -> None:
    page, text = tmp_path / "card.html", tmp_path / "card.md"
    words = ("dataset", "card", "maker@1.1.0", "--statistics", "--html", page, "--md", text)
    assert cut(*words, "--json").json["written"] == [str(page), str(text)]
    html, md = page.read_text(), text.read_text()
    HTMLParser().feed(html)
    assert "a &lt;b&gt;maker&lt;/b&gt;" in html
    assert r"a \<b\>maker\</b\>" in md
    for told in ("maker@1.1.0", "event_time_ns", "paired", "PASS", "2024-01-02", "without a split"):
        assert told in html
        assert told.replace("_", r"\_") in md
    assert cut("dataset", "card", "maker@1.1.0", "--statistics").out == md
    assert cut("dataset", "card", "maker@1.1.0", "--html", tmp_path / "no" / "x").code == 2


def test_what_a_dataset_holds_is_shown(cut: Karat) -> None:
    shown = cut("dataset", "show", "maker@1.1.0", "--statistics").out
    for told in ("maker@1.1.0  ok", "2 of book_events", "rebuild@", "2 PASS", "2024-01-01 to"):
        assert told in shown
    gone = [["show", "maker@9.9.9"], ["card", "nobody@1.0.0"]]
    for words in (*gone, ["allow", "maker@2.0.0", "--reason", "x"]):
        answer = cut("dataset", *words)
        assert (answer.code, "no such dataset" in answer.err) == (2, True)
    assert cut("dataset", "show", "maker").code == 2


def test_a_partition_leads_to_all_that_it_went_into(cut: Karat) -> None:
    body = cut("impact", SECOND, "--json").json
    assert [row["dataset"] for row in body["datasets"]] == ["demo@1.0.0", "maker@1.1.0"]
    content = body["datasets"][0]["content"]
    assert "demo@1.0.0" in cut("impact", SECOND, "--content", content[:8]).out
    assert "no training dataset" in cut("impact", SECOND, "--content", "0" * 64).out
    assert cut("impact", "nonsense").code == 2


def test_what_was_proved_bad_is_refused_until_somebody_answers(cut: Karat, tmp_path: Path) -> None:
    rules = yaml.safe_load(CONTRACT.read_text())
    rule = {"name": "no such id", "left": "sequence", "op": "<", "right": 5}
    stricter = tmp_path / "stricter.yaml"
    stricter.write_text(yaml.safe_dump(rules | {"invariants": [*rules["invariants"], rule]}))
    judged = cut("validate", FIRST, "--contract", stricter)
    assert judged.code == 1
    assert f"revoked: maker@1.0.0 holds {FIRST}" in judged.out
    again = cut("validate", FIRST, "--contract", stricter, "--json").json
    titles = ("demo@1.0.0", "maker@1.0.0", "maker@1.1.0")
    assert again["revoked"] == {title: [FIRST] for title in titles}
    listed = cut("dataset", "ls", "--json").json["datasets"]
    assert [FIRST in row["refused"] for row in listed] == [True, True, True]
    assert "maker@1.0.0: sim-usdm-abc/2024-01-01: revoked by verdict" in cut("dataset", "ls").out
    refused = cut("dataset", "verify", "maker@1.0.0")
    assert (refused.code, "no such id" in refused.err) == (1, True)
    allowed = cut("dataset", "allow", "maker@1.0.0", "--who", "me", "--reason", "a trial")
    assert "1 revocations allowed by me: a trial" in allowed.out
    assert cut("dataset", "verify", "maker@1.0.0").code == 0
    assert "allowed by me: a trial" in cut("dataset", "show", "maker@1.0.0").out
    assert cut("dataset", "verify", "maker@1.1.0").code == 1
    left = cut("validate", FIRST, "--contract", stricter, "--json").json["revoked"]
    assert sorted(left) == ["demo@1.0.0", "maker@1.1.0"]
