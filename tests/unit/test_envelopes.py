"""Envelopes beside another implementation of DSSE, and a table of those that nobody may believe."""

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from securesystemslib.dsse import Envelope as OtherEnvelope
from securesystemslib.signer import (  # type: ignore[attr-defined] # it has no __all__
    CryptoSigner,
    Signature,
    SSlibKey,
)

from karat.errors import CorruptError, KaratError
from karat.signing import Keyring, Trust, read_statement, statement
from karat.signing.ed25519 import Signer, check_signature
from karat.signing.envelope import TYPE, Envelope, may_hold, to_be_signed
from karat.signing.witness import FileWitness

Body = dict[str, Any]
SIGNER = Signer.new()
KEY = SSlibKey(SIGNER.key_id, "ed25519", "ed25519", {"public": SIGNER.public.hex()})
RING = Keyring.in_memory()
PAYLOAD = statement("test:1", {"a": "ab" * 32}, {"n": 1})
SIGNED = RING.sign(PAYLOAD)
DEEP = b"[" * 100_000
WEB = urlsafe_b64encode(b"\xff\xfe" * 32).decode()
TURNED = (json.dumps(dict(reversed(json.loads(SIGNED).items())), indent=1) + "\n").encode()


def written(body: Any) -> bytes:
    """Return JSON in the one spelling that karat writes."""
    return (json.dumps(body, indent=1, sort_keys=True) + "\n").encode()


@given(st.binary(max_size=200))
def test_what_is_signed_is_what_the_specification_signs(payload: bytes) -> None:
    other = OtherEnvelope(payload, TYPE, {})
    assert to_be_signed(payload) == other.pae()
    signature = SIGNER.sign(to_be_signed(payload))
    other.signatures = {SIGNER.key_id: Signature(SIGNER.key_id, signature.hex())}
    assert other.verify([KEY], 1) == {SIGNER.key_id: KEY}


@given(st.binary(max_size=60), st.binary(max_size=60), st.binary(max_size=60))
def test_what_a_payload_holds_is_never_denied(before: bytes, text: bytes, after: bytes) -> None:
    envelope = Envelope(before + text + after, "key", b"s").encode()
    assert may_hold(envelope, text)
    assert may_hold(b" " + envelope, b"none of it"), "it is spelled otherwise"


@given(st.binary(max_size=300), st.binary(min_size=16, max_size=60))
def test_what_it_does_not_hold_is_denied(payload: bytes, text: bytes) -> None:
    inside = any(text[n:-2] in payload for n in range(3))
    assert may_hold(Envelope(payload, "key", b"s").encode(), text) <= inside


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(
    st.text(max_size=9),
    st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=4),
    st.dictionaries(st.text(max_size=3), PLAIN, max_size=3),
)
def test_a_statement_is_spelled_as_plain_json_is(
    kind: str, subjects: dict[str, str], predicate: Body
) -> None:
    listed = [{"name": name, "digest": {"sha256": said}} for name, said in sorted(subjects.items())]
    body = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": listed,
        "predicateType": f"urn:karat:{kind}",
        "predicate": predicate,
    }
    plain = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
    assert statement(kind, subjects, predicate) == plain
    assert read_statement(kind, plain, "it") == (subjects, predicate)


@given(st.binary(max_size=99), st.text(max_size=9), st.binary(min_size=64, max_size=64))
def test_an_envelope_is_spelled_as_plain_json_is(payload: bytes, name: str, sig: bytes) -> None:
    signed = {"keyid": name, "sig": b64encode(sig).decode()}
    body = {
        "payload": b64encode(payload).decode(),
        "payloadType": TYPE,
        "signatures": [signed],
    }
    assert Envelope(payload, name, sig).encode() == written(body)


def test_a_signature_made_elsewhere_is_the_same_and_believed() -> None:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    theirs = CryptoSigner(load_pem_private_key(SIGNER.pem(), None), KEY)
    other = OtherEnvelope(PAYLOAD, TYPE, {})
    signature = bytes.fromhex(other.sign(theirs).signature)
    assert signature == SIGNER.sign(to_be_signed(PAYLOAD))
    check_signature(SIGNER.public, signature, to_be_signed(PAYLOAD), "it")
    envelope = Envelope(PAYLOAD, SIGNER.key_id, signature).encode()
    trust = Trust().with_key(SIGNER.public)
    opened = Keyring(lambda: trust, lambda: SIGNER, FileWitness(Path("nowhere"))).opened
    assert opened(envelope, "it") == (PAYLOAD, "")


@given(st.binary(max_size=80), st.text(max_size=20), st.binary(max_size=80))
def test_any_envelope_comes_back(payload: bytes, key: str, signature: bytes) -> None:
    one = Envelope(payload, key, signature)
    assert Envelope.decode(one.encode(), "it") == one


def changed(change: Callable[[Body, Body], object]) -> bytes:
    body = json.loads(SIGNED)
    change(body, body["signatures"][0])
    return written(body)


