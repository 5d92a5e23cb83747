"""A build: which content one raw capture and one opening book gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from karat.errors import CorruptError
from karat.messages.rebuilding import build_digest
from karat.signing import read_statement, statement

KIND = "build:1"


@dataclass(frozen=True, slots=True)
class Build:
    """What a rebuild read, by digest, and what it gave.

    `opening` is a carry's digest, `reset` where a snapshot opened the book, or `none` where there
    was no book before. `counts` and `places` tell what was met on the way, `places` the first
    1,000 anomalies by row and update id.
    """

    raw: str
    opening: str
    instrument: str
    rebuild_version: int
    content: str
    rows: int
    closing: str
    counts: Mapping[str, int] = field(default_factory=dict)
    places: tuple[Mapping[str, Any], ...] = ()

    @property
    def input(self) -> str:
        """Return the build's name: the digest of all that it read."""
        return build_digest(self.raw, self.opening, self.instrument, self.rebuild_version)

    def encode(self, partition: str) -> bytes:
        """Return the record as a statement on the content of ``<dataset>/<partition>``."""
        return statement(KIND, {partition: self.content}, asdict(self))

    @classmethod
    def decode(cls, data: bytes, name: str, partition: str) -> Build:
        """Return the build of `partition` called `name`; CorruptError for none, or another."""
        what = f"build {name[:12]}"
        _, body = read_statement(KIND, data, what)
        try:
            build = cls(**{**body, "places": tuple(body["places"])})
        except (KeyError, TypeError) as error:
            raise CorruptError(f"{what} cannot be read: {error}") from error
        if build.input != name or build.encode(partition) != data:
            raise CorruptError(f"{what} records another")
        return build
