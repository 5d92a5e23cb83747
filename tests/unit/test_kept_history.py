"""What a machine keeps of a ledger saves looking at it again, and nobody can lie with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from karat.digest import bytes_digest
from karat.errors import CorruptError, UntrustedError
from karat.lake import Lake
from karat.lake.layout import LEDGER
from karat.lake.memory import MemoryLake
from karat.signing import Keyring, Trust
from karat.signing.ed25519 import Signer
from karat.signing.witness import FileWitness
from karat.verdicts import Ledger, record
from karat.verdicts import kept_history as memory
from karat.verdicts.order import history
from tests.unit.test_ledger_order import EDITS, Keys, anew, edit, files, path, put

OTHERS = {f"verdicts/d/sim-spot-b/2024-01-01/{n:064}.json": b"%d" % n for n in range(60)}


class FileKeys(Keys):
    """Keys whose witness lies in files, as on a machine."""

    def __init__(self, at: Path) -> None:
        super().__init__()
        self.at, self._witness = at, FileWitness(at)

    @property
    def shown(self) -> Path:
        return self.at.with_suffix(".shown")


@pytest.fixture
def keys(tmp_path: Path) -> FileKeys:
    return FileKeys(tmp_path / "witness" / "a.json")


@pytest.fixture
def lake(keys: FileKeys) -> MemoryLake:
    """Return a lake whose ledger is kept, and has a few records more."""
    lake = MemoryLake(keys=keys)
    record(lake, OTHERS, "Record many")
    for name in "abc":
        put(lake, name)
    return lake


def afresh(lake: MemoryLake, *, whole: bool = False) -> object:
    """Return what a new process sees, compared without how it was found."""
    return history(anew(lake), whole=whole)


def test_a_new_process_looks_at_what_came_since(lake: MemoryLake, keys: FileKeys) -> None:
    whole, keys.checked = afresh(lake, whole=True), 0
    again = history(anew(lake))
    assert again == whole
    assert again.kept
    assert keys.checked < len(again.entries) == 4
    put(lake, "d")
    assert path("d") in history(anew(lake)).records


def test_it_is_kept_again_when_much_came_since(lake: MemoryLake, keys: FileKeys) -> None:
    history(anew(lake), whole=True)
    before = keys.shown.read_bytes()
    put(anew(lake), "d")
    assert keys.shown.read_bytes() == before
    record(anew(lake), {f"{one}x": b"more" for one in OTHERS}, "Record more")
    assert keys.shown.read_bytes() != before
    assert afresh(lake) == afresh(lake, whole=True)


def test_the_gate_looks_at_all_of_it(lake: MemoryLake, keys: FileKeys) -> None:
    fresh = anew(lake)
    assert history(fresh).kept
    keys.checked = 0
    assert not Ledger(fresh, whole=True).history.kept
    assert keys.checked == 4
    assert Ledger(fresh).history == Ledger(fresh, whole=True).history
    assert keys.checked == 4


Edited = Callable[[bytes], bytes]
EDITED: st.SearchStrategy[Edited] = st.one_of(
    st.integers(0, 2**16).map(lambda at: lambda data: data[: at % len(data)]),
    st.tuples(st.integers(0, 2**16), st.integers(1, 255)).map(lambda told: lambda data: bytes(
        byte ^ told[1] if at == told[0] % len(data) else byte for at, byte in enumerate(data)
    )),
    st.binary(max_size=40).map(lambda data: lambda _: data),
    st.binary(min_size=1, max_size=9).map(lambda more: lambda data: data + more),
    st.just(lambda data: data.replace(b"sim-spot-b", b"sim-spot-c")),
)  # fmt: skip


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edited=EDITED)
def test_however_it_was_edited_it_is_not_believed(
    lake: MemoryLake, keys: FileKeys, edited: Edited
) -> None:
    whole = history(anew(lake), whole=True)
    found = edited(keys.shown.read_bytes())
    keys.shown.write_bytes(found)
    again = history(anew(lake))
    assert (again, again.kept) == (whole, False)
    assert keys.shown.read_bytes() != found, "it is kept anew"


def lie(lake: MemoryLake, keys: FileKeys, signer: Signer | None, believed: str) -> None:
    """Keep a record that the ledger has not, signed by anyone."""
    real = history(anew(lake), whole=True)
    forged = Trust().with_key(signer.public) if signer else keys.known
    by = Keyring(lambda: forged, lambda: signer or keys.signer, FileWitness(keys.at))
    false = {**real.records, path("f"): bytes_digest(b"")}
    memory.keep(by, type(real)(real.commit, believed, false, real.entries, real.tips))


def test_what_a_stranger_kept_is_not_believed(lake: MemoryLake, keys: FileKeys) -> None:
    lie(lake, keys, Signer.new(), keys.version)
    assert path("f") not in history(anew(lake)).records


def test_what_is_of_another_trust_root_is_not_believed(lake: MemoryLake, keys: FileKeys) -> None:
    lie(lake, keys, None, "other")
    assert path("f") not in history(anew(lake)).records


def test_what_a_revoked_key_kept_is_not_believed(lake: MemoryLake, keys: FileKeys) -> None:
    old = keys.rotate()
    keys.revoke(old)
    lie(lake, keys, old, keys.version)
    assert path("f") not in history(anew(lake)).records
    assert Ledger(anew(lake)).payload(path("a")) is None


@pytest.mark.parametrize("edited", EDITS.values(), ids=list(EDITS))
def test_an_edited_ledger_is_refused_by_who_kept_it(
    lake: MemoryLake, edited: Callable[[Lake], None]
) -> None:
    edited(lake)
    with pytest.raises(CorruptError, match="ledger"):
        Ledger(anew(lake)).payload(path("c"))


def test_a_ledger_put_back_is_noticed(lake: MemoryLake, keys: FileKeys) -> None:
    before = lake.commit_info(LEDGER).parents[0]
    lake._backend.refs.set_ref("branch", LEDGER, before)
    with pytest.raises(CorruptError, match="put back to an earlier state"):
        history(anew(lake))
    FileWitness(keys.at).forget()
    assert not keys.shown.exists()
    assert path("c") not in history(anew(lake)).records


def test_what_was_kept_of_another_lake_is_of_no_use(lake: MemoryLake, keys: FileKeys) -> None:
    other = MemoryLake(keys=keys)
    keys.at.unlink()
    assert history(other).records == {}
    assert files(lake)


def test_who_has_no_key_keeps_nothing_and_reads_what_is_kept(
    lake: MemoryLake, keys: FileKeys
) -> None:
    def nothing() -> Signer:
        raise UntrustedError("no key")

    reader = Keyring(lambda: keys.known, nothing, FileWitness(keys.at))
    assert history(anew(lake, reader)).kept
    keys.shown.unlink()
    assert not history(anew(lake, reader)).kept
    assert not keys.shown.exists()


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "witness").write_text("a file, no folder")
    witness = FileWitness(tmp_path / "witness" / "a.json")
    witness.keep(b"1")
    assert witness.kept() is None


def test_an_edited_record_is_noticed_when_it_is_read(lake: MemoryLake) -> None:
    history(anew(lake))
    edit(lake, path("a"), b"{}")
    with pytest.raises(CorruptError, match=r"exchanged|was changed"):
        Ledger(anew(lake)).payload(path("a"))
