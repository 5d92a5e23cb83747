"""A ledger that is refused says which commit did it, and what puts it right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from karat.digest import bytes_digest
from karat.errors import CorruptError, LakeUnusable, ObjectGone, UntrustedError
from karat.lake import Lake
from karat.lake.append import append
from karat.lake.layout import LEDGER, ORDER
from karat.lake.local import LocalLake
from karat.lake.memory import MemoryLake
from karat.signing import Keyring
from karat.signing.witness import MemoryWitness
from karat.verdicts import Ledger
from karat.verdicts.blamed import blamed
from karat.verdicts.order import Entry
from tests.unit.test_ledger_order import EDITS, Keys, anew, edit, files, path, put


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
def lake(keys: Keys) -> MemoryLake:
    return MemoryLake(keys=keys)


@pytest.mark.parametrize("edited", EDITS.values(), ids=list(EDITS))
@pytest.mark.parametrize("again", [False, True])
def test_who_refuses_an_edited_ledger_says_what_to_do(
    lake: MemoryLake, edited: Callable[[Lake], None], again: bool
) -> None:
    """What it says is done by the word, and the ledger is what it was."""
    for name in "abc":
        put(lake, name)
    good, before = lake.head(LEDGER), files(lake)
    edited(lake)
    done = lake.commit_info(LEDGER)
    added = files(lake).keys() - before.keys()
    with pytest.raises(CorruptError) as refused:
        Ledger(anew(lake) if again else lake).payload(path("c"))
    said, undo = str(refused.value), "delete it" if added else f"put back what {good} holds there"
    assert f"; commit {done.id} of ledger did it by merging {done.parents[1]}" in said
    assert f": on a branch of ledger {undo}, commit, and merge that into ledger" in said
    for at in added:
        edit(lake, at, None)
    append(lake, LEDGER, before, message="Put back")
    for seen in (lake, anew(lake)):
        assert Ledger(seen).payload(path("c")) == b"c"
    assert put(lake, "d") == lake.head(LEDGER)


def test_an_entry_of_a_stranger_is_told_with_the_commit_that_brought_it(lake: MemoryLake) -> None:
    put(lake, "a")
    entry = Keys().sign(Entry({}, Ledger(lake).history.tips).encode())
    edit(lake, f"{ORDER}{bytes_digest(entry)}.json", entry)
    done = lake.head(LEDGER)
    with pytest.raises(UntrustedError, match=f"not trusted here.*commit {done}.*delete it"):
        Ledger(anew(lake)).payload(path("a"))


def test_a_record_that_lost_its_entry_is_not_said_to_be_nobodys(
    lake: MemoryLake, keys: Keys
) -> None:
    """Of the newest entry, which no other follows, on a machine that sees all of it first."""
    put(lake, "a")
    old = files(lake, ORDER).keys()
    put(lake, "b")
    (entry,) = files(lake, ORDER).keys() - old
    edit(lake, entry, None)
    done = lake.head(LEDGER)
    forgetful = Keyring(lambda: keys.known, lambda: keys.signer, MemoryWitness())
    with pytest.raises(CorruptError, match=f"{entry} is gone, and {path('b')} .*commit {done}"):
        Ledger(anew(lake, forgetful)).payload(path("a"))


def test_what_was_done_long_ago_is_told_without_a_commit(
    lake: MemoryLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(lake, "a")
    edit(lake, path("x"), b"{}")
    edit(lake, path("y"), b"{}")
    assert "of ledger did it" in blamed(lake, lake.head(LEDGER), path("x"))
    monkeypatch.setattr("karat.verdicts.blamed.FAR_BACK", 1)
    assert blamed(lake, lake.head(LEDGER), path("x")) == ""
    with pytest.raises(CorruptError, match=r"is not karat's$"):
        Ledger(anew(lake)).payload(path("a"))


def test_damaged_bytes_are_nobodys_doing(tmp_path: Path, keys: Keys) -> None:
    lake = LocalLake(tmp_path, keys=keys)
    put(lake, "a")
    (at,) = files(lake, ORDER)
    lake.local_path(LEDGER, at).unlink()
    stranger = Keyring(lambda: keys.known, lambda: keys.signer, MemoryWitness())
    with pytest.raises(ObjectGone) as gone:
        Ledger(LocalLake(tmp_path, keys=stranger)).payload(path("a"))
    assert "did it" not in str(gone.value)


def test_a_lake_in_the_way_hides_nothing(lake: MemoryLake, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_: object, **__: object) -> None:
        raise LakeUnusable("down")

    put(lake, "a")
    edit(lake, path("x"), b"{}")
    monkeypatch.setattr(MemoryLake, "log", down)
    with pytest.raises(CorruptError, match=r"is not karat's$"):
        Ledger(anew(lake)).payload(path("a"))
