"""A breaker's life on a lake: what it stops, what closes it, and who is the first to publish."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from karat import dataset
from karat.breaker import Breaker, Phase, breaker_of, reset
from karat.cli.main import app
from karat.contracts.breaker_rule import BreakerRule
from karat.errors import CorruptError, DatasetRefused, GateRefused
from karat.lake.layout import LEDGER, MAIN, Partition, breaker_path
from karat.signing import KeyFiles
from karat.simulation import corrected, lost_deltas
from karat.verdicts import Ledger

pytestmark = pytest.mark.e2e
FUTURES, SPOT = "sim-usdm-aaa", "sim-spot-bbb"
BAD = Partition(SPOT, "2024-03-03")
OTHER = Partition(SPOT, "2024-03-01")
THIRD = Partition(SPOT, "2024-03-02")


def state(place: Any, instrument: str = SPOT) -> Breaker:
    return breaker_of(Ledger(place.lake), "book_events", instrument)


def spoil(place: Any, seed: int = 11, day: Partition = BAD) -> str:
    """Restate a day with lost deltas, and judge it; return its audit branch."""
    place.restate(day, lost_deltas(place.raw(day), 0.05, seed).raw)
    return str(place.prove())


def restated(place: Any, day: Partition) -> str:
    """Restate a day with other bytes that are as good; return its audit branch, judged."""
    place.restate(day, corrected(place.raw(day)))
    branch = place.rebuild(day).branch
    place.validate(branch)
    return str(branch)


def held(place: Any) -> dict[str, str]:
    infos = place.lake.list(MAIN, f"book_events/{SPOT}/")
    return {info.path: info.content_hash for info in infos}


def test_an_open_breaker_stops_publication_and_training_not_judging(place: Any) -> None:
    waiting = restated(place, OTHER)  # a PASS of before
    before = held(place)
    spoil(place)
    assert state(place).phase is Phase.OPEN
    assert state(place, FUTURES).phase is Phase.CLOSED
    assert [partition for partition, _ in state(place).failures.values()] == [str(BAD)]
    with pytest.raises(GateRefused, match=rf"breaker of book_events/{SPOT} is open since .*{BAD}"):
        place.publish(waiting)
    assert held(place) == before
    with pytest.raises(DatasetRefused, match="breaker of"):
        dataset.open(place.lake, "demo@1.0.0", while_open=False)
    assert dataset.open(place.lake, "demo@1.0.0").partitions, "it was proved, and stays so"
    assert place.validate(waiting).outcome == "PASS"
    assert place.cut(f"{FUTURES}/*").dataset == "book_events", "another instrument's goes on"
    with pytest.raises(DatasetRefused, match=f"breaker of book_events/{SPOT} is open"):
        place.cut(f"{SPOT}/2024-03-02")  # which itself is proved


def test_the_same_content_counts_once_and_reaches_the_threshold_with_another(place: Any) -> None:
    place.contract = place.contract.model_copy(update={"breaker": BreakerRule(failures=2)})
    branch = spoil(place)
    place.validate(branch)
    from karat.flow import validate

    validate(place.lake, place.contract, branch, store=None)
    assert (len(state(place).failures), state(place).number) == (1, 1)
    assert state(place).phase is Phase.CLOSED
    spoil(place, 12)
    assert (len(state(place).failures), state(place).phase) == (2, Phase.OPEN)


def test_the_first_file_put_back_closes_it(place: Any) -> None:
    spoil(place)
    place.ingest(BAD)
    place.rebuild()
    place.validate()
    assert state(place).phase is Phase.CLOSED
    assert place.cut().version == "1.0.0"


def test_main_judged_again_says_nothing_for_a_fault_that_is_still_there(place: Any) -> None:
    spoil(place)
    assert place.validate().outcome == "PASS"
    assert state(place).phase is Phase.OPEN


def test_it_is_reset_by_hand_and_a_revoked_reset_does_not_count(place: Any) -> None:
    files = KeyFiles.below(place.home)
    spoil(place)
    old = files.signer().key_id
    files.rotate()
    new = files.signer().key_id
    reset(place.lake, "book_events", SPOT, who="ops", reason="vendor said so")
    assert state(place).phase is Phase.CLOSED
    files.rotate()
    files.revoke(new, "stolen")
    assert state(place).phase is Phase.OPEN
    files.revoke(old, "stolen too")
    assert state(place).phase is Phase.OPEN, "in doubt, nothing is let through"


@pytest.mark.parametrize("how", ["edited", "removed"])
def test_a_record_that_was_tampered_with_is_refused(place: Any, how: str) -> None:
    spoil(place)
    path = breaker_path("book_events", SPOT, 1)
    if how == "edited":
        file = place.lake.local_path(LEDGER, path)
        file.chmod(0o644)
        file.write_bytes(file.read_bytes().replace(b"eyJ", b"eyK", 1))
    else:
        with place.lake.session(LEDGER) as session:
            session.delete(path)
            place.lake.merge(session.commit("Nothing happened"), LEDGER, message="Nothing")
    del place.lake  # another process would look
    with pytest.raises(CorruptError):
        place.cut(f"{SPOT}/2024-03-02")


def test_the_commands(place: Any) -> None:
    def karat(*words: str) -> tuple[int, Any]:
        told = CliRunner().invoke(app, [*words, "--home", str(place.home), "--json"])
        return told.exit_code, json.loads(told.stdout)

    code, body = karat("breaker", "status")
    assert (code, {b["state"] for b in body["breakers"]}) == (0, {"closed"})
    spoil(place)
    code, body = karat("breaker", "status")
    told = {b["instrument"]: b for b in body["breakers"]}
    assert (code, told[FUTURES]["stops"], told[SPOT]["state"]) == (1, False, "open")
    assert told[SPOT]["failures"][0]["partition"] == str(BAD)
    plain = CliRunner().invoke(app, ["breaker", "status", "--home", str(place.home)]).stdout
    assert f"FAIL {BAD}" in plain
    assert f"karat breaker reset {SPOT}" in plain
    code, body = karat("breaker", "reset", SPOT, "--reason", "known", "--who", "ops")
    assert (code, body["state"], body["who"]) == (0, "closed", "ops")
    assert karat("breaker", "status")[0] == 0
    code, body = karat("breaker", "reset", SPOT, "--reason", "again")
    assert (code, "is closed" in body["error"]["message"]) == (2, True)
