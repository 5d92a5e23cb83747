"""What a machine keeps of a breaker saves reading its records again, and nobody can lie with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from karat.breaker import Breaker, Event, Kind, breaker_of, kept_state
from karat.breaker.kept_state import WORTH, Befell
from karat.errors import CorruptError
from karat.lake import Lake
from karat.lake.layout import LEDGER, breaker_path
from karat.lake.memory import MemoryLake
from karat.signing import Keyring, Trust
from karat.signing.ed25519 import Signer
from karat.signing.witness import FileWitness
from karat.verdicts import Ledger, record
from tests.unit.test_breaker_records import EVENTS, NAME
from tests.unit.test_kept_history import EDITED, Edited, FileKeys
from tests.unit.test_ledger_order import anew

OTHERS = {f"verdicts/d/sim-spot-b/2024-01-01/{n:064}.json": b"%d" % n for n in range(10)}


def befall(lake: Lake, events: list[Event], first: int = 1) -> None:
    """Record events one after the other, each numbered as it comes."""
    for number, event in enumerate(events, first):
        one = replace(event, number=number)
        record(lake, {one.path: one.encode()}, "Record")


def failing(number: int) -> Event:
    failed = {f"{number:064}": (f"{NAME}/2024-01-01", "k")}
    return Event("d", NAME, number, Kind.JUDGED, number, failed=failed, limit=3)


@pytest.fixture
def keys(tmp_path: Path) -> FileKeys:
    return FileKeys(tmp_path / "witness" / "a.json")


@pytest.fixture
def lake(keys: FileKeys) -> MemoryLake:
    """Return a lake with seven failures, whose ledger and breaker are kept."""
    lake = MemoryLake(keys=keys)
    record(lake, OTHERS, "Record many")
    befall(lake, [failing(number) for number in range(1, 8)])
    breaker_of(Ledger(lake), "d", NAME)
    return lake


def beside(keys: FileKeys) -> Path:
    (found,) = keys.at.parent.glob("a.breaker-*")
    return found


def afresh(lake: MemoryLake, *, whole: bool = False) -> tuple[Breaker, int]:
    """Return the breaker as a new process sees it, and how many signatures it looked at for it."""
    ledger, keys = Ledger(anew(lake), whole=whole), lake.keys
    assert isinstance(keys, FileKeys)
    assert ledger.history.kept is not whole
    keys.checked = 0
    return breaker_of(ledger, "d", NAME), keys.checked


def test_a_new_process_reads_what_came_since(lake: MemoryLake) -> None:
    state, looked = afresh(lake)
    assert (state, 7) == afresh(lake, whole=True)
    assert (state.number, looked) == (7, 1)
    befall(lake, [failing(8), failing(9)], 8)
    assert afresh(lake) == (afresh(lake, whole=True)[0], 3)


def test_it_is_kept_again_when_some_came_since(lake: MemoryLake, keys: FileKeys) -> None:
    before = beside(keys).read_bytes()
    for number in range(8, 8 + WORTH):
        assert beside(keys).read_bytes() == before
        befall(lake, [failing(number)], number)
        assert afresh(lake)[0].number == number
    assert beside(keys).read_bytes() != before
    assert afresh(lake)[1] == 1


@settings(max_examples=30, deadline=None)
@given(st.lists(EVENTS, max_size=9), st.integers(0, 9))
def test_it_is_what_all_records_come_to(events: list[Event], later: int) -> None:
    """Also in the order of what failed and passed, for the first that passed may go first."""
    with TemporaryDirectory() as folder:
        lake = MemoryLake(keys=FileKeys(Path(folder) / "witness" / "a.json"))
        record(lake, OTHERS, "Record many")
        befall(lake, events[:later])
        breaker_of(Ledger(lake), "d", NAME)
        befall(lake, events[later:], len(events[:later]) + 1)
        state, (whole, _) = afresh(lake)[0], afresh(lake, whole=True)
        assert state == whole
        assert [*state.failures.items()] == [*whole.failures.items()]
        assert [*state.passed.items()] == [*whole.passed.items()]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edited=EDITED)
def test_however_it_was_edited_it_is_not_believed(
    lake: MemoryLake, keys: FileKeys, edited: Edited
) -> None:
    data = beside(keys).read_bytes()
    found = edited(data)
    beside(keys).write_bytes(found)
    state, looked = afresh(lake)
    assert (state, looked > 1) == (afresh(lake, whole=True)[0], found != data)


def lie(keys: FileKeys, by: Signer, believed: str, befell: Befell) -> None:
    """Keep something of a breaker, signed by anyone."""
    trust = Trust().with_key(by.public)
    kept_state.keep(Keyring(lambda: trust, lambda: by, FileWitness(keys.at)), befell, believed)


def closed(lake: MemoryLake) -> Befell:
    """Return the lake's records as those of a breaker that is closed."""
    records = {path: held for path, held in Ledger(lake).history.records.items()
               if path.startswith("breaker/")}  # fmt: skip
    return Befell(records, Breaker("d", NAME, len(records)))


def test_only_who_is_believed_can_keep(lake: MemoryLake, keys: FileKeys) -> None:
    lie(keys, Signer.new(), keys.version, closed(lake))
    assert afresh(lake)[0].opened
    lie(keys, keys.signer, "other keys", closed(lake))
    assert afresh(lake)[0].opened
    lie(keys, keys.signer, keys.version, closed(lake))
    assert not afresh(lake)[0].opened, "the lie is one that would be believed otherwise"
    assert afresh(lake, whole=True)[0].opened


def test_what_was_made_of_other_records_is_not_believed(lake: MemoryLake, keys: FileKeys) -> None:
    befell = closed(lake)
    others = {**befell.records, breaker_path("d", NAME, 7): "0" * 64}
    lie(keys, keys.signer, keys.version, befell._replace(records=others))
    assert afresh(lake)[0].opened


def test_what_another_code_kept_is_not_believed(
    lake: MemoryLake, keys: FileKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr(kept_state, "FOLD", 0)
        lie(keys, keys.signer, keys.version, closed(lake))
    assert afresh(lake)[0].opened


def test_a_revoked_key_closes_nothing_by_what_it_kept(lake: MemoryLake, keys: FileKeys) -> None:
    old = keys.rotate()
    keys.revoke(old)
    assert not Ledger(anew(lake)).history.kept, "it is kept anew under the other trust root"
    lie(keys, old, keys.version, closed(lake))
    assert afresh(lake)[0].opened


def test_a_ledger_that_was_put_back_has_the_breaker_it_had(
    lake: MemoryLake, keys: FileKeys
) -> None:
    for _ in range(6):
        before = lake.commit_info(LEDGER).parents[0]
        lake._backend.refs.set_ref("branch", LEDGER, before)
    with pytest.raises(CorruptError, match="put back"):
        Ledger(anew(lake)).history  # noqa: B018 - it is looked at
    keys.at.unlink()
    assert breaker_of(Ledger(anew(lake)), "d", NAME).number < 7
    FileWitness(keys.at).forget()
    assert not [*keys.at.parent.glob("a.*")]
