"""Records that say one thing each: read back, and only as they would be written again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from karat.errors import CorruptError
from karat.signing.in_toto import read_statement


class Record(Protocol):
    """What is recorded as a statement."""

    def encode(self) -> bytes:
        """Return the statement."""
        ...


R = TypeVar("R", bound=Record)


def read_record(kind: str, data: bytes, what: str, made: Callable[[dict[str, Any]], R]) -> R:
    """Return what is `made` of a statement's predicate; an inverse of its `encode`.

    Raises CorruptError naming `what` when the bytes are no such statement, when nothing can be
    made of them, and when that would be written otherwise: of another subject, say.
    """
    _, body = read_statement(kind, data, what)
    try:
        found = made(body)
        same = found.encode() == data
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CorruptError(f"{what} is no {kind.partition(':')[0]}: {error}") from error
    if not same:
        raise CorruptError(f"{what} is not what its subject says")
    return found
