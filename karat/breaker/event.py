"""What befell a breaker: one signed record of the ledger each, numbered from 1, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from karat.digest import bytes_digest
from karat.errors import InputError
from karat.lake.layout import breaker_path
from karat.signing import read_record, statement

KIND = "breaker:1"
YEAR_10000_S = 253_402_300_800
"""The first second that has no date."""


class Kind(StrEnum):
    """What happened."""

    JUDGED = "judged"
    CLAIMED = "claimed"
    EQUAL = "equal"
    UNEQUAL = "unequal"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class Event:
    """One record of the breaker of a dataset's instrument.

    JUDGED: contents that `failed` for the first time, each with its partition and verdict, of
    which `limit` open the breaker; and partitions that `passed` with a content that speaks for
    closing it. CLAIMED: partitions that somebody `lets` through, with their contents. EQUAL and
    UNEQUAL: main was read again after the claim numbered `of`. RESET: by `who`, for a `reason`.
    """

    dataset: str
    instrument: str
    number: int
    kind: Kind
    made_s: int
    failed: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    passed: Mapping[str, str] = field(default_factory=dict)
    limit: int = 1
    lets: Mapping[str, str] = field(default_factory=dict)
    of: int = 0
    who: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        if self.kind is Kind.RESET and not (self.who.strip() and self.reason.strip()):
            raise InputError("a breaker is reset by someone and for a reason: say both")
        if not 0 <= self.made_s < YEAR_10000_S:
            raise InputError(f"made_s {self.made_s} is no moment from 1970 to the end of 9999")

    @property
    def path(self) -> str:
        """Return where it is recorded on the ledger."""
        return breaker_path(self.dataset, self.instrument, self.number)

    def encode(self) -> bytes:
        """Return the event as a statement on the record's own path, which has its number."""
        body = {one.name: getattr(self, one.name) for one in fields(self)}
        return statement(KIND, {self.path: bytes_digest(self.path.encode())}, body)

    @classmethod
    def decode(cls, data: bytes, what: str) -> Event:
        """Return the event; CorruptError naming `what` when the bytes are none."""

        def made(body: dict[str, Any]) -> Event:
            failed = {c: (partition, verdict) for c, (partition, verdict) in body["failed"].items()}
            return cls(**body | {"kind": Kind(body["kind"]), "failed": failed})

        return read_record(KIND, data, what, made)
