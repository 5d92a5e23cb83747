"""A build: which content one raw capture and one opening book gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from karat.errors import CorruptError
from karat.messages.rebuilding import build_digest
from karat.verdicts.record_text import sealed_text, unsealed

DOMAIN = "build-body/1"


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

    def encode(self) -> bytes:
        """Return the record as sealed JSON."""
        return sealed_text(DOMAIN, asdict(self))

    @classmethod
    def decode(cls, data: bytes, name: str) -> Build:
        """Return the build called `name`; CorruptError when the bytes are none, or another."""
        what = f"build {name[:12]}"
        body = unsealed(DOMAIN, data, what)
        try:
            build = cls(**{**body, "places": tuple(body["places"])})
        except (KeyError, TypeError) as error:
            raise CorruptError(f"{what} cannot be read: {error}") from error
        if build.input != name:
            raise CorruptError(f"{what} records another")
        return build
