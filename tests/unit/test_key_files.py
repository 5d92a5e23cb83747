"""Keys on a machine: made once, for their owner's eyes only; rotated, revoked, trusted."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from karat.errors import CorruptError, InputError, UnavailableError, UntrustedError
from karat.signing import KeyFiles, Trust
from karat.signing.ed25519 import Signer
from karat.signing.witness import FileWitness, MemoryWitness

PEM, SPKI = Encoding.PEM, PublicFormat.SubjectPublicKeyInfo


@pytest.fixture
def files(tmp_path: Path) -> KeyFiles:
    made = KeyFiles.below(tmp_path / "home")
    made.set_up()
    return made


def signed(files: KeyFiles) -> bytes:
    return files.keyring("a").sign(b"said")


def opened(files: KeyFiles, envelope: bytes) -> str:
    return files.keyring("a").opened(envelope, "it")[1]


def test_set_up_makes_a_key_that_only_its_owner_reads(files: KeyFiles) -> None:
    mode = stat.S_IMODE(files.signing_key.stat().st_mode)
    assert mode == 0o600
    assert files.trust().valid == [files.signer().key_id]
    assert opened(files, signed(files)) == ""
    assert b"PRIVATE" not in files.trust_root.read_bytes()


def test_set_up_again_changes_nothing(files: KeyFiles) -> None:
    before = files.signing_key.read_bytes(), files.trust_root.read_bytes()
    files.set_up()
    assert (files.signing_key.read_bytes(), files.trust_root.read_bytes()) == before
    files.signing_key.unlink()
    files.set_up()
    assert not files.signing_key.exists()


def test_many_set_up_at_once_and_one_key_comes_of_it(tmp_path: Path) -> None:
    files = KeyFiles.below(tmp_path / "home")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: files.set_up(), range(16)))
    assert files.trust().valid == [files.signer().key_id]


def test_rotation_keeps_what_was_signed(files: KeyFiles) -> None:
    old, before = files.signer(), signed(files)
    new = files.rotate()
    assert files.signer().key_id == new.key_id != old.key_id
    assert stat.S_IMODE(files.signing_key.stat().st_mode) == 0o600
    assert signed(files) != before
    assert [opened(files, one) for one in (before, signed(files))] == ["", ""]


def test_revocation_counts_at_once_in_a_ring_that_is_open(files: KeyFiles) -> None:
    keys, before = files.keyring("a"), signed(files)
    old, version = files.signer(), keys.version
    files.rotate()
    files.revoke(old.key_id[:8], "stolen")
    assert keys.opened(before, "it") == (b"said", "stolen")
    assert keys.version != version
    assert keys.opened(keys.sign(b"new"), "it") == (b"new", "")


def test_without_a_trust_root_nothing_is_believed(files: KeyFiles) -> None:
    envelope, keys = signed(files), files.keyring("a")
    files.trust_root.unlink()
    for ask in (lambda: keys.opened(envelope, "it"), lambda: keys.sign(b""), lambda: keys.version):
        with pytest.raises(UntrustedError, match=r"no trust root .*karat keys new"):
            ask()


def test_an_empty_trust_root_trusts_nobody(files: KeyFiles) -> None:
    envelope = signed(files)
    files.trust_root.write_bytes(Trust().encode())
    with pytest.raises(UntrustedError, match="nobody is trusted"):
        opened(files, envelope)
    files.trust_root.write_bytes(b"")
    with pytest.raises(CorruptError, match=r"trust\.json: not a trust root"):
        opened(files, envelope)


def test_a_reading_machine_verifies_and_cannot_sign(files: KeyFiles, tmp_path: Path) -> None:
    envelope = signed(files)
    reading = KeyFiles(tmp_path / "none.pem", files.trust_root)
    assert opened(reading, envelope) == ""
    with pytest.raises(UntrustedError, match=r"no signing key at .*karat keys new"):
        signed(reading)


def test_others_are_trusted_by_their_root_or_their_public_key(
    files: KeyFiles, tmp_path: Path
) -> None:
    others = [KeyFiles.below(tmp_path / name) for name in ("b", "c")]
    for other in others:
        other.set_up()
    envelopes = [signed(other) for other in others]
    first, second = others
    files.add(first.trust_root.read_bytes(), "b")
    public = second.signer()._key.public_key().public_bytes(PEM, SPKI)
    files.add(public, "c")
    assert [opened(files, envelope) for envelope in envelopes] == ["", ""]
    assert len(files.trust().valid) == 3


def test_what_is_not_to_be_trusted(files: KeyFiles) -> None:
    curve = generate_private_key(SECP256R1()).public_key().public_bytes(PEM, SPKI)
    private = Signer.new().pem()
    for data, told in (
        (private, "private key: keep it"),
        (curve, "not an ed25519 key"),
        (b"x", "neither"),
    ):
        with pytest.raises(InputError, match=f"^there: .*{told}") as caught:
            files.add(data, "there")
        assert private.split(b"\n")[1].decode() not in str(caught.value)
    with pytest.raises(CorruptError, match="there"):
        files.add(b"{", "there")
    assert len(files.trust().valid) == 1


def test_a_broken_key_is_told_without_its_text(files: KeyFiles) -> None:
    text = files.signing_key.read_bytes()
    files.signing_key.write_bytes(text[:60])
    with pytest.raises(InputError, match=r"signing_key\.pem") as caught:
        files.signer()
    assert text.split(b"\n")[1][:20].decode() not in str(caught.value)


def test_a_home_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError, match="mend permissions"):
        KeyFiles.below(tmp_path / "file" / "home").set_up()
    files = KeyFiles(tmp_path, tmp_path)
    for ask in (files.signer, files.trust):
        with pytest.raises(UnavailableError, match="cannot be read"):
            ask()


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_a_witness_never_forgets_what_others_saw(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "witness" / "a.json"
    witness = MemoryWitness() if kind == "memory" else FileWitness(path)
    assert witness.seen() == frozenset()
    witness.saw(frozenset({"b"}), {"a", "b"})
    assert witness.seen() == {"b"}
    witness.saw(frozenset({"a"}), {"a"})  # someone who looked at an earlier state
    assert witness.seen() == {"b"}
    witness.saw(frozenset({"c"}), {"a", "b", "c"})
    assert witness.seen() == {"c"}


def test_a_witness_where_nothing_can_be_written(tmp_path: Path) -> None:
    FileWitness(tmp_path / "no" / "such" / "a.json").saw(frozenset({"b"}), {"b"})
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "a.json").mkdir()
    with pytest.raises(UnavailableError, match="cannot be read"):
        FileWitness(tmp_path / "a.json").saw(frozenset({"b"}), {"b"})


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"tips": 5}'])
def test_a_witness_that_was_edited(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(CorruptError, match="not what was seen of a ledger"):
        FileWitness(tmp_path / "a.json").seen()


def test_nothing_is_left_beside(files: KeyFiles) -> None:
    files.rotate()
    files.keyring("a").saw(frozenset({"x"}), {"x"})
    names = {name for _, _, found in os.walk(files.trust_root.parent) for name in found}
    assert {name for name in names if name.startswith(".karat-")} == set()
