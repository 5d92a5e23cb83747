"""What a run finds when it looks at its partitions, and when it looks once more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import dagster as dg

from karat.assets.addresses import commit_at
from karat.assets.chain import newest_with_chain
from karat.assets.dataset import Dataset
from karat.assets.findings import about_partition, about_root, not_rebuilt
from karat.assets.overload import budget_now, note
from karat.assets.pictures import of_failure
from karat.assets.telling import told
from karat.flow import validate
from karat.flow.validation import Validation
from karat.lake.layout import MAIN, Partition
from karat.resources import Connection, LakeResource
from karat.resources.dagster_private import Result
from karat.verdicts.lineage import raw_partitions
from karat.watch.ledgered import unjudged

Held = Mapping[str, Sequence[Partition]]
Place = tuple[str, str, Mapping[str, tuple[str, tuple[Partition, ...]]]]
"""All that verdicts follow from: a contract, main, and what lies on which commit."""


@dataclass(frozen=True)
class Look:
    """Verdicts by branch, days with nothing to judge, and by what they were found."""

    on: Connection
    proofs: Sequence[Validation]
    absent: Sequence[Partition]
    place: Place

    @cached_property
    def verdicts(self) -> dict[Partition, str]:
        """Return the verdict's name of each partition; "" of one that is not rebuilt."""
        found = {
            day: verdict.key for proof in self.proofs for day, verdict in proof.verdicts.items()
        }
        return found | dict.fromkeys(self.absent, "")

    def root(self) -> Result:
        """Return what all of them are together."""
        return about_root(self.on, self.proofs, self.absent)

    def results(self, family: str) -> list[Result]:
        """Return what one family found: the worst last, and of equals the first day.

        Dagster shows the last one for them all, and later days often fail for what an earlier left.
        """
        found = {day: self.result(family, day) for day in self.verdicts}
        return [
            found[day] for day in sorted(found, key=lambda d: (-found[d].rank, d), reverse=True)
        ]

    def result(self, family: str, day: Partition) -> Result:
        """Return what one family found of one partition."""
        for proof in self.proofs:
            if day in proof.verdicts:
                beside = _beside(self.on, family, proof, day)
                return about_partition(self.on.contract, family, proof, day, beside)
        return not_rebuilt(day)


@dataclass(frozen=True)
class Looking:
    """What a run looks at: `days`, or everything, and what hangs on them."""

    context: dg.AssetCheckExecutionContext
    dataset: Dataset
    lake: LakeResource
    days: Sequence[Partition] | None

    def first(self) -> Look:
        """Judge the newest bytes of all of them, where they lie.

        While too many runs wait, for no more than the contract's budget: that passes nothing.
        """
        on, context = self.dataset.connect(self.lake), self.context
        held, place = self._where(on)
        found = self._look(on, held, held, place)
        note(context.instance, context.run.run_id, on.contract, found.proofs)
        return found

    def again(self, before: Look) -> Look:
        """Return what stands now, `before` itself where nothing moved. It judges nothing new.

        What nobody has judged yet is left out: who does will tell of it.
        """
        on = self.dataset.connect(self.lake)
        held, place = self._where(on)
        if place == before.place:
            return before
        days = [day for found in held.values() for day in found]
        open_ = set(unjudged(on.lake, on.contract, days, store=on.store))
        known = {ref: [day for day in found if day not in open_] for ref, found in held.items()}
        judged = {ref: found for ref, found in known.items() if found}
        return self._look(on, held, judged, place)

    def _where(self, on: Connection) -> tuple[Held, Place]:
        """Return by branch what lies there; main is read first, so that none is newer."""
        head, held = on.lake.head(MAIN), newest_with_chain(on, self.days)
        there = {ref: (on.lake.resolve(ref), tuple(days)) for ref, days in held.items()}
        return held, (on.contract.digest, head, there)

    def _look(self, on: Connection, held: Held, judged: Held, place: Place) -> Look:
        budget, tell = budget_now(self.context.instance, on.contract), told(self.context.log)
        proofs = [
            validate(on.lake, on.contract, ref, found, store=on.store, progress=tell, budget=budget)
            for ref, found in judged.items()
        ]
        return Look(on, proofs, _absent(on, self.days, held), place)


def _absent(on: Connection, days: Sequence[Partition] | None, held: Held) -> list[Partition]:
    """Return which of `days`, or of all raw captures, have nothing to judge."""
    there = {day for found in held.values() for day in found}
    head, source = on.lake.head(MAIN), on.contract.source
    wanted = raw_partitions(on.lake, head, source=source) if days is None else days
    return [day for day in wanted if day not in there]


def _beside(on: Connection, family: str, proof: Validation, day: Partition) -> Mapping[str, Any]:
    """Return what is shown beside the findings of a family: where they lie, and a picture."""
    commit = {"commit": commit_at(on.url, proof.commit)}
    return commit | dict(of_failure(on, family, proof, day))