def moved(text: str) -> str:
    """Return base64 with an unused bit set: the same bytes in another spelling."""
    return text[:-3] + chr(ord(text[-3]) + 1) + "=="


MALFORMED: dict[str, bytes] = {
    "another type": changed(lambda b, _: b.update(payloadType="text/plain")),
    "no type": changed(lambda b, _: b.pop("payloadType")),
    "one more key": changed(lambda b, _: b.update(note="x")),
    "one more word about the signature": changed(lambda _, s: s.update(cert="x")),
    "no payload": changed(lambda b, _: b.pop("payload")),
    "a payload of null": changed(lambda b, _: b.update(payload=None)),
    "a payload of letters": changed(lambda b, _: b.update(payload="é")),
    "a payload not padded": changed(lambda b, _: b.update(payload="YQ")),
    "a payload with blanks": changed(lambda b, _: b.update(payload=" " + b["payload"])),
    "no signatures": changed(lambda b, _: b.pop("signatures")),
    "none of them": changed(lambda b, _: b.update(signatures=[])),
    "two of them": changed(lambda b, s: b.update(signatures=[s, s])),
    "signatures of text": changed(lambda b, _: b.update(signatures="x")),
    "a signature of a number": changed(lambda b, _: b.update(signatures=[5])),
    "signatures by name": changed(lambda b, s: b.update(signatures={"0": s})),
    "no key id": changed(lambda _, s: s.pop("keyid")),
    "a key id of a number": changed(lambda _, s: s.update(keyid=5)),
    "no sig": changed(lambda _, s: s.pop("sig")),
    "a sig for the web": changed(lambda _, s: s.update(sig=WEB)),
    "a sig spelled otherwise": changed(lambda _, s: s.update(sig=moved(s["sig"]))),
    "keys in another order": TURNED,
    "no line at the end": SIGNED.rstrip(),
    "a mark of byte order": b"\xef\xbb\xbf" + SIGNED,
    "a key twice": SIGNED.replace(b'"payload":', b'"payload": "YQ==",\n "payload":', 1),
    "nested without end": DEEP,
    "digits without end": b'{"payload": ' + b"1" * 5000 + b"}",
}  # fmt: skip


@pytest.mark.usefixtures("unsearched")
@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_envelope_is_corrupt(name: str) -> None:
    assert MALFORMED[name] != SIGNED
    with pytest.raises(CorruptError, match="it is not a signed envelope"):
        RING.opened(MALFORMED[name], "it")


@pytest.mark.parametrize("length", [0, 1, 63, 65, 128])
def test_a_signature_of_another_length_does_not_fit(length: int) -> None:
    short = b64encode(b"\x01" * length).decode()
    with pytest.raises(CorruptError, match="it: its signature does not fit"):
        RING.opened(changed(lambda _, s: s.update(sig=short)), "it")


STATEMENTS: dict[str, Any] = {
    "subjects are a number": {"subject": 5},
    "a subject is a number": {"subject": [5]},
    "a subject has no digest": {"subject": [{"name": "a"}]},
    "a digest is a list": {"subject": [{"name": "a", "digest": []}]},
    "a name is a list": {"subject": [{"name": ["a"], "digest": {"sha256": "b"}}]},
    "names of two kinds": {"subject": [{"name": n, "digest": {"sha256": "b"}} for n in (1, "1")]},
    "a subject twice": {"subject": [{"name": "a", "digest": {"sha256": "b"}}] * 2},
    "another digest beside": {"subject": [{"name": "a", "digest": {"sha256": "b", "md5": "c"}}]},
    "a predicate of a number": {"predicate": 5},
    "a predicate of pairs": {"predicate": [["n", 1]]},
    "another predicate": {"predicateType": "urn:karat:test:2"},
    "another statement": {"_type": "https://in-toto.io/Statement/v0.1"},
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_malformed_statement_is_corrupt(name: str) -> None:
    body = json.loads(PAYLOAD) | STATEMENTS[name]
    with pytest.raises(CorruptError, match=r"^it (cannot be read|is not a statement)"):
        read_statement(
            "test:1", json.dumps(body, sort_keys=True, separators=(",", ":")).encode(), "it"
        )


@pytest.mark.usefixtures("unsearched")
def test_text_nested_without_end_is_corrupt_wherever_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "witness.json"
    path.write_bytes(DEEP)
    for read in (
        lambda: read_statement("test:1", DEEP, "it"),
        lambda: Trust.decode(DEEP, "it"),
        FileWitness(path).seen,
    ):
        with pytest.raises(CorruptError, match="RecursionError"):
            read()


@pytest.mark.parametrize("tips", ['"abc"', "5", "null", '{"a": 1}', "true"])
def test_what_was_seen_is_a_list_and_nothing_else(tmp_path: Path, tips: str) -> None:
    path = tmp_path / "witness.json"
    path.write_text(f'{{"tips": {tips}}}')
    with pytest.raises(KaratError, match="remove it once you have looked"):
        FileWitness(path).seen()
    path.write_text('{"tips": ["a", "b"]}')
    assert FileWitness(path).seen() == {"a", "b"}
