"""One round of judging: what is remembered, what is decided again, what is judged from states."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from karat.breaker import Judgement, counting
from karat.compute import Compute, Processes
from karat.flow.judged import Judged, Trial
from karat.flow.measurements import Measurements
from karat.flow.parts_apart import keep_parts
from karat.flow.recording import Recording, root_of
from karat.flow.rejudging import Decided, decide
from karat.flow.rejudging_at_once import decide_at_once
from karat.flow.remembered import Memory, Remembered
from karat.flow.revoking import revoking
from karat.flow.standing import Told
from karat.flow.together import Together, together
from karat.lake.layout import Partition
from karat.telemetry import Clock, Progress, silent
from karat.verdicts import Ledger, days_after
from karat.verdicts.root import RootVerdict

One = Judged | Remembered
Tell = Callable[[One], None]


@dataclass(frozen=True)
class Found:
    """Partitions as they were judged, as one, and what of their columns was decoded.

    `reread` are the columns that were read once more, for all golden values to say.
    """

    judged: Sequence[One]
    whole: Together
    root: RootVerdict | None
    bytes_read: int
    reread: Mapping[Partition, Sequence[str]]


@dataclass(frozen=True)
class Round:
    """Judges partitions of a trial once, and records what is new.

    That includes verdicts on the days after, the verdict on all as one, and what verdicts do to
    breakers.
    """

    trial: Trial
    memory: Memory
    compute: Compute
    clock: Clock
    progress: Progress = silent
    _made: list[Judged] = field(default_factory=list)
    _read: list[int] = field(default_factory=list)

    def judged(self, asked: Sequence[Partition], tell: Tell) -> Found:
        """Return the partitions asked for; `tell` is told of each. Errors as `validate`."""
        trial, later = self.trial, self._later(asked)
        known: dict[Partition, One] = dict(self._remembered([*asked, *later]))
        decided = self._decided([one for one in (*asked, *later) if one not in known])
        known |= {one.partition: one.remembered for one in decided}
        for one in asked:
            if one in known:
                tell(known[one])
        try:
            self._judge([one for one in asked if one not in known], tell)
            self._judge_after([one for one in later if one not in known])
            every = known | {one.partition: one for one in self._made}
            found = [every[one] for one in asked]
            whole = together(trial, found)
            root = root_of(trial, found, whole)
        except BaseException:  # one that cannot be read must not cost the verdicts on the others
            self._recording(known, decided).without_root()
            raise
        place = self._recording(known, decided).with_root(root)
        self._remember(decided, place)
        read = whole.bytes_read + sum(one.bytes_read for one in self._made) + sum(self._read)
        return Found(found, whole, root, read, self._reread(whole))

    def _reread(self, whole: Together) -> dict[Partition, Sequence[str]]:
        """Return which columns were read once more, of partitions and for all as one."""
        found = {one.partition: one.reread for one in self._made if one.reread}
        for one, columns in whole.reread.items():
            found[one] = tuple(dict.fromkeys([*found.get(one, ()), *columns]))
        return dict(sorted(found.items()))

    @cached_property
    def _measurements(self) -> Measurements:
        return Measurements(self.memory)

    def _later(self, asked: Sequence[Partition]) -> list[Partition]:
        trial = self.trial
        return [] if trial.level else days_after(trial.lake, trial.contract, trial.commit, asked)

    def _remembered(self, partitions: Collection[Partition]) -> Mapping[Partition, Remembered]:
        return {} if self.trial.level else self.memory.recall(partitions)

    def _decided(self, partitions: Collection[Partition]) -> list[Decided]:
        if self.trial.level or not partitions:
            return []
        known = self._measurements.at_once(partitions)
        if known is not None:
            decided = decide_at_once(self.trial, [*partitions], known)
            if len(decided) == len(partitions):
                return decided
        return decide(self.trial, self._measurements.recall(partitions))

    def _judge(self, partitions: Sequence[Partition], tell: Tell) -> None:
        watched = isinstance(self.compute, Processes) or self.progress is not silent
        if len(partitions) == 1 and watched:
            self._read.append(keep_parts(self.trial, partitions[0], self.compute, self.progress))
        for one in self.compute.map(self.trial.judge, partitions):
            self._made.append(one)
            tell(one)

    def _judge_after(self, days: Sequence[Partition]) -> None:
        self._made.extend(one for one in self.compute.map(self.trial.judge_after, days) if one)

    def _recording(self, known: Mapping[Partition, One], decided: Sequence[Decided]) -> Recording:
        new, seen = {one.partition for one in decided if not one.known}, [*known.values()]
        every = [*seen, *self._made]
        evident = {one.partition for one in decided if one.evident}
        judgements = (_judgement(one, new, evident) for one in every)
        breakers = counting(self.trial.contract, judgements, self.clock)
        datasets = revoking(self.trial, every, self.clock)

        def also(ledger: Ledger) -> dict[str, bytes]:
            return {**breakers(ledger), **datasets(ledger)}

        return Recording(self.trial, self._made, decided, self._measurements, also)

    def _remember(self, decided: Sequence[Decided], place: str) -> None:
        """Keep what the ledger holds by now, and what was measured for it."""
        if self.trial.level:
            return
        self.memory.keep(self._made)
        self._measurements.keep(self._made)
        if place:
            new = [one for one in decided if not one.known]
            self.memory.keep_together({one.partition: _told(one, place) for one in new})


def _judgement(one: One, new: Collection[Partition], evident: Collection[Partition]) -> Judgement:
    known, seen = one.known and one.partition not in new, one.partition in evident
    return Judgement(one.partition, one.digest, one.outcome, one.key, known, seen)


def _told(one: Decided, place: str) -> Told:
    return Told(one.rows, one.entry.content, one.entry.outcome, one.entry.key, place)
