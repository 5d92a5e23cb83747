"""The keys that one connection to a lake signs with and believes."""

from __future__ import annotations

from collections.abc import Callable, Collection

from karat.errors import UntrustedError
from karat.signing.ed25519 import Signer, check_signature
from karat.signing.envelope import Envelope, to_be_signed
from karat.signing.trust import Trust
from karat.signing.witness import SHOWN, MemoryWitness, Witness

KEY_DIGITS = 16


class Keyring:
    """Signs, and tells what may be believed; see `karat.lake.Keys` for what each method promises.

    `trust` and `signer` are asked each time, so that a key revoked elsewhere counts at once.
    """

    def __init__(
        self, trust: Callable[[], Trust], signer: Callable[[], Signer], witness: Witness
    ) -> None:
        self._trust, self._signer, self._witness = trust, signer, witness

    @classmethod
    def in_memory(cls) -> Keyring:
        """Return a new key that believes itself and is gone with the process."""
        signer = Signer.new()
        trust = Trust().with_key(signer.public)
        return cls(lambda: trust, lambda: signer, MemoryWitness())

    def __repr__(self) -> str:
        """Return no key, nor where one lies."""
        return "Keyring()"

    @property
    def version(self) -> str:
        """Return the name of what is believed now."""
        return self._trust().digest

    @property
    def key_id(self) -> str:
        """Return the first digits of the signing key's id."""
        return self._signer().key_id[:KEY_DIGITS]

    def sign(self, payload: bytes) -> bytes:
        """Return a signed envelope; UntrustedError when there is no key, or it is not believed."""
        trust, signer = self._trust(), self._signer()
        if signer.key_id not in trust.valid:
            why = trust.revoked.get(signer.key_id)
            said = f"is revoked ({why})" if why else "is not in the trust root"
            raise UntrustedError(
                f"the signing key {signer.key_id[:KEY_DIGITS]} {said}: run karat keys new"
            )
        return Envelope(payload, signer.key_id, signer.sign(to_be_signed(payload))).encode()

    def opened(self, envelope: bytes, what: str) -> tuple[bytes, str]:
        """Return what was signed, and why its key is revoked ("" while it is believed)."""
        found, trust = Envelope.decode(envelope, what), self._trust()
        public = trust.keys.get(found.key_id)
        if public is None:
            raise UntrustedError(
                f"{what} is signed by key {found.key_id[:KEY_DIGITS]}, which is not trusted here: "
                "get its owner's public key and run karat keys trust FILE, if you know them"
            )
        check_signature(public, found.signature, to_be_signed(found.payload), what)
        return found.payload, trust.revoked.get(found.key_id, "")

    def revoked(self, key_id: str) -> str:
        """Return why a key is revoked ("": it is believed); UntrustedError for a stranger's."""
        trust = self._trust()
        if key_id not in trust.keys:
            raise UntrustedError(
                f"key {key_id[:KEY_DIGITS]} is not trusted here: get its owner's public key and "
                "run karat keys trust FILE, if you know them"
            )
        return trust.revoked.get(key_id, "")

    def seen(self) -> frozenset[str]:
        """Return the ledger's newest entries when it was last looked at."""
        return self._witness.seen()

    def saw(self, tips: frozenset[str], known: Collection[str]) -> None:
        """Remember the ledger's newest entries."""
        self._witness.saw(tips, known)

    def kept(self, name: str = SHOWN) -> bytes | None:
        """Return what was kept of the ledger as it was shown."""
        return self._witness.kept(name)

    def keep(self, data: bytes, name: str = SHOWN) -> None:
        """Keep what was shown of the ledger."""
        self._witness.keep(data, name)
