"""A training manifest: which bytes, at which commit, and the verdict each of them stands under."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from karat.errors import CorruptError
from karat.signing import read_statement, statement

FORMAT = 1
KIND = "training-manifest:1"


@dataclass(frozen=True, slots=True)
class Entry:
    """One partition: path and SHA-256 of its bytes, its content digest, its verdict's key.

    `waiver` is the digest of the waiver that admitted it, "" for a PASS.
    """

    partition: str
    path: str
    object: str
    content: str
    verdict: str
    size: int
    waiver: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A training dataset called `name`: partitions of `dataset` as `commit` holds them.

    `contract` and `golden` are the digests of what the partitions were proved under ("" for no
    golden manifest).
    """

    name: str
    version: str
    dataset: str
    contract: str
    golden: str
    commit: str
    entries: tuple[Entry, ...]

    @property
    def waived(self) -> dict[str, str]:
        """Return the partitions that a waiver admitted, and its digest."""
        return {entry.partition: entry.waiver for entry in self.entries if entry.waiver}

    def same_data(self, other: Manifest) -> bool:
        """Return whether both stand for the same bytes, proved by the same."""
        return replace(self, version="", commit="") == replace(other, version="", commit="")

    def encode(self) -> bytes:
        """Return the manifest as a statement on the files it names; equal ones have equal bytes."""
        subjects = {entry.path: entry.object for entry in self.entries}
        return statement(KIND, subjects, {"format": FORMAT} | asdict(self))

    @classmethod
    def decode(cls, data: bytes, where: str) -> Manifest:
        """Return the manifest; CorruptError naming `where` when the bytes are none."""
        _, body = read_statement(KIND, data, f"{where}: the manifest")
        try:
            if body.pop("format") != FORMAT:
                raise CorruptError(f"{where}: a manifest of another format than {FORMAT}")
            found = cls(**{**body, "entries": tuple(Entry(**entry) for entry in body["entries"])})
        except (ValueError, KeyError, TypeError) as error:
            raise CorruptError(f"{where}: not a training manifest: {error}") from error
        if found.encode() != data:
            raise CorruptError(f"{where}: its subjects are not the files it names")
        return found
