"""What is remembered of many partitions, kept together as one entry of the store as well.

Looking up a thousand names one by one takes longer than reading what all of them say at once. What
each was judged from is compared part by part, so nothing is named that did not change.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from karat.digest import digest
from karat.flow.columns_of_rows import columns_of, rows_of
from karat.lake.layout import Partition
from karat.store import Store
from karat.store.understood import understood

MANY = 32
"""So many are worth to be kept together; so many new ones, and they are kept together anew."""

SOME = 16
"""So many of many names are looked up first."""

Parts = tuple[str, ...]
"""The digests of the files that a partition was judged from, "" for one that is not there."""
Name = Callable[[Partition, Parts], str]
T = TypeVar("T")


class Told(NamedTuple):
    """What is remembered of a partition: rows and digest of its content, outcome and verdict.

    `at` is where the ledger has the verdict, "" for a record of its own.
    """

    rows: int
    content: str
    outcome: str
    key: str
    at: str = ""


@dataclass(frozen=True)
class Standing:
    """What is remembered of partitions that were judged in the same `way`."""

    store: Store
    way: str

    @property
    def _slot(self) -> str:
        return digest("standing/2", self.way)

    @cached_property
    def _known(self) -> dict[str, tuple[Parts, Sequence[Any]]]:
        return understood(self.store, [self._slot], _plain).get(self._slot, {})

    def recall(self, parts: Mapping[Partition, Parts]) -> dict[Partition, Told]:
        """Return what is remembered of partitions that were judged from the same `parts`.

        Nothing for a few, which are looked up by their names.
        """
        return {one: Told(*said) for one, said in self.said(parts).items()}

    def said(self, parts: Mapping[Partition, Parts]) -> dict[Partition, Sequence[Any]]:
        """Return it as plain values."""
        found: dict[Partition, Sequence[Any]] = {}
        for one, asked in parts.items() if len(parts) >= MANY else ():
            known = self._known.get(str(one))
            if known and known[0] == asked:
                found[one] = known[1]
        return found

    def alone(
        self, parts: Mapping[Partition, Parts], name: Name, decode: Callable[[bytes], T]
    ) -> dict[Partition, T]:
        """Return what `decode` makes of what the store has of `parts`, each under its own name.

        Of many, none where none of some is there: hardly any was judged by itself in this way.
        """
        asked = list(parts)
        some = asked[:: max(1, len(asked) // SOME)] if len(asked) >= MANY else []
        if some and not self.store.get_many([name(one, parts[one]) for one in some]):
            return {}
        names = {one: name(one, parts[one]) for one in asked}
        held = understood(self.store, list(names.values()), decode)
        return {one: held[known] for one, known in names.items() if known in held}

    def keep(
        self, parts: Mapping[Partition, Parts], told: Mapping[Partition, Sequence[Any]]
    ) -> None:
        """Remember `told` beside what is known already; a few are not worth it."""
        if len(told) >= MANY:
            new = {str(one): (parts[one], said) for one, said in told.items()}
            lengths = _lengths(next(iter(new.values())))
            old = {one: said for one, said in self._known.items() if _lengths(said) == lengths}
            self.store.put(self._slot, _encoded(old | new))


def _lengths(one: tuple[Parts, Sequence[Any]]) -> tuple[int, int]:
    return len(one[0]), len(one[1])


def _encoded(every: Mapping[str, tuple[Parts, Sequence[Any]]]) -> bytes:
    parts, said = zip(*every.values(), strict=True)
    rows = [*every], columns_of(parts), columns_of(said)
    return json.dumps(rows, separators=(",", ":")).encode()


def _plain(data: bytes) -> dict[str, tuple[Parts, Sequence[Any]]]:
    """Return the parts and the values of each partition; ValueError for anything else."""
    names, parts, said = json.loads(data)
    return dict(zip(names, zip(rows_of(parts), rows_of(said), strict=True), strict=True))
