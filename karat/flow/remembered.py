"""What was judged before, found again by the bytes it was judged from, before any is looked at.

A verdict's name takes the contents of columns, golden captures and the day before; finding those
costs about a millisecond a partition. All of them follow from files, whose digests the lake's
listing tells: so the store remembers, by the digests of those files, of the contract, of the golden
days and of the code's own versions, which verdict came of them. The verdict itself stays in the
ledger, and is read from there when it is looked at; what is remembered counts only while the ledger
holds it, and only for those who believe the keys that were believed then.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

from karat.compute import Content, Reading, partition_content
from karat.compute.content import scheme
from karat.digest import digest, framed, joined_digest
from karat.errors import CorruptError
from karat.flow.file_names import file_digests
from karat.flow.judged import Judged, Trial
from karat.flow.standing import Parts, Standing, Told
from karat.flow.ways import way_of
from karat.lake.layout import (
    Partition,
    dataset_path,
    golden_path,
    golden_trades_path,
    reference_path,
    verdict_paths,
)
from karat.messages.borders import CUT
from karat.verdicts import Ledger, Outcome, Verdict
from karat.verdicts.judging import JUDGE_VERSION
from karat.verdicts.neighbours import moved

OUTCOMES = {str(one): one for one in Outcome}


@dataclass(eq=False)  # not frozen: of thousands, each would take ten times as long to make
class Remembered:
    """A partition whose verdict is known; it is read from the ledger when it is asked for.

    `rows` and `digest` are those of its content, `key` names the verdict.
    """

    partition: Partition
    rows: int
    digest: str
    outcome: Outcome
    key: str
    trial: Trial
    known: bool = True
    made: Callable[[], Verdict] | None = None
    """Gives the verdict where it was decided just now."""
    bytes_read: ClassVar[int] = 0

    @cached_property
    def verdict(self) -> Verdict:
        """Return the verdict; CorruptError as of `Ledger`, or where it is another."""
        if self.made is not None:
            return self.made()
        of = self.trial.contract
        found = Ledger(self.trial.lake).verdict(of.dataset, self.partition, self.key, of.digest)
        if found is None or found.outcome is not self.outcome:
            raise CorruptError(
                f"store: {self.partition} is remembered as {self.outcome}, and the ledger does "
                "not say so: run karat store verify, or remove the store"
            )
        return found

    @cached_property
    def content(self) -> Content:
        """Return what the partition holds."""
        path = dataset_path(
            self.trial.contract.dataset, self.partition.instrument, self.partition.date
        )
        return partition_content(
            Reading(self.trial.lake, self.trial.commit, path), self.trial.store
        )


@dataclass(frozen=True)
class Memory:
    """What the store of a trial remembers of judging the same files in the same way.

    `listed` are files of the dataset whose digests are at hand already.
    """

    trial: Trial
    listed: Mapping[Partition, str] = field(default_factory=dict)
    _looked_up: dict[Partition, Parts] = field(default_factory=dict, compare=False)

    def recall(self, partitions: Collection[Partition]) -> dict[Partition, Remembered]:
        """Return those of `partitions` whose verdicts are known, in their order."""
        parts = self.parts(partitions)
        told = self._told(parts)
        if not told:
            return {}
        records, trial = Ledger(self.trial.lake).history.records, self.trial
        names, keys = map(str, told), [one.key for one in told.values()]
        alone = verdict_paths(trial.contract.dataset, names, keys)
        return {
            one: Remembered(one, rows, content, OUTCOMES[outcome], key, trial)
            for (one, (rows, content, outcome, key, at)), path in zip(
                told.items(), alone, strict=True
            )
            if (at or path) in records
        }

    def keep(self, judged: Iterable[Judged]) -> None:
        """Remember these verdicts, which the ledger holds by now."""
        by_partition = {one.partition: one for one in judged}
        parts = self.parts(by_partition)
        self.trial.store.put_many(
            {self._name(one, of): _encoded(by_partition[one]) for one, of in parts.items()}
        )

    def keep_together(self, told: Mapping[Partition, Told]) -> None:
        """Remember verdicts that the ledger holds by now in one record."""
        Standing(self.trial.store, self._way).keep(self.parts(told), told)

    def _told(self, parts: Mapping[Partition, Parts]) -> dict[Partition, Told]:
        """Return what is remembered: of many together, of the others each by its name."""
        standing = Standing(self.trial.store, self._way)
        together = standing.recall(parts)
        left = {one: of for one, of in parts.items() if one not in together}
        alone = standing.alone(left, self._name, lambda data: Told(*json.loads(data)))
        standing.keep(parts, alone)
        found = together | alone
        return {one: found[one] for one in parts if one in found}

    @cached_property
    def _way(self) -> str:
        """Return the name of how partitions are judged: contract, golden days, code, keys."""
        trial = self.trial
        told = framed(trial.contract.digest, JUDGE_VERSION, trial.lake.keys.version)
        return joined_digest("way/3", told, self.versions)

    @cached_property
    def versions(self) -> bytes:
        """Return, framed, what is measured against which golden days, by which code."""
        way = way_of(self.trial.contract, self.trial.golden)
        return framed(scheme(), way.golden, *CUT.key()) + way.states

    def _name(self, one: Partition, of: Parts) -> str:
        """Return by which name a partition that is judged from these files is remembered."""
        return digest("judged/1", self._way, str(one), *of)

    def parts(self, partitions: Collection[Partition]) -> dict[Partition, Parts]:
        """Return what files each is judged from; of one whose file is not there, nothing."""
        found = self._known_parts(partitions)
        if len(found) < len(partitions):
            left = [one for one in partitions if one not in found]
            self._looked_up.update(self._parts(left))
            found = self._known_parts(partitions)
        return found

    def _known_parts(self, partitions: Collection[Partition]) -> dict[Partition, Parts]:
        get = self._looked_up.get
        return {one: of for one in partitions if (of := get(one)) is not None}

    def _parts(self, partitions: Collection[Partition]) -> dict[Partition, Parts]:
        own, sources = self._files(partitions), list(self._sources(partitions))
        before: Mapping[Partition, str] = {}
        if self.trial.contract.copies:
            before = own | self._files({moved(one, -1) for one in partitions} - own.keys())

        def files(one: Partition) -> Parts:
            yesterday = before.get(moved(one, -1), "") if before else ""
            return (own[one], yesterday, *(found.get(one, "") for found in sources))

        return {one: files(one) for one in partitions if one in own}

    def _files(self, partitions: Collection[Partition]) -> dict[Partition, str]:
        dataset = self.trial.contract.dataset

        def path(instrument: str, date: str) -> str:
            return dataset_path(dataset, instrument, date)

        known = {one: self.listed[one] for one in partitions if one in self.listed}
        left = [one for one in partitions if one not in known]
        return known | dict(file_digests(self.trial.lake, self.trial.commit, path, left))

    def _sources(self, partitions: Collection[Partition]) -> Iterator[Mapping[Partition, str]]:
        """Yield the digests of what partitions are held against, row by row; none for no rule."""
        lake, commit = self.trial.lake, self.trial.sources
        if self.trial.contract.paired is None:
            return
        yield file_digests(lake, commit, golden_path, partitions)
        yield file_digests(lake, commit, golden_trades_path, partitions)
        first = {one.instrument: one for one in partitions}
        told = file_digests(lake, commit, lambda name, _: reference_path(name), first.values())
        by_name = {one.instrument: found for one, found in told.items()}
        yield {one: by_name.get(one.instrument, "") for one in partitions}


def _encoded(one: Judged) -> bytes:
    verdict = one.verdict
    return json.dumps([one.content.rows, one.content.digest, verdict.outcome, verdict.key]).encode()
