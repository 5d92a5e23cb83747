"""Verdicts: the worst outcome, their names, and that none can be edited."""

import json
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from karat.errors import CorruptError
from karat.verdicts import JUDGE_VERSION, Finding, Outcome, Verdict, worst
from karat.verdicts.verdict import Inputs

PASS, FAIL, OPEN = Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE
INPUTS = Inputs(
    dataset="book_events",
    partition="sim-spot-a/2024-01-01",
    content="c",
    states=("1", "2"),
    golden="",
    paired="p",
    contract="k",
    level="L0",
    judge=1,
)
HELD_KEY = "f7d3eb762694f33b4227c9cf7cf30c7974439e78607c130e05bc7266365d99f5"


def finding(outcome: Outcome, role: Any = "gate") -> Finding:
    return Finding("paired", role, "census", outcome, f"is {outcome}", {"n": 1, "share": 0.5})


@pytest.mark.parametrize("outcomes", list(product([PASS, OPEN, FAIL], repeat=3)))
def test_the_worst_outcome_counts(outcomes: tuple[Outcome, ...]) -> None:
    expected = FAIL if FAIL in outcomes else OPEN if OPEN in outcomes else PASS
    assert worst(outcomes) is expected
    verdict = Verdict(INPUTS, tuple(map(finding, outcomes)))
    assert verdict.outcome is expected
    assert len(verdict.failures) == sum(one is not PASS for one in outcomes)
    assert [reason.split()[0] for reason in verdict.failures] == sorted(
        str(one) for one in outcomes if one is not PASS
    )


def test_a_warning_never_counts_and_nothing_is_no_pass() -> None:
    assert worst([]) is OPEN
    assert Verdict(INPUTS, ()).outcome is OPEN
    assert Verdict(INPUTS, (finding(PASS, "warn"),)).outcome is OPEN
    warned = Verdict(INPUTS, (finding(PASS), finding(FAIL, "warn"), finding(OPEN, "warn")))
    assert (warned.outcome, warned.failures) == (PASS, [])


def test_the_name_of_a_verdict_is_held() -> None:
    """A changed key, or the same key for another rule, needs a new version."""
    assert INPUTS.key == HELD_KEY
    assert JUDGE_VERSION == 4


@pytest.mark.parametrize("part", [name for name in Inputs.__slots__ if name != "states"])
def test_every_input_is_in_the_name(part: str) -> None:
    other: Any = getattr(INPUTS, part)
    other = other + 1 if isinstance(other, int) else other + "x"
    changed: dict[str, Any] = {part: other}
    assert replace(INPUTS, **changed).key != INPUTS.key


def test_states_do_not_run_into_what_follows() -> None:
    built = [("1", "2"), ("2", "1"), ("1",), ("1", "2", ""), ("12",), ()]
    assert len({replace(INPUTS, states=states).key for states in built}) == len(built)


VERDICT = Verdict(INPUTS, (finding(PASS), finding(OPEN, "warn")))


def test_a_verdict_comes_back() -> None:
    assert Verdict.decode(VERDICT.encode(), VERDICT.key) == VERDICT
    assert json.loads(VERDICT.encode())["predicate"]["outcome"] == "PASS"
    assert b"time" not in VERDICT.encode()


def test_a_verdict_is_a_statement_on_its_content() -> None:
    body = json.loads(VERDICT.encode())
    assert body["_type"] == "https://in-toto.io/Statement/v1"
    assert body["predicateType"] == "urn:karat:verdict:1"
    name = f"{INPUTS.dataset}/{INPUTS.partition}"
    assert body["subject"] == [{"name": name, "digest": {"sha256": INPUTS.content}}]


EDITS = [
    ("outcome", "FAIL"),
    ("findings", []),
    ("inputs", {}),
    ("inputs", {**json.loads(VERDICT.encode())["predicate"]["inputs"], "content": "d"}),
    ("findings", [{**json.loads(VERDICT.encode())["predicate"]["findings"][0], "role": "warn"}]),
    ("findings", 5),
    ("findings", [{}]),
]


@pytest.mark.parametrize(("part", "value"), EDITS)
def test_an_edited_part_is_seen(part: str, value: Any) -> None:
    body = json.loads(VERDICT.encode())
    body["predicate"][part] = value
    data = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
    with pytest.raises(CorruptError, match="verdict"):
        Verdict.decode(data, VERDICT.key)


def test_a_verdict_under_another_name_is_corrupt() -> None:
    with pytest.raises(CorruptError, match="not what its name says"):
        Verdict.decode(VERDICT.encode(), "0" * 64)
    for data in (b"", b"[]", b"5", b"null", b"\xff"):
        with pytest.raises(CorruptError, match="cannot be read"):
            Verdict.decode(data, VERDICT.key)
