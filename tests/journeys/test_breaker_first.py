"""Half-open: one partition goes first, is read again, and the others follow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from karat.breaker import LEASE_S, Phase, claim
from karat.errors import DatasetRefused, GateRefused
from karat.flow import letting_through, publish
from karat.flow.proposing import propose
from karat.lake.layout import MAIN, dataset_path
from karat.verdicts import Ledger
from tests.journeys.merging import asked
from tests.journeys.test_breaker import BAD, OTHER, SPOT, THIRD, restated, spoil, state

pytestmark = pytest.mark.e2e


def test_one_partition_with_a_new_pass_goes_first_and_the_rest_follow(place: Any) -> None:
    waiting = restated(place, OTHER)
    spoil(place)
    good = restated(place, THIRD)
    assert state(place).phase is Phase.HALF_OPEN
    with pytest.raises(GateRefused, match="half-open since"):
        place.publish(waiting)
    head = place.lake.head(MAIN)
    assert place.publish(good).published == (THIRD,)
    assert state(place).phase is Phase.CLOSED
    assert [c.id for c in place.lake.log(MAIN, first_parent=True)][1] == head, "one merge"
    assert place.publish(waiting).published == (OTHER,)


def test_good_days_beside_bad_ones_are_published_one_before_the_others(bare_place: Any) -> None:
    place = bare_place
    days = [p for p in place.simulated.days if p.instrument == SPOT]
    place.ingest(*days)
    branch = spoil(place)
    assert state(place).phase is Phase.HALF_OPEN
    before = len(list(place.lake.log(MAIN, first_parent=True)))
    done = place.publish(branch)
    assert (done.published, list(done.refused)) == ((OTHER, THIRD), [BAD])
    assert len(list(place.lake.log(MAIN, first_parent=True))) == before + 2
    assert state(place).phase is Phase.CLOSED
    assert branch in {ref.name for ref in place.lake.branches()}, "the bad one stays there"


def test_who_merges_by_hand_is_stopped_and_let_through_in_the_same_way(place: Any) -> None:
    how: dict[str, Any] = {"store": place.store}
    early = propose(place.lake, place.contract, restated(place, OTHER), **how)
    assert asked(place, early).admitted
    spoil(place)
    assert "is open since" in asked(place, early).reasons[str(OTHER)]
    good = restated(place, THIRD)
    late = propose(place.lake, place.contract, good, **how)
    assert f"{THIRD} is published first" in asked(place, early).reasons[str(OTHER)]
    assert asked(place, late).admitted
    head = place.lake.head(MAIN)
    place.lake.merge(place.lake.resolve(late), MAIN, message="By hand", expected_head=head)
    place.validate()
    assert state(place).phase is Phase.CLOSED, "it was read again by who looked next"


def test_a_publisher_that_was_killed_is_followed_by_the_next(place: Any) -> None:
    spoil(place)
    mine, other = restated(place, OTHER), restated(place, THIRD)
    contents = dict(state(place).passed)
    now = 5_000_000_000
    claim(place.lake, "book_events", SPOT, {str(OTHER): contents[str(OTHER)]}, lambda: now)

    how: dict[str, Any] = {"store": place.store}
    with pytest.raises(GateRefused, match=f"half-open .*{OTHER} is published first"):
        publish(place.lake, place.contract, other, clock=lambda: now + LEASE_S - 1, **how)
    done = publish(place.lake, place.contract, other, clock=lambda: now + LEASE_S, **how)
    assert done.published == (THIRD,)
    assert publish(place.lake, place.contract, mine, **how).published == (OTHER,)


def killed_after_merging(place: Any, patch: pytest.MonkeyPatch) -> None:
    """Publish the first one, and be gone before it is read again."""
    spoil(place)
    good = restated(place, THIRD)
    with patch.context() as within:
        within.setattr(letting_through, "confirm", stop)
        with pytest.raises(KeyboardInterrupt):
            place.publish(good)
    assert state(place).phase is Phase.HALF_OPEN


def stop(*_: object) -> None:
    raise KeyboardInterrupt


def test_killed_between_the_merge_and_the_second_reading(
    place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_after_merging(place, monkeypatch)
    place.validate()
    assert state(place).phase is Phase.CLOSED


def test_what_does_not_read_again_opens_it(place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    killed_after_merging(place, monkeypatch)
    file = place.lake.local_path(MAIN, dataset_path("book_events", SPOT, THIRD.date))
    file.chmod(0o644)
    file.write_bytes(b"x" + file.read_bytes()[1:])
    letting_through.settle(place.lake, place.contract, [SPOT])
    assert state(place).phase is Phase.OPEN
    assert f"{THIRD} was published and cannot be read again" in state(place).damage
    with pytest.raises(DatasetRefused, match="cannot be read again"):
        place.cut(f"{SPOT}/2024-03-01")


RACER = """
import sys
from pathlib import Path
from karat import open_lake, load_contract
from karat.errors import GateRefused
from karat.flow import publish
from karat.signing import KeyFiles
from karat.store import DiskStore
home, contract, branch = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
lake = open_lake(f"file://{home / 'lake'}", files=KeyFiles.below(home))
rule, store = load_contract(contract), DiskStore(home / "store")
print("ready", flush=True)
sys.stdin.readline()
try:
    done = publish(lake, rule, branch, store=store)
    print("published", *done.published)
except GateRefused as error:
    print("refused", *error.reasons.values())
"""


def test_of_two_processes_one_publishes_first(place: Any) -> None:
    """Both have a partition that may be the first: it is one of them, and then the other may."""
    spoil(place)
    branches = [restated(place, OTHER), restated(place, THIRD)]
    contract = Path(__file__).parents[2] / "contracts" / "book_events.yaml"
    words = [sys.executable, "-c", RACER, str(place.home), str(contract)]
    racers = [
        subprocess.Popen([*words, branch], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for branch in branches
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    told = [racer.communicate(timeout=60)[0] for racer in racers]
    won = [one for one in told if one.startswith("published")]
    assert won
    for lost in set(told) - set(won):
        assert "half-open" in lost
    events = [event for event in claims(place) if event.kind == "equal"]
    assert len(events) == 1, "main was read again once: one went first"
    assert state(place).phase is Phase.CLOSED


def claims(place: Any) -> list[Any]:
    from karat.breaker.reading import events

    return [event for event, _ in events(Ledger(place.lake), "book_events", SPOT)]
