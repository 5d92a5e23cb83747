"""What was measured of partitions, found again by the bytes it was measured of.

As verdicts are remembered (`karat.flow.remembered`), but under the contract's shape instead of the
contract: whoever changes a threshold, a tolerance or a role only decides again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from karat.digest import bytes_digest, digest, framed, joined_digest
from karat.flow.at_once import AtOnce, told
from karat.flow.judged import Judged
from karat.flow.remembered import Memory
from karat.flow.standing import MANY, Parts, Standing
from karat.flow.ways import way_of
from karat.lake.layout import Partition, measured_path
from karat.store.understood import understood
from karat.verdicts import Ledger
from karat.verdicts.measurement import Measurement, encoded


@dataclass(frozen=True)
class Measurements:
    """What the store remembers of measuring the same files in the same way."""

    memory: Memory
    _seen: dict[str, AtOnce | None] = field(default_factory=dict, compare=False)

    def recall(self, partitions: Collection[Partition]) -> dict[Partition, Measurement]:
        """Return what is known of `partitions`, in their order."""
        parts, store = self.memory.parts(partitions), self.memory.trial.store
        standing = Standing(store, self._way)
        together = standing.said(parts)
        left = {one: of for one, of in parts.items() if one not in together}
        alone = standing.alone(left, self._name, _plain)
        standing.keep(parts, alone)
        found: dict[Partition, Sequence[Any]] = together | alone
        return {one: Measurement.of_plain(found[one]) for one in parts if one in found}

    def keep(self, judged: Iterable[Judged]) -> None:
        """Remember what was measured of partitions, where anything was."""
        made = {one.partition: one.measured.plain() for one in judged if one.measured}
        if not made:
            return
        parts, store = self.memory.parts(made), self.memory.trial.store
        store.put_many(
            {self._name(one, of): json.dumps(made[one]).encode() for one, of in parts.items()}
        )
        Standing(store, self._way).keep(parts, {one: made[one] for one in parts})

    def at_once(self, partitions: Collection[Partition]) -> AtOnce | None:
        """Return what decides about just these partitions, as the ledger holds it; None for few."""
        parts = self.memory.parts(partitions)
        if len(parts) < max(len(partitions), MANY):
            return None
        found = self._kept(self._evidence(parts))
        return found if found and found.whole and self._recorded(found.evidence) else None

    def evidence(
        self,
        partitions: Collection[Partition],
        measured: Callable[[Partition], Measurement],
        refined: Collection[Partition],
    ) -> tuple[str, bytes | None]:
        """Return the digest of measurements as one text, and the text.

        None for a text that the ledger holds: writing it again would take as long as deciding. It
        must tell the exact distances of those that are `refined`, by which they were decided.
        """
        trial, parts = self.memory.trial, self.memory.parts(partitions)
        name, known = self._evidence(parts), None
        if (found := self._kept(name)) is not None:
            exact = set(found.refined)
            asked = {one: place for place, one in enumerate(parts)} if refined else {}
            known = found if exact.issuperset(asked.get(one, -1) for one in refined) else None
        if known and self._recorded(known.evidence):
            return known.evidence, None
        every = {one: measured(one) for one in partitions}
        text = encoded(trial.contract.dataset, {str(one): found for one, found in every.items()})
        made = bytes_digest(text)
        trial.store.put(name, AtOnce.of(made, [*every.values()]).encode())
        return made, text

    def _evidence(self, parts: Mapping[Partition, Parts]) -> str:
        return digest("evidence/5", self._way, told(parts.items()))

    def _kept(self, name: str) -> AtOnce | None:
        if name not in self._seen:
            found = understood(self.memory.trial.store, [name], AtOnce.decode)
            self._seen[name] = found.get(name)
        return self._seen[name]

    def _recorded(self, evidence: str) -> bool:
        trial = self.memory.trial
        return Ledger(trial.lake).holds(measured_path(trial.contract.dataset, evidence))

    @cached_property
    def _way(self) -> str:
        way = way_of(self.memory.trial.contract, self.memory.trial.golden)
        return joined_digest("measuring/2", framed(way.shape), self.memory.versions)

    def _name(self, one: Partition, of: Parts) -> str:
        return digest("measured/1", self._way, str(one), *of)


def _plain(data: bytes) -> list[Any]:
    """Return a measurement as plain values; ValueError or TypeError for what is none."""
    return Measurement.of_plain(json.loads(data)).plain()
