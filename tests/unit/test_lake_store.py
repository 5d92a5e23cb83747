"""States in a lake: signed packs that others find, and that nobody else can forge."""

import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.cli.opening import open_lake
from karat.compute.lake_store import BRANCH, LakeStore
from karat.compute.pack import Index, packed
from karat.digest import bytes_digest
from karat.errors import CorruptError, RefNotFound, UntrustedError
from karat.flow import rates
from karat.flow.sharing import share
from karat.lake import Lake
from karat.lake import open_lake as open_without_keys
from karat.lake.append import append
from karat.lake.testing.writing import paths, publish, read
from karat.signing import KeyFiles
from karat.store import DiskStore, Tiered

HELD = {f"{n:064x}": b"%d." % n * n for n in range(100)}
KEY = f"{7:064x}"
ENTRIES = st.dictionaries(st.from_regex(r"\A[0-9a-z_][-.0-9a-z_]{0,5}\Z"), st.binary(max_size=30))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = open_lake(tmp_path / "lake", files=KeyFiles.below(tmp_path))
    publish(lake, {"raw/a": b"data"})
    return lake


@pytest.fixture
def full(lake: Lake) -> Lake:
    store = LakeStore(lake)
    store.put_many(HELD)
    assert store.flush() == sum(map(len, HELD.values()))
    return lake


@given(entries=ENTRIES)
def test_a_pack_holds_what_was_put_into_it(entries: dict[str, bytes]) -> None:
    data, index = packed(entries)
    again = Index.decode(index.encode(), "here")
    for key, place in again.places.items():
        start, size = again.span(place)
        assert data[start : start + size] == entries[key]
        assert again.proves(key, place, entries[key])
        assert not again.proves(key, place, entries[key] + b"x")
        assert not again.proves(key + "x", place, entries[key])
    assert (again.places.keys(), again.ends.dtype) == (entries.keys(), np.dtype("int64"))


@given(entries=ENTRIES, at=st.integers(0, 10_000), bit=st.integers(0, 7), cut=st.booleans())
def test_an_index_that_was_damaged_is_refused_or_proves_nothing_else(
    entries: dict[str, bytes], at: int, bit: int, cut: bool
) -> None:
    data, index = packed(entries)
    broken = bytearray(index.encode())
    at %= len(broken)
    broken[at] ^= 1 << bit
    try:
        found = Index.decode(bytes(broken[:at] if cut else broken), "here")
    except CorruptError:
        return
    for key, place in found.places.items():
        start, size = found.span(place)
        if start >= 0 and found.proves(key, place, data[start : max(start, start + size)]):
            assert entries.get(key) == data[start : start + size]


def test_others_find_what_was_flushed_and_nothing_else_is_in_the_branch(full: Lake) -> None:
    assert LakeStore(full).get_many([*HELD, "x"]) == HELD
    assert pickle.loads(pickle.dumps(LakeStore(full))).get(KEY) == HELD[KEY]  # noqa: S301
    assert len(paths(full, BRANCH)) == 3
    assert all(path.startswith("packs/") for path in paths(full, BRANCH))
    assert paths(full, "main") == ["raw/a"]


def test_what_waits_is_for_oneself(full: Lake) -> None:
    store, head = LakeStore(full), full.head(BRANCH)
    store.put("mine", b"1")
    assert (store.get("mine"), LakeStore(full).get("mine")) == (b"1", None)
    assert (store.holds(["mine", KEY]), full.head(BRANCH)) == ({KEY}, head)
    store.flush()
    assert LakeStore(full).get("mine") == b"1"
    assert store.flush() == 0


def test_the_newest_pack_counts_and_old_ones_stay(full: Lake) -> None:
    before = {path: read(full, BRANCH, path) for path in paths(full, BRANCH)}
    for number in range(12):
        store = LakeStore(full)
        store.put(KEY, b"%d" % number)
        store.flush()
    assert LakeStore(full).get(KEY) == b"11"
    assert before.items() <= {p: read(full, BRANCH, p) for p in paths(full, BRANCH)}.items()


def test_two_machines_that_share_at_once_both_do(lake: Lake) -> None:
    stores = [LakeStore(lake) for _ in range(3)]
    for number, store in enumerate(stores):
        store.put(f"of-{number}", b"%d" % number)
        assert store.get("of-9") is None
    for store in stores:
        store.flush()
    assert LakeStore(lake).get_many(["of-0", "of-1", "of-2"]).keys() == {"of-0", "of-1", "of-2"}


def test_a_lake_without_states_has_none_and_gets_no_branch(lake: Lake) -> None:
    assert LakeStore(lake).get_many(HELD) == {}
    with pytest.raises(RefNotFound):
        lake.head(BRANCH)


