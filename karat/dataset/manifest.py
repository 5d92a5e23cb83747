"""A training manifest: which bytes, at which commit, and the verdict each of them stands under."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from karat.errors import CorruptError

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One partition: path and SHA-256 of its bytes, its content digest, its verdict's key."""

    partition: str
    path: str
    object: str
    content: str
    verdict: str
    size: int


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

    def same_data(self, other: Manifest) -> bool:
        """Return whether both stand for the same bytes, proved by the same."""
        return replace(self, version="", commit="") == replace(other, version="", commit="")

    def encode(self) -> bytes:
        """Return the manifest as JSON."""
        body = {"format": FORMAT} | asdict(self)
        return (json.dumps(body, indent=1, sort_keys=True) + "\n").encode()

    @classmethod
    def decode(cls, data: bytes, where: str) -> Manifest:
        """Return the manifest; CorruptError naming `where` when the bytes are none."""
        try:
            body = json.loads(data)
            if dict(body)["format"] != FORMAT:
                raise CorruptError(f"{where}: a manifest of another format than {FORMAT}")
            del body["format"]
            return cls(**{**body, "entries": tuple(Entry(**entry) for entry in body["entries"])})
        except (ValueError, KeyError, TypeError) as error:
            raise CorruptError(f"{where}: not a training manifest: {error}") from error
