"""What was measured of partitions, found again by the bytes it was measured of.

As verdicts are remembered (`karat.flow.remembered`), but under the contract's shape instead of the
contract: whoever changes a threshold, a tolerance or a role only decides again.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from karat.contracts.shape import shape
from karat.digest import bytes_digest, digest
from karat.flow.judged import Judged
from karat.flow.remembered import Memory
from karat.flow.standing import Parts, Standing
from karat.lake.layout import Partition, measured_path
from karat.store.understood import understood
from karat.verdicts import Ledger
from karat.verdicts.measurement import Measurement, encoded


@dataclass(frozen=True)
class Measurements:
    """What the store remembers of measuring the same files in the same way."""

    memory: Memory

    def recall(self, partitions: Collection[Partition]) -> dict[Partition, Measurement]:
        """Return what is known of `partitions`, in their order."""
        parts, store = self.memory.parts(partitions), self.memory.trial.store
        standing = Standing(store, self._way)
        together = standing.said(parts)
        left = {one: of for one, of in parts.items() if one not in together}
        alone = standing.alone(left, self._name, _plain)
        standing.keep(parts, alone)
        found: dict[Partition, list[Any]] = together | alone
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

    def evidence(self, measured: Mapping[Partition, Measurement]) -> tuple[str, bytes | None]:
        """Return the digest of these measurements as one text, and the text.

        None for a text that the ledger holds: writing it again would take as long as deciding.
        """
        trial, parts = self.memory.trial, self.memory.parts(measured)
        dataset, ledger = trial.contract.dataset, Ledger(trial.lake)
        told = "\n".join(" ".join((str(one), *of)) for one, of in parts.items())
        name = digest("evidence/1", self._way, told)
        known = understood(trial.store, [name], bytes.decode).get(name)
        if known and ledger.holds(measured_path(dataset, known)):
            return known, None
        text = encoded(dataset, {str(one): found for one, found in measured.items()})
        made = bytes_digest(text)
        trial.store.put(name, made.encode())
        return made, text

    @cached_property
    def _way(self) -> str:
        return digest("measuring/2", shape(self.memory.trial.contract), *self.memory.versions)

    def _name(self, one: Partition, of: Parts) -> str:
        return digest("measured/1", self._way, str(one), *of)


def _plain(data: bytes) -> list[Any]:
    """Return a measurement as plain values; ValueError or TypeError for what is none."""
    return Measurement.of_plain(json.loads(data)).plain()