def test_what_a_stranger_signed_is_not_used(full: Lake, tmp_path: Path) -> None:
    other = open_without_keys(tmp_path / "lake", keys=KeyFiles.below(tmp_path / "x").keyring("l"))
    KeyFiles.below(tmp_path / "x").set_up()
    stranger = LakeStore(other)
    assert (stranger.get_many(HELD), stranger.untrusted) == ({}, 1)
    stranger.put(KEY, b"forged")
    stranger.flush()
    ours = LakeStore(full)
    assert (ours.get(KEY), ours.untrusted) == (HELD[KEY], 1)


def test_what_a_revoked_key_signed_is_not_used(full: Lake, tmp_path: Path) -> None:
    files = KeyFiles.below(tmp_path)
    old = full.keys.key_id
    files.rotate()
    assert LakeStore(full).get(KEY) == HELD[KEY], "an old key is believed"
    files.revoke(old, "stolen")
    assert LakeStore(full).get_many(HELD) == {}


def test_a_lake_without_keys_neither_shares_nor_believes(full: Lake, tmp_path: Path) -> None:
    bare = LakeStore(open_without_keys(tmp_path / "lake"))
    assert (bare.get(KEY), bare.untrusted) == (None, 1)
    bare.put("a", b"1")
    with pytest.raises(UntrustedError, match="without keys"):
        bare.flush()
    assert full.keys.key_id


def test_files_put_beside_or_in_the_place_of_others_are_not_believed(full: Lake) -> None:
    """Whoever can write to the branch, but not sign, changes nothing but what is found."""
    held = {path: read(full, BRANCH, path) for path in paths(full, BRANCH)}
    (stem,) = {path.rpartition(".")[0] for path in held}
    data, index = packed({KEY: b"forged"})
    forged = {"index": index.encode(), "pack": data, "json": held[f"{stem}.json"]}
    for number, ends in enumerate([["index"], ["pack"], ["index", "pack"], ["json"]]):
        name = f"packs/{number + 2:08}-{bytes_digest(b'%d' % number)}"
        files = {end: forged[end] if end in ends else held[f"{stem}.{end}"] for end in forged}
        append(full, BRANCH, {f"{name}.{end}": files[end] for end in files}, message="forge")
        append(full, BRANCH, {f"{stem}.{end}": forged[end] for end in ends}, message="exchange")
        store = LakeStore(full)
        assert store.get_many(HELD).items() <= HELD.items()
        assert store.corrupt > 0
        append(full, BRANCH, held, message="put back")
        assert LakeStore(full).get_many(HELD) == HELD
    append(full, BRANCH, {"packs/x.json": b"", "packs/y.index": b"", "z": b""}, message="litter")
    assert LakeStore(full).get_many(HELD) == HELD


def test_a_pack_damaged_or_gone_on_the_disk_is_counted(full: Lake) -> None:
    (path,) = (path for path in paths(full, BRANCH) if path.endswith(".pack"))
    file = full.local_path(BRANCH, path)
    whole = file.read_bytes()
    file.chmod(0o644)
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    store = LakeStore(full)
    found = store.get_many(HELD)
    assert found.items() < HELD.items()
    assert store.corrupt == 1
    file.unlink()
    gone = LakeStore(full)
    assert (gone.get_many(HELD), gone.corrupt) == ({}, 1)


def test_all_of_a_disk_is_shared_but_what_holds_for_one_machine(lake: Lake, tmp_path: Path) -> None:
    disk = DiskStore(tmp_path / "store")
    disk.put_many({**HELD, rates.KEY: b"{}"})
    heard: list[tuple[int, int]] = []

    def hear(stage: str, done: int, total: int, what: str, *, rows: int = 0) -> None:
        assert (stage, what[-5:], rows) == ("share", "bytes", 0)
        heard.append((done, total))

    sent = share(disk, lake, hear)
    assert (sent.entries, sent.known, heard[-1]) == (100, 0, (101, 101))
    assert sent.data_bytes == sum(map(len, HELD.values()))
    disk.put("new", b"1")
    again = share(disk, lake)
    assert (again.entries, again.known, again.data_bytes) == (1, 100, 1)
    other = Tiered(DiskStore(tmp_path / "other"), LakeStore(lake))
    assert other.get_many([*HELD, "new", rates.KEY]) == {**HELD, "new": b"1"}
    assert DiskStore(tmp_path / "other").get_many(HELD) == HELD, "kept on the way"
    head = lake.head(BRANCH)
    assert share(disk, lake).entries == 0
    assert lake.head(BRANCH) == head
