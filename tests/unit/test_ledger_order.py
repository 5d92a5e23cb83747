"""The ledger's order: appends form a closed graph, and no record in it can be changed unseen."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from karat.digest import bytes_digest
from karat.errors import CorruptError, UntrustedError
from karat.lake import CommitId, Lake
from karat.lake.append import append
from karat.lake.layout import LEDGER, ORDER
from karat.lake.memory import MemoryLake
from karat.signing import Keyring, Trust
from karat.signing.ed25519 import Signer
from karat.signing.witness import MemoryWitness
from karat.verdicts import Ledger, record
from karat.verdicts.adoption import adopted, adoption
from karat.verdicts.order import Entry


class Keys(Keyring):
    """Keys whose trust a test changes, and that count what they check."""

    def __init__(self) -> None:
        self.signer, self.checked = Signer.new(), 0
        self.known = Trust().with_key(self.signer.public)
        super().__init__(lambda: self.known, lambda: self.signer, MemoryWitness())

    def opened(self, envelope: bytes, what: str) -> tuple[bytes, str]:
        self.checked += 1
        return super().opened(envelope, what)

    def rotate(self) -> Signer:
        old, self.signer = self.signer, Signer.new()
        self.known = self.known.with_key(self.signer.public)
        return old

    def revoke(self, signer: Signer) -> None:
        self.known = self.known.without(signer.key_id, "stolen")


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
def lake(keys: Keys) -> MemoryLake:
    return MemoryLake(keys=keys)


def path(name: str) -> str:
    return f"verdicts/d/sim-spot-a/2024-01-01/{name * 64}.json"


def put(lake: Lake, *names: str) -> CommitId:
    return record(lake, {path(name): name.encode() for name in names}, f"Record {names}")


def anew(lake: MemoryLake, keys: Keyring | None = None) -> MemoryLake:
    """Return the same lake as a process sees it that looks at it for the first time."""
    fresh = object.__new__(MemoryLake)
    fresh._backend, fresh._keys = lake._backend, keys or lake._keys
    return fresh


def edit(lake: Lake, at: str, data: bytes | None) -> None:
    """Change a file of the ledger as one can who may write to the lake."""
    if data is not None:
        append(lake, LEDGER, {at: data}, message="Mine")
        return
    with lake.session(lake.head(LEDGER)) as session:
        session.delete(at)
        commit = session.commit("Mine")
    lake.merge(commit, LEDGER, message="Mine")


def files(lake: Lake, prefix: str = "") -> dict[str, bytes]:
    paths = [info.path for info in lake.list(LEDGER, prefix)]
    return {at: lake.open(LEDGER, at).read() for at in paths}


def test_every_append_names_the_one_before(lake: MemoryLake) -> None:
    for name in "abc":
        put(lake, name)
    history = Ledger(lake).history
    assert [Ledger(lake).payload(path(name)) for name in "abc"] == [b"a", b"b", b"c"]
    assert (len(history.entries), len(history.tips), len(history.records)) == (3, 1, 3)
    assert Ledger(anew(lake)).history.records == history.records


def test_what_stands_there_is_left_alone(lake: MemoryLake) -> None:
    head = put(lake, "a", "b")
    assert put(lake, "b", "a") == head
    assert put(lake) == head
    record(lake, {}, "Books", files={"carries/d/x.arrow": b"1"})
    assert record(lake, {}, "Books", files={"carries/d/x.arrow": b"2"}) == lake.head(LEDGER)
    with pytest.raises(CorruptError, match="something else than would be recorded"):
        record(lake, {path("a"): b"other"}, "Other")


class Overtaken(MemoryLake):
    """A lake to which someone else appends just before this process merges."""

    def __init__(self, keys: Keyring, meanwhile: Callable[[MemoryLake], object]) -> None:
        super().__init__(keys=keys)
        self.meanwhile: Callable[[MemoryLake], object] | None = meanwhile

    def merge(self, source: str, into: str, **more: object) -> CommitId:
        if self.meanwhile and into == LEDGER:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile(anew(self))
        return super().merge(source, into, **more)  # type: ignore[arg-type] # passed on as they are


def test_appends_at_the_same_time_do_not_collide(keys: Keys) -> None:
    lake = Overtaken(keys, lambda other: put(other, "b"))
    put(lake, "a")
    history = Ledger(lake).history
    assert len(history.tips) == 2
    put(lake, "c")
    assert len(Ledger(anew(lake)).history.tips) == 1
    assert {Ledger(lake).payload(path(name)) for name in "abc"} == {b"a", b"b", b"c"}


def test_two_keys_record_the_same_at_the_same_time(keys: Keys) -> None:
    other = Keys()
    keys.known = other.known = keys.known.joined(other.known)
    lake = Overtaken(keys, lambda there: put(anew(there, other), "a"))
    put(lake, "a", "b")
    assert [Ledger(lake).payload(path(name)) for name in "ab"] == [b"a", b"b"]
    assert len(files(lake, "verdicts/")) == 2


def test_only_what_is_new_is_checked(lake: MemoryLake, keys: Keys) -> None:
    costs = []
    for number in range(20):
        put(lake, f"{number % 10}" if number < 10 else chr(87 + number))
        before = keys.checked
        for _ in range(5):
            assert Ledger(lake).history
        costs.append(keys.checked - before)
    assert costs == [0] * 20
    keys.checked = 0
    assert len(Ledger(anew(lake)).history.entries) == keys.checked == 20


EDITS: dict[str, Callable[[Lake], None]] = {
    "a record is gone": lambda lake: edit(lake, path("a"), None),
    "a record is exchanged": lambda lake: edit(lake, path("a"), files(lake)[path("b")]),
    "a record nobody named": lambda lake: edit(lake, path("d"), lake.keys.sign(b"d")),
    "an entry is gone": lambda lake: edit(lake, min(files(lake, ORDER)), None),
    "an entry is edited": lambda lake: edit(lake, min(files(lake, ORDER)), b"{}"),
}


@pytest.mark.parametrize("edited", EDITS.values(), ids=list(EDITS))
@pytest.mark.parametrize("again", [False, True])
def test_an_edited_ledger_is_refused(
    lake: MemoryLake, edited: Callable[[Lake], None], again: bool
) -> None:
    for name in "abc":
        put(lake, name)
    edited(lake)
    with pytest.raises(CorruptError, match="ledger"):
        Ledger(anew(lake) if again else lake).payload(path("c"))
    with pytest.raises(CorruptError, match="ledger"):
        put(lake, "d")


def test_entries_in_another_order_are_refused(lake: MemoryLake, keys: Keys) -> None:
    for name in "abc":
        put(lake, name)
    entries = files(lake, ORDER)
    moved = {at: entries[other] for at, other in pairwise([*entries, next(iter(entries))])}
    append(lake, LEDGER, dict(moved), message="Mine")
    forgetful = Keyring(lambda: keys.known, lambda: keys.signer, MemoryWitness())
    with pytest.raises(CorruptError, match="edited"):
        Ledger(anew(lake, forgetful)).payload(path("a"))


def test_an_entry_that_follows_nothing_known_is_refused(lake: MemoryLake, keys: Keys) -> None:
    put(lake, "a")
    entry = keys.sign(Entry({}, frozenset({"0" * 64})).encode())
    edit(lake, f"{ORDER}{bytes_digest(entry)}.json", entry)
    with pytest.raises(CorruptError, match="000000000000 is gone, and others follow it"):
        Ledger(lake).payload(path("a"))


def test_a_ledger_put_back_is_noticed(lake: MemoryLake, keys: Keys) -> None:
    put(lake, "a")
    earlier = lake.head(LEDGER)
    put(lake, "b")
    lake._backend.refs.set_ref("branch", LEDGER, earlier)
    for seen in (lake, anew(lake)):
        with pytest.raises(CorruptError, match=r"was removed|put back to an earlier state"):
            Ledger(seen).payload(path("a"))
    stranger = Keyring(lambda: keys.known, lambda: keys.signer, MemoryWitness())
    assert Ledger(anew(lake, stranger)).payload(path("a")) == b"a"


def test_a_revoked_key_is_not_there_and_its_order_stands(lake: MemoryLake, keys: Keys) -> None:
    put(lake, "a", "b")
    old = keys.rotate()
    put(lake, "c")
    keys.revoke(old)
    assert [Ledger(lake).payload(path(name)) for name in "abc"] == [None, None, b"c"]
    put(lake, "a")
    assert [Ledger(lake).payload(path(name)) for name in "abc"] == [b"a", None, b"c"]
    beside = path("a").removesuffix(".json") + f"-{keys.key_id}.json"
    assert files(lake)[beside] != files(lake)[path("a")]
    assert put(lake, "a") == lake.head(LEDGER)


def test_a_rotated_key_leaves_what_it_signed(lake: MemoryLake, keys: Keys) -> None:
    put(lake, "a")
    keys.rotate()
    put(lake, "a", "b")
    assert [Ledger(anew(lake)).payload(path(name)) for name in "ab"] == [b"a", b"b"]
    assert len(files(lake, "verdicts/")) == 2


def test_a_strangers_ledger_is_refused(lake: MemoryLake) -> None:
    put(lake, "a")
    with pytest.raises(UntrustedError, match="not trusted here"):
        Ledger(anew(lake, Keys())).payload(path("a"))


def test_a_reader_without_a_key_reads_and_records_nothing(lake: MemoryLake, keys: Keys) -> None:
    def nothing() -> Signer:
        raise UntrustedError("no key")

    put(lake, "a")
    reader = anew(lake, Keyring(lambda: keys.known, nothing, MemoryWitness()))
    assert Ledger(reader).payload(path("a")) == b"a"
    assert put(reader, "a") == lake.head(LEDGER)
    with pytest.raises(UntrustedError, match="no key"):
        put(reader, "b")


def test_an_adoption_is_signed(lake: MemoryLake, keys: Keys) -> None:
    at = "_karat/golden/current/d.json"
    assert adopted(lake, lake.head("main"), "d") is None
    note = adoption(lake, "d", "ab" * 32, who="me", reason="why")
    head = append(lake, "main", {at: note}, message="Adopt")
    assert adopted(lake, head, "d") == "ab" * 32
    at_signature = note.index(b'"sig": "') + len(b'"sig": "')
    other = b"B" if note[at_signature : at_signature + 1] == b"A" else b"A"
    forged = note[:at_signature] + other + note[at_signature + 1 :]
    for data in (forged, adoption(lake, "e", "c", who="me", reason="w")):
        edited = append(lake, "main", {at: data}, message="Mine")
        with pytest.raises(CorruptError, match=r"current/d\.json"):
            adopted(lake, edited, "d")
    keys.revoke(keys.rotate())
    with pytest.raises(UntrustedError, match="adopt it again"):
        adopted(lake, head, "d")


@pytest.mark.parametrize("edited", EDITS.values(), ids=list(EDITS))
def test_who_asks_after_some_folders_sees_all_that_was_done_there(
    lake: MemoryLake, edited: Callable[[Lake], None]
) -> None:
    for name in "abc":
        put(lake, name)
    edited(lake)
    with pytest.raises(CorruptError, match="ledger"):
        Ledger(anew(lake), only=("verdicts/d/",)).payload(path("c"))


def test_of_a_ledger_never_seen_only_the_folders_asked_after_are_read(lake: MemoryLake) -> None:
    other = "revocations/d/x.json"
    put(lake, "a")
    record(lake, {other: b"bad"}, "Revoke")
    for name in "bc":
        put(lake, name)
    stranger = anew(lake)
    some = Ledger(stranger, only=("revocations/d/",))
    assert (some.payload(other), some.payload(path("a"))) == (b"bad", None)
    everything = Ledger(stranger).history
    assert set(everything.records) == {other, *map(path, "abc")}
    assert everything.entries == some.history.entries
    assert Ledger(stranger, only=("revocations/d/",)).history is everything
    edit(lake, path("a"), files(lake)[path("b")])
    assert Ledger(anew(lake), only=("revocations/d/",)).payload(other) == b"bad"
    with pytest.raises(CorruptError, match="exchanged"):
        Ledger(anew(lake)).payload(other)
