"""Keys as files of one machine: a private key only its owner reads, and the trust root."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from karat.digest import digest
from karat.errors import UnavailableError, UntrustedError
from karat.signing.ed25519 import Signer, public_from_pem
from karat.signing.keyring import Keyring
from karat.signing.trust import Trust
from karat.signing.witness import FileWitness
from karat.signing.writing import locked, replace_file

SIGNING_KEY = "signing_key.pem"
TRUST = "trust.json"
PRIVATE = 0o600
PUBLIC = 0o644
NEXT = "run karat keys new, or set KARAT_TRUST to the trust root of whoever signs here"


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """Where the private key and the trust root are; neither may lie inside a lake."""

    signing_key: Path
    trust_root: Path

    @classmethod
    def below(cls, home: Path) -> KeyFiles:
        """Return where they lie by default."""
        return cls(home / SIGNING_KEY, home / TRUST)

    @property
    def exist(self) -> bool:
        """Return whether there is a key, or a trust root, or both."""
        return self.signing_key.exists() or self.trust_root.exists()

    def keyring(self, lake: str) -> Keyring:
        """Return the keys for the lake at this URL; the files are read when they are needed."""
        return Keyring(self.trust, self.signer, self._witness(lake))

    def forget(self, lake: str) -> None:
        """Forget what was seen of the ledger of the lake at this URL, as when it was put back."""
        with self._writing():
            self._witness(lake).forget()

    def _witness(self, lake: str) -> FileWitness:
        folder = self.trust_root.parent / "witness"
        return FileWitness(folder / f"{digest('witness/1', lake)}.json")

    def trust(self) -> Trust:
        """Return the trust root; UntrustedError when it is missing or trusts nobody."""
        trust = self.known()
        if not trust.valid:
            raise UntrustedError(f"nobody is trusted: {self.trust_root} names no valid key: {NEXT}")
        return trust

    def signer(self) -> Signer:
        """Return the private key; UntrustedError when there is none, InputError if it is broken."""
        try:
            return _signer(self.signing_key, _stamp(self.signing_key))
        except FileNotFoundError as error:
            raise UntrustedError(
                f"there is no signing key at {self.signing_key}, so nothing can be recorded here: "
                "run karat keys new, or set KARAT_SIGNING_KEY"
            ) from error
        except OSError as error:
            raise UnavailableError(
                f"{self.signing_key} cannot be read: {error.strerror}"
            ) from error

    def set_up(self) -> None:
        """Make a key that is trusted, where there is neither key nor trust root."""
        with self._writing():
            if not self.exist:
                self._install(Signer.new(), Trust())

    def rotate(self) -> Signer:
        """Return a new key that signs from now on; what the old one signed stays believed."""
        with self._writing():
            signer = Signer.new()
            self._install(signer, self.known(missing=Trust()))
        return signer

    def revoke(self, key: str, reason: str) -> Trust:
        """Believe nothing more that the key which begins with `key` signed; InputError."""
        with self._writing():
            return self._write(self.known().without(key, reason))

    def add(self, data: bytes, where: str) -> Trust:
        """Trust the keys of another's trust root, or a public key as PEM; InputError."""
        if data.lstrip().startswith(b"{"):
            other = Trust.decode(data, where)
        else:
            other = Trust().with_key(public_from_pem(data, where))
        with self._writing():
            return self._write(self.known(missing=Trust()).joined(other))

    def known(self, missing: Trust | None = None) -> Trust:
        """Return the trust root even if it trusts nobody; `missing` or UntrustedError for none."""
        try:
            return _trust(self.trust_root, _stamp(self.trust_root))
        except FileNotFoundError as error:
            if missing is not None:
                return missing
            raise UntrustedError(f"there is no trust root at {self.trust_root}: {NEXT}") from error
        except OSError as error:
            raise UnavailableError(f"{self.trust_root} cannot be read: {error.strerror}") from error

    def _install(self, signer: Signer, known: Trust) -> None:
        """Write trust first: a key that nobody trusts would sign what nobody believes."""
        self._write(known.with_key(signer.public))
        self.signing_key.parent.mkdir(parents=True, exist_ok=True)
        replace_file(self.signing_key, signer.pem(), mode=PRIVATE)

    def _write(self, trust: Trust) -> Trust:
        replace_file(self.trust_root, trust.encode(), mode=PUBLIC)
        return trust

    @contextmanager
    def _writing(self) -> Iterator[None]:
        folder = self.trust_root.parent
        try:
            with locked(folder):
                yield
        except OSError as error:
            raise UnavailableError(
                f"keys cannot be written at {error.filename or folder}: {error.strerror}; mend "
                "permissions, or choose another --home"
            ) from error


def _stamp(path: Path) -> tuple[int, ...]:
    """Return what changes whenever a file is replaced."""
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


@lru_cache(maxsize=8)
def _trust(path: Path, stamp: tuple[int, ...]) -> Trust:  # noqa: ARG001 - another stamp, another file
    return Trust.decode(path.read_bytes(), str(path))


@lru_cache(maxsize=8)
def _signer(path: Path, stamp: tuple[int, ...]) -> Signer:  # noqa: ARG001 - as above
    return Signer.from_pem(path.read_bytes(), str(path))
