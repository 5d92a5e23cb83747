"""What a run finds when it looks at its partitions, and when it looks once more."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import dagster as dg

from karat.assets.addresses import commit_at
from karat.assets.chain import newest_with_chain
from karat.assets.dataset import Dataset
from karat.assets.findings import about_partition, about_root, not_rebuilt
from karat.assets.overload import budget_now, judged_at, note
from karat.assets.pictures import of_failure
from karat.assets.telling import told
from karat.flow import validate
from karat.flow.validation import Validation
from karat.lake.layout import MAIN, Partition
from karat.resources import Connection, LakeResource
from karat.resources.dagster_private import Result
from karat.verdicts.level import LESSER
from karat.verdicts.lineage import raw_partitions
from karat.watch.ledgered import unjudged

Context = dg.AssetCheckExecutionContext | dg.AssetExecutionContext
Held = Mapping[str, Sequence[Partition]]
Place = tuple[str, str, Mapping[str, tuple[str, tuple[Partition, ...]]]]
"""All that verdicts follow from: a contract, main, and what lies on which commit."""


@dataclass(frozen=True)
class Look:
    """Verdicts by branch, days with nothing to judge, and by what they were found.

    `open` are days that nobody has judged yet as they are now.
    """

    on: Connection
    proofs: Sequence[Validation]
    absent: Sequence[Partition]
    place: Place
    open: frozenset[Partition] = frozenset()

    @classmethod
    def before(cls, on: Connection) -> Look:
        """Return what somebody found who has not looked yet."""
        return cls(on, (), (), ("", "", {}))

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

    context: Context
    dataset: Dataset
    lake: LakeResource
    days: Sequence[Partition] | None

    def first(self) -> Look:
        """Judge the newest bytes of all of them, where they lie.

        While too many runs wait, for no more than the contract's budget: that passes nothing.
        """
        on, context = self._on, self.context
        held, place = self._where(on)
        budget, tell = budget_now(context.instance, on.contract), told(context.log)
        proofs = [
            validate(on.lake, on.contract, ref, days, store=on.store, progress=tell, budget=budget)
            for ref, days in held.items()
        ]
        found = Look(on, proofs, _absent(on, self.days, held), place)
        note(context.instance, context.run.run_id, on.contract, found.proofs)
        return found

    def again(self, before: Look) -> Look:
        """Return what stands now, `before` itself where nothing moved. It judges nothing new."""
        return before if self._where(self._on)[1] == before.place else self.stands()

    def over(self, days: Collection[Partition]) -> Looking:
        """Return what looks at other days, as the same run."""
        return replace(self, days=sorted(days))

    def stands(self) -> Look:
        """Return what the ledger says now.

        What nobody has judged yet is left out: who does will tell of it. What was judged at a
        lesser level alone is so far what was found there.
        """
        on = self._on
        held, place = self._where(on)
        days = [day for found in held.values() for day in found]
        open_ = unjudged(on.lake, on.contract, days, store=on.store)
        levels = judged_at(on, open_)
        left = frozenset(open_) - levels.keys()
        at = {day: levels.get(day) for day in days if day not in left}
        proofs = [
            validate(on.lake, on.contract, ref, same, store=on.store, level=level)
            for ref, found in held.items()
            for level in (None, *LESSER)
            if (same := [day for day in found if day in at and at[day] == level])
        ]
        return Look(on, proofs, _absent(on, self.days, held), place, left)

    @property
    def _on(self) -> Connection:
        return self.dataset.connect(self.lake)

    def _where(self, on: Connection) -> tuple[Held, Place]:
        """Return by branch what lies there; main is read first, so that none is newer."""
        head, held = on.lake.head(MAIN), newest_with_chain(on, self.days)
        there = {ref: (on.lake.resolve(ref), tuple(days)) for ref, days in held.items()}
        return held, (on.contract.digest, head, there)


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
