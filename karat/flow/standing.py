"""What is remembered of many partitions, kept together as one entry of the store as well.

Looking up a thousand names one by one takes longer than reading what all of them say at once. What
each was judged from is compared part by part, so nothing is named that did not change.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from karat.digest import digest
from karat.lake.layout import Partition
from karat.store import Store

MANY = 32
"""So many are worth to be kept together; so many new ones, and they are kept together anew."""

SOME = 16
"""So many of many names are looked up first."""

Parts = tuple[str, ...]
"""The digests of the files that a partition was judged from, "" for one that is not there."""
Name = Callable[[Partition, Parts], str]


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
        return digest("standing/1", self.way)

    @cached_property
    def _known(self) -> dict[str, list[Any]]:
        data = self.store.get(self._slot)
        return {} if data is None else json.loads(data)

    def recall(self, parts: Mapping[Partition, Parts]) -> dict[Partition, Told]:
        """Return what is remembered of partitions that were judged from the same `parts`.

        Nothing for a few, which are looked up by their names.
        """
        return {one: Told(*said) for one, said in self.said(parts).items()}

    def said(self, parts: Mapping[Partition, Parts]) -> dict[Partition, list[Any]]:
        """Return it as plain values."""
        found = {}
        for one, asked in parts.items() if len(parts) >= MANY else ():
            known = self._known.get(str(one))
            if known and known[0] == [*asked]:
                found[one] = known[1]
        return found

    def alone(self, parts: Mapping[Partition, Parts], name: Name) -> dict[Partition, bytes]:
        """Return what the store has of each of `parts` under its own name.

        Of many, none where none of some is there: hardly any was judged by itself in this way.
        """
        asked = list(parts)
        some = asked[:: len(asked) // SOME] if len(asked) >= MANY else []
        if some and not self._under_names(some, parts, name):
            return {}
        return self._under_names(asked, parts, name)

    def _under_names(
        self, asked: Sequence[Partition], parts: Mapping[Partition, Parts], name: Name
    ) -> dict[Partition, bytes]:
        names = {one: name(one, parts[one]) for one in asked}
        held = self.store.get_many(list(names.values()))
        return {one: held[known] for one, known in names.items() if known in held}

    def keep(
        self, parts: Mapping[Partition, Parts], told: Mapping[Partition, Sequence[Any]]
    ) -> None:
        """Remember `told` beside what is known already; a few are not worth it."""
        if len(told) >= MANY:
            new = {str(one): [parts[one], said] for one, said in told.items()}
            self.store.put(self._slot, json.dumps(self._known | new).encode())
