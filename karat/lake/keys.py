"""What a connection to a lake signs with and believes; made elsewhere, and only carried here."""

from __future__ import annotations

from collections.abc import Collection
from typing import NoReturn, Protocol

from karat.errors import UntrustedError


class Keys(Protocol):
    """Signs what is recorded in a lake's ledger, and tells what of it may be believed."""

    @property
    def version(self) -> str:
        """Return a name of what is believed now; another one when a key came or was revoked."""

    @property
    def key_id(self) -> str:
        """Return the first 16 hex digits of the signing key's id; UntrustedError without one."""

    def sign(self, payload: bytes) -> bytes:
        """Return a signed envelope; the same for the same bytes and key.

        `UntrustedError` when there is no key to sign with, or it is not believed.
        """

    def opened(self, envelope: bytes, what: str) -> tuple[bytes, str]:
        """Return the payload of an envelope, and why its key is revoked ("": it is believed).

        Errors name `what`: `CorruptError` for bytes that are no envelope or do not fit their
        signature, `UntrustedError` when a stranger signed, or nobody at all is trusted.
        """

    def revoked(self, key_id: str) -> str:
        """Return why a key, by its 64 digits, is revoked ("": it is believed); UntrustedError."""

    def seen(self) -> frozenset[str]:
        """Return the newest entries of the ledger when it was last looked at; none at first."""

    def saw(self, tips: frozenset[str], known: Collection[str]) -> None:
        """Remember the newest entries, unless more than is `known` has been seen meanwhile."""

    def kept(self, name: str = "shown", /) -> bytes | None:
        """Return what was last given to `keep`, or anything else: it must prove itself."""

    def keep(self, data: bytes, name: str = "shown", /) -> None:
        """Keep what was shown of the ledger, where that can be; what had that name goes."""


class NoKeys:
    """The keys of a lake that was opened without any: nothing is signed, nothing believed."""

    @property
    def version(self) -> str:
        """Refuse."""
        self._refuse()

    @property
    def key_id(self) -> str:
        """Refuse."""
        self._refuse()

    def sign(self, payload: bytes) -> bytes:  # noqa: ARG002 - as `Keys` has it
        """Refuse."""
        self._refuse()

    def opened(self, envelope: bytes, what: str) -> tuple[bytes, str]:  # noqa: ARG002
        """Refuse."""
        self._refuse()

    def revoked(self, key_id: str) -> str:  # noqa: ARG002
        """Refuse."""
        self._refuse()

    def seen(self) -> frozenset[str]:
        """Refuse."""
        self._refuse()

    def saw(self, tips: frozenset[str], known: Collection[str]) -> None:  # noqa: ARG002
        """Refuse."""
        self._refuse()

    def kept(self, name: str = "shown", /) -> bytes | None:  # noqa: ARG002
        """Refuse."""
        self._refuse()

    def keep(self, data: bytes, name: str = "shown", /) -> None:  # noqa: ARG002
        """Refuse."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise UntrustedError("this lake was opened without keys: open it with karat.open_lake")
