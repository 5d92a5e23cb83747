"""What a waiver says, and over which verdicts."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.errors import CorruptError, InputError
from karat.verdicts import Finding, Outcome, Verdict, Waiver, against
from karat.verdicts.verdict import Inputs

WAIVER = Waiver(
    "d", "sim-spot-a/2024-01-01", "c" * 64, "me", "why", "2024-02-29", critical=False, made_s=7
)
INPUTS = Inputs("d", WAIVER.partition, WAIVER.content, (), "", "", "k", "L0", 1)
DAY_S, LAST_S = 86_400, 1_709_251_199  # 2024-02-29T23:59:59Z


def verdict(*found: tuple[str, str, Outcome]) -> Verdict:
    parts: list[Any] = [
        (family, role, "rule", outcome, "so", {}) for family, role, outcome in found
    ]
    return Verdict(INPUTS, tuple(Finding(*part) for part in parts))


def test_a_waiver_comes_back_under_its_own_name() -> None:
    assert Waiver.decode(WAIVER.encode(), "it") == WAIVER
    assert WAIVER.path.endswith(f"{WAIVER.partition}/{WAIVER.content}-{WAIVER.digest}.json")
    assert replace(WAIVER, made_s=8).digest != WAIVER.digest
    assert str(replace(WAIVER, critical=True)) == (
        "waived by me until 2024-02-29, invariants too: why"
    )


@given(st.integers(-DAY_S, DAY_S))
def test_it_holds_through_its_last_second(after: int) -> None:
    assert WAIVER.expired(LAST_S + after) == (after > 0)


@pytest.mark.parametrize(
    "until", ["", "soon", "2024-02-30", "2024-2-1", "2024-01-01T00:00", "9999-12-31"]
)
def test_a_day_is_a_day(until: str) -> None:
    with pytest.raises(InputError, match="YYYY-MM-DD"):
        replace(WAIVER, until=until)


@pytest.mark.parametrize(
    "part", [{"who": ""}, {"until": "soon"}, {"content": "e" * 64}, {"x": 1}, {"made_s": None}]
)
def test_what_is_no_waiver(part: dict[str, Any]) -> None:
    body = json.loads(WAIVER.encode())
    body["predicate"] |= part
    data = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
    if part == {"made_s": None}:
        data = data.replace(b'"made_s":null,', b"")
    with pytest.raises(CorruptError, match=r"^it "):
        Waiver.decode(data, "it")


FAIL, OPEN, PASS = Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.PASS


@pytest.mark.parametrize(
    ("found", "plain", "critical"),
    [
        ([("sequence", "gate", FAIL)], True, True),
        ([("paired", "gate", OPEN)], True, True),
        ([], True, True),
        ([("invariants", "gate", OPEN), ("sequence", "gate", FAIL)], True, True),
        ([("invariants", "warn", FAIL), ("sequence", "gate", FAIL)], True, True),
        ([("invariants", "gate", FAIL)], False, True),
        ([("invariants", "gate", FAIL), ("sequence", "gate", PASS)], False, True),
    ],
)
def test_an_invariant_takes_a_critical_one(found: Any, *, plain: bool, critical: bool) -> None:
    judged = verdict(*found)
    assert (against(WAIVER, judged) == "") is plain
    assert (against(replace(WAIVER, critical=True), judged) == "") is critical
    assert against(None, judged) == "; ".join(judged.failures)


def test_a_pass_needs_no_waiver() -> None:
    assert against(None, verdict(("sequence", "gate", PASS))) == ""
