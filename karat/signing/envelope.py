"""DSSE: what is said, and signatures over it and its type; nothing is parsed before it is checked.

https://github.com/secure-systems-lab/dsse/blob/master/envelope.md
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from functools import partial
from typing import NamedTuple

from karat.errors import CorruptError

TYPE = "application/vnd.in-toto+json"
GROUP = 3
"""Bytes that base64 spells together, by four letters."""
_OPENING = b'{\n "payload": "'
_CLOSING = (
    b'",\n "payloadType": "' + TYPE.encode() + b'",\n "signatures": [\n  {\n'
    b'   "keyid": %s,\n   "sig": "%s"\n  }\n ]\n}\n'
)
"""What stands around a payload, which may be large: it is copied once."""


class Envelope(NamedTuple):
    """One signed payload: the bytes, who signed, and the signature over `to_be_signed`."""

    payload: bytes
    key_id: str
    signature: bytes

    def encode(self) -> bytes:
        """Return the envelope as JSON, one spelling for each: keys sorted, one space a step."""
        signed = json.dumps(self.key_id).encode(), b64encode(self.signature)
        return b"".join((_OPENING, b64encode(self.payload), _CLOSING % signed))

    @classmethod
    def decode(cls, data: bytes, what: str) -> Envelope:
        """Return the envelope; CorruptError naming `what` unless `encode` would give `data`."""
        try:
            body = json.loads(data)
            (signed,) = body["signatures"]
            payload, signature = (
                b64decode(text, validate=True) for text in (body["payload"], signed["sig"])
            )
            found = cls(payload, str(signed["keyid"]), signature)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise CorruptError(f"{what} is not a signed envelope: {error!r}") from error
        if found.encode() != data:
            raise CorruptError(f"{what} is not a signed envelope as karat writes it: it was edited")
        return found


def may_hold(data: bytes, text: bytes) -> bool:
    """Return False where an envelope's payload has no such `text` in it, whoever signed it.

    Nothing is decoded: where a text begins in a payload, at one of three places of a group of
    base64, says how it is spelled, but for the groups at its ends. True for bytes that are not
    spelled as `Envelope.encode` does.

    >>> signed = Envelope(b"to whom it may concern", "key", b"").encode()
    >>> may_hold(signed, b"it may"), may_hold(signed, b"it must")
    (True, False)
    """
    if not data.startswith(_OPENING):
        return True
    return any(spelling in data for spelling in map(partial(_spelled, text), range(GROUP)))


def _spelled(text: bytes, before: int) -> bytes:
    """Return those groups of base64 that are of `text` alone, with so many bytes before it."""
    shifted = bytes(before) + text
    first = 4 if before else 0
    return b64encode(shifted)[first : len(shifted) // GROUP * 4]


def to_be_signed(payload: bytes) -> bytes:
    """Return DSSE's pre-authentication encoding: type and payload, each with its length.

    >>> to_be_signed(b"hello")
    b'DSSEv1 28 application/vnd.in-toto+json 5 hello'
    """
    return b"DSSEv1 %d %s %d %s" % (len(TYPE), TYPE.encode(), len(payload), payload)
