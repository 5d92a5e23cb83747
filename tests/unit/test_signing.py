"""Envelopes and trust: what was edited, and what a stranger signed, is told apart from the rest."""

import json
from base64 import b64encode
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from securesystemslib.dsse import Envelope as OtherEnvelope
from securesystemslib.signer import SSlibKey  # type: ignore[attr-defined] # it has no __all__

from karat.errors import CorruptError, InputError, UntrustedError
from karat.lake import open_lake
from karat.signing import (
    Keyring,
    Trust,
    may_speak_of,
    read_statement,
    speaks_of,
    statement,
)
from karat.signing.ed25519 import Signer, key_id
from karat.signing.witness import MemoryWitness

SIGNER, STRANGER = Signer.new(), Signer.new()
SUBJECTS = {"book_events/sim-spot-a/2024-01-01": "ab" * 32}
STATEMENT = statement("test:1", SUBJECTS, {"said": "é", "n": 0.1})


def ring(*signers: Signer, **revoked: str) -> Keyring:
    """Return keys that sign with the first of `signers` and believe them all."""
    trust = Trust()
    for one in signers:
        trust = trust.with_key(one.public)
    for key, reason in revoked.items():
        trust = trust.without(key.removeprefix("k"), reason)
    return Keyring(lambda: trust, lambda: signers[0], MemoryWitness())


RING = ring(SIGNER)
SIGNED = RING.sign(STATEMENT)


def test_what_was_signed_comes_back() -> None:
    assert RING.opened(SIGNED, "it") == (STATEMENT, "")
    assert read_statement("test:1", STATEMENT, "it") == (SUBJECTS, {"said": "é", "n": 0.1})


WORDS = st.sampled_from(["a", "b", 'a"', "é", "\\"])


@given(st.dictionaries(WORDS, WORDS), WORDS, WORDS)
def test_a_subject_is_found_without_the_others(
    subjects: dict[str, str], name: str, digest: str
) -> None:
    """What a statement says about them, however it spells it, is no subject."""
    said = {"said": statement("test:1", {name: digest}, {}).decode()}
    data = statement("test:1", subjects, said)
    assert speaks_of(data, name, digest) == (subjects.get(name) == digest)


@given(st.text(), st.text(max_size=9))
def test_what_is_not_spoken_of_is_seen_without_a_key(name: str, more: str) -> None:
    told, digest = statement("test:1", SUBJECTS | {name: "cd" * 32}, {"said": more}), "ab" * 32
    (first,) = SUBJECTS
    for envelope in (RING.sign(told), ring(STRANGER).sign(told)):
        assert may_speak_of(envelope, first, digest)
        assert may_speak_of(envelope, name, "cd" * 32)
        assert not may_speak_of(envelope, first, "cd" * 32)
        assert not may_speak_of(envelope, f"{name}x", digest), "but for its first and last bytes"
        assert may_speak_of(b" " + envelope, first, "cd" * 32), "spelled otherwise: it is read"


@given(st.binary())
def test_equal_things_have_equal_bytes(payload: bytes) -> None:
    assert RING.sign(payload) == RING.sign(payload)
    assert RING.opened(RING.sign(payload), "it") == (payload, "")


@given(st.integers(0, len(SIGNED) - 1), st.integers(0, 255))
def test_an_edited_byte_is_seen(at: int, byte: int) -> None:
    data = bytearray(SIGNED)
    if data[at] != byte:
        data[at] = byte
        with pytest.raises((CorruptError, UntrustedError), match="it"):
            RING.opened(bytes(data), "it")


def test_another_implementation_believes_it() -> None:
    """The oracle: the envelope and its encoding are those of the DSSE specification."""
    public = {"public": SIGNER.public.hex()}
    key = SSlibKey(SIGNER.key_id, "ed25519", "ed25519", public)
    read = OtherEnvelope.from_dict(json.loads(SIGNED))
    assert read.verify([key], 1) == {SIGNER.key_id: key}
    assert read.payload == STATEMENT
    read.payload = STATEMENT + b" "
    with pytest.raises(Exception, match=r"invalid signature|Accepted signatures"):
        read.verify([key], 1)


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[]", b"5", b"null", b"\xff", SIGNED[:-1], SIGNED + b" ", STATEMENT],
    ids=count(),
)
def test_what_is_no_envelope(data: bytes) -> None:
    with pytest.raises(CorruptError, match="it is not a signed envelope"):
        RING.opened(data, "it")


