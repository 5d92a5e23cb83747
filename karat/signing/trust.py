"""The trust root: whose signatures are believed, and whose no more. It lies outside the lake."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from karat.digest import bytes_digest
from karat.errors import CorruptError, InputError
from karat.signing.ed25519 import SIZE, key_id

FORMAT = 1


@dataclass(frozen=True)
class Trust:
    """Public keys by their ids, and why some of them are revoked.

    A revoked key stays known: what it signed is told apart from what a stranger signed.
    """

    keys: Mapping[str, bytes] = field(default_factory=dict)
    revoked: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """Return the name of all that is believed."""
        return bytes_digest(self.encode())

    @property
    def valid(self) -> list[str]:
        """Return the ids of the keys that are believed."""
        return [one for one in self.keys if one not in self.revoked]

    def with_key(self, public: bytes) -> Trust:
        """Return the trust root with one more key; one that was revoked stays so."""
        return replace(self, keys={**self.keys, key_id(public): public})

    def joined(self, other: Trust) -> Trust:
        """Return what two trust roots know together; a key that either revoked is revoked."""
        return Trust({**self.keys, **other.keys}, {**other.revoked, **self.revoked})

    def without(self, key: str, reason: str) -> Trust:
        """Return the trust root with the key that begins with `key` revoked.

        Raises InputError when none or several begin so, when it is revoked already, or without a
        reason.
        """
        found = [one for one in self.keys if key and one.startswith(key)]
        if len(found) != 1:
            have = ", ".join(one[:16] for one in self.keys) or "none"
            raise InputError(f"key {key!r}: {len(found)} keys begin so; have {have}")
        if found[0] in self.revoked:
            raise InputError(f"key {key!r} is revoked already: {self.revoked[found[0]]}")
        if not reason.strip():
            raise InputError("a key is revoked for a reason: say it")
        return replace(self, revoked={**self.revoked, found[0]: reason})

    def encode(self) -> bytes:
        """Return the trust root as JSON."""
        body = {
            "format": FORMAT,
            "keys": {name: b64encode(public).decode() for name, public in self.keys.items()},
            "revoked": dict(self.revoked),
        }
        return (json.dumps(body, indent=1, sort_keys=True) + "\n").encode()

    @classmethod
    def decode(cls, data: bytes, where: str) -> Trust:
        """Return the trust root; CorruptError naming `where` when the bytes are none."""
        try:
            body = json.loads(data)
            keys = {name: b64decode(key, validate=True) for name, key in body["keys"].items()}
            revoked = {str(name): str(why) for name, why in body["revoked"].items()}
            known = body["format"] == FORMAT and revoked.keys() <= keys.keys()
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise CorruptError(f"{where}: not a trust root: {error!r}: restore it") from error
        named = all(len(key) == SIZE and key_id(key) == name for name, key in keys.items())
        if not (known and named):
            raise CorruptError(f"{where}: its keys are not what their names say: restore it")
        return cls(keys, revoked)
