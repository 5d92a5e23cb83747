"""Records of breakers: written and read, refused when they are none, one for each number."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat import open_lake
from karat.breaker import Breaker, Event, Kind, Phase, breaker_of, breakers, cause, told
from karat.breaker.event import YEAR_10000_S
from karat.breaker.reading import events
from karat.errors import CorruptError, InputError
from karat.signing import KeyFiles
from karat.verdicts import Ledger

NAME = "sim-spot-a"
DAY = f"{NAME}/2024-01-01"
FAILED = Event("d", NAME, 1, Kind.JUDGED, 0, failed={"c" * 64: (DAY, "k")})
TEXTS = st.text("abc0123", min_size=1, max_size=4)
EVENTS = st.builds(
    Event,
    dataset=st.just("d"),
    instrument=st.just(NAME),
    number=st.integers(1, 9),
    kind=st.sampled_from([kind for kind in Kind if kind is not Kind.RESET]),
    made_s=st.integers(0, YEAR_10000_S - 1),
    failed=st.dictionaries(TEXTS, st.tuples(TEXTS, TEXTS), max_size=3),
    passed=st.dictionaries(TEXTS, TEXTS, max_size=3),
    limit=st.integers(1, 9),
    lets=st.dictionaries(TEXTS, TEXTS, max_size=3),
    of=st.integers(0, 9),
    reason=st.text(max_size=5),
)


@given(EVENTS)
def test_a_record_comes_back(event: Event) -> None:
    assert Event.decode(event.encode(), "it") == event


@given(st.lists(st.tuples(EVENTS, st.booleans()), max_size=8))
def test_any_records_in_any_order_make_a_breaker(befell: list[tuple[Event, bool]]) -> None:
    """With keys revoked, records may be missing: nothing may break, nor close without a reason."""
    state = Breaker("d", NAME)
    for event, revoked in befell:
        before, state = state, state.after(event, revoked=revoked)
        failed = event.failed if event.kind is Kind.JUDGED else {}
        assert state.counted == before.counted | failed.keys()
        if before.opened and not state.opened:
            assert event.kind is Kind.EQUAL
            assert not revoked
        assert (state.phase is Phase.HALF_OPEN) is (state.opened and bool(state.passed))
        assert told(state).startswith(f"the breaker of d/{NAME} is {state.phase}")


@pytest.mark.parametrize(
    "part",
    [
        {"kind": "odd"},
        {"failed": {"c": ["one"]}},
        {"x": 1},
        {"number": 2},
        {"limit": None},
        {"made_s": -1},
        {"made_s": YEAR_10000_S},
    ],
)
def test_what_is_no_record(part: dict[str, Any]) -> None:
    body = json.loads(FAILED.encode())
    body["predicate"] |= part
    if part == {"limit": None}:
        del body["predicate"]["kind"]
    data = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
    with pytest.raises(CorruptError, match=r"^it "):
        Event.decode(data, "it")


@pytest.mark.parametrize("said", [("", "why"), ("me", " ")])
def test_a_reset_is_somebodys_and_for_a_reason(said: tuple[str, str]) -> None:
    with pytest.raises(InputError, match="say both"):
        Event("d", NAME, 1, Kind.RESET, 0, who=said[0], reason=said[1])


def test_words_name_three_partitions_and_how_many_more() -> None:
    many = {f"{n}": (f"{NAME}/2024-01-0{n}", "k") for n in range(1, 6)}
    state = Breaker("d", NAME).after(replace(FAILED, failed=many))
    assert cause(state).endswith("2024-01-03 and 2 more")
    assert f"karat breaker reset {NAME}" in told(state)
    assert cause(Breaker("d", NAME)) == ""


WRITER = """
import sys
from pathlib import Path
from karat import open_lake
from karat.breaker import Judgement, counting
from karat.contracts import parse_contract
from karat.lake.layout import Partition
from karat.signing import KeyFiles
from karat.verdicts import Outcome, record
from tests.unit.whole_contract import TEXT
home, mine = Path(sys.argv[1]), int(sys.argv[2])
lake = open_lake(f"file://{home / 'lake'}", files=KeyFiles.below(home))
contract = parse_contract(TEXT, "test")
print("ready", flush=True)
sys.stdin.readline()
for n in range(5):
    content = f"{mine * 100 + n:064x}"
    one = Judgement(Partition("sim-spot-a", "2024-01-01"), content, Outcome.FAIL, "k")
    record(lake, {}, "Judge", also=counting(contract, [one], lambda: 7))
"""


def test_processes_that_count_at_once_lose_nothing(tmp_path: Path) -> None:
    lake = open_lake(f"file://{tmp_path / 'lake'}", create=True, files=KeyFiles.below(tmp_path))
    root = str(Path(__file__).parents[2])
    words = [sys.executable, "-c", WRITER, str(tmp_path)]
    writers = [
        subprocess.Popen([*words, str(n)], cwd=root, stdin=-1, stdout=-1, text=True)
        for n in range(3)
    ]
    for one in writers:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in writers:
        one.communicate("go\n", timeout=120)
        assert one.returncode == 0
    ledger = Ledger(lake)
    assert len(breaker_of(ledger, "quotes", NAME).counted) == 15
    assert [event.number for event, _ in events(ledger, "quotes", NAME)] == list(range(1, 16))
    assert [one.instrument for one in breakers(ledger, "quotes")] == [NAME]
