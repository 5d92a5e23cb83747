"""What every statistic can do: make states of rows, merge them, write and read them."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

S = TypeVar("S")


class Statistic(Protocol[S]):
    """How to make and merge states of one kind: a frozen value, as its states `S` are.

    `merge` is associative, `empty()` changes nothing it is merged with, and rows cut anywhere
    into slices and merged in order give the state of all rows. An unordered statistic also does
    not care about the order of rows. One that can take rows out again has
    ``subtract(whole, part)`` with ``subtract(merge(a, b), b) == a``. Equal states have equal bytes.
    """

    @property
    def name(self) -> str:
        """Name of the kind of statistic, for ever the same."""

    @property
    def version(self) -> int:
        """Number that rises when the same rows would give another state."""

    @property
    def ordered(self) -> bool:
        """Whether the order of rows matters."""

    def key(self) -> str:
        """Return the digest of name, version and every parameter."""

    def empty(self) -> S:
        """Return the state of no rows."""

    def observe(self, *columns: Any, **options: Any) -> S:
        """Return the state of these rows: numpy or pyarrow columns of one length."""

    def merge(self, a: S, b: S) -> S:
        """Return the state of the rows of `a` followed by those of `b`."""

    def encode(self, state: S) -> bytes:
        """Return the bytes of a state."""

    def decode(self, data: bytes) -> S:
        """Return the state of these bytes; `CorruptError` when they are none."""