@pytest.mark.parametrize("data", [b"", b"{}", b"5", STATEMENT + b" ", SIGNED], ids=count())
def test_what_is_no_statement(data: bytes) -> None:
    with pytest.raises(CorruptError, match=r"^it "):
        read_statement("test:1", data, "it")
    with pytest.raises(CorruptError, match="urn:karat:other:1"):
        read_statement("other:1", STATEMENT, "it")


def test_a_stranger_is_not_believed_until_trusted() -> None:
    theirs = ring(STRANGER).sign(STATEMENT)
    with pytest.raises(UntrustedError, match=f"{STRANGER.key_id[:16]}.*karat keys trust"):
        RING.opened(theirs, "it")
    assert ring(SIGNER, STRANGER).opened(theirs, "it") == (STATEMENT, "")


def test_a_stranger_cannot_borrow_a_name() -> None:
    body = json.loads(ring(STRANGER).sign(STATEMENT))
    body["signatures"][0]["keyid"] = SIGNER.key_id
    forged = (json.dumps(body, indent=1, sort_keys=True) + "\n").encode()
    with pytest.raises(CorruptError, match="signature does not fit"):
        RING.opened(forged, "it")


def test_a_revoked_key_is_known_and_signs_no_more() -> None:
    gone = ring(SIGNER, STRANGER, **{f"k{SIGNER.key_id}": "stolen"})
    assert gone.opened(SIGNED, "it") == (STATEMENT, "stolen")
    with pytest.raises(UntrustedError, match=r"is revoked \(stolen\): run karat keys new"):
        gone.sign(STATEMENT)
    assert gone.version != ring(SIGNER, STRANGER).version


def test_a_key_nobody_trusts_signs_nothing() -> None:
    trust = Trust().with_key(STRANGER.public)
    keys = Keyring(lambda: trust, lambda: SIGNER, MemoryWitness())
    with pytest.raises(UntrustedError, match="not in the trust root"):
        keys.sign(STATEMENT)


TRUST = Trust().with_key(SIGNER.public).with_key(STRANGER.public).without(STRANGER.key_id, "lost")


def test_trust_comes_back_and_joins() -> None:
    assert Trust.decode(TRUST.encode(), "here") == TRUST
    assert TRUST.valid == [SIGNER.key_id]
    other = Trust().with_key(STRANGER.public)
    assert other.joined(TRUST) == Trust.decode(other.joined(TRUST).encode(), "here")
    assert other.joined(TRUST).valid == TRUST.joined(other).valid == [SIGNER.key_id]
    assert TRUST.with_key(STRANGER.public).valid == [SIGNER.key_id]


def test_revoking_takes_one_key_and_a_reason() -> None:
    for key in ("", "zz", STRANGER.key_id):
        with pytest.raises(InputError, match=r"keys begin so|revoked already"):
            TRUST.without(key, "x")
    with pytest.raises(InputError, match="for a reason"):
        TRUST.without(SIGNER.key_id[:9], "  ")


BODY = json.loads(TRUST.encode())
OTHER_KEY = b64encode(STRANGER.public).decode()


@pytest.mark.parametrize(
    "body",
    [
        5,
        {},
        BODY | {"format": 2},
        BODY | {"keys": []},
        BODY | {"keys": {SIGNER.key_id: OTHER_KEY}},
        BODY | {"keys": {key_id(b"x"): b64encode(b"x").decode()}, "revoked": {}},
        BODY | {"keys": {SIGNER.key_id: "?"}},
        BODY | {"revoked": {"0" * 64: "why"}},
        BODY | {"revoked": 5},
    ],
)
def test_what_is_no_trust_root(body: object) -> None:
    with pytest.raises(CorruptError, match=r"^here: .*restore it"):
        Trust.decode(json.dumps(body).encode(), "here")


def test_no_key_shows_itself() -> None:
    secret = SIGNER.pem().split(b"\n")[1].decode()
    for shown in (repr(SIGNER), str(SIGNER), repr(RING), f"{vars(RING)}", repr(TRUST)):
        assert secret not in shown
        assert "PRIVATE" not in shown
    with pytest.raises(InputError, match="not an ed25519 private key") as caught:
        Signer.from_pem(SIGNER.pem()[:-40], "here")
    assert secret not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_lake_without_keys_says_so() -> None:
    keys = open_lake("memory:").keys
    for ask in (
        lambda: keys.version,
        lambda: keys.key_id,
        lambda: keys.sign(b""),
        lambda: keys.opened(SIGNED, "it"),
        keys.seen,
        lambda: keys.saw(frozenset(), ()),
    ):
        with pytest.raises(UntrustedError, match=r"open it with karat\.open_lake"):
            ask()
