"""Keys: ed25519 (RFC 8032) by the `cryptography` package, which is imported when first used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from karat.digest import bytes_digest
from karat.errors import CorruptError, InputError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SIZE = 32


class Signer:
    """A private key: it signs, and shows nothing but its public half."""

    __slots__ = ("_key", "key_id", "public")

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = key.public_key().public_bytes_raw()
        self.key_id = key_id(self.public)

    def __repr__(self) -> str:
        """Return the key's name; never the key."""
        return f"Signer({self.key_id[:16]})"

    def sign(self, data: bytes) -> bytes:
        """Return the 64 bytes of the signature; the same for the same bytes, always."""
        return self._key.sign(data)

    @classmethod
    def new(cls) -> Signer:
        """Return a key that nobody has."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_pem(cls, text: bytes, where: str) -> Signer:
        """Return the key in a PEM; InputError naming `where`, without showing what it holds."""
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            key = load_pem_private_key(text, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            # The cause is left out on purpose: nothing of the file may come into a log.
            raise InputError(f"{where}: not an ed25519 private key as PEM: run karat keys new")
        return cls(key)

    def pem(self) -> bytes:
        """Return the private key as PEM (PKCS 8): for a file that only its owner reads."""
        from cryptography.hazmat.primitives import serialization as form

        plain = form.NoEncryption()
        return self._key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, plain)


def key_id(public: bytes) -> str:
    """Return the name of a key: the SHA-256 of its 32 public bytes."""
    return bytes_digest(public)


def public_from_pem(text: bytes, where: str) -> bytes:
    """Return the 32 bytes of a public key's PEM; InputError naming `where`."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    if b"PRIVATE KEY" in text:
        raise InputError(f"{where}: this is a private key: keep it, and give its public half")
    try:
        key = load_pem_public_key(text)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InputError(f"{where}: neither a trust root nor a public key as PEM") from error
    if not isinstance(key, Ed25519PublicKey):
        raise InputError(f"{where}: not an ed25519 key")
    return key.public_bytes_raw()


def check_signature(public: bytes, signature: bytes, data: bytes, what: str) -> None:
    """Raise CorruptError naming `what` unless the owner of `public` signed `data`."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except InvalidSignature as error:
        raise CorruptError(f"{what}: its signature does not fit: it was edited") from error
