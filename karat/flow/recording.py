"""What judging adds to the ledger in one step: verdicts, each by itself or many as one, and a root.

Few new verdicts have a record each. Many that were decided again from what was measured are one
record, with that beside it, so that each of them follows in full from the ledger alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from karat.errors import UntrustedError
from karat.flow.judged import Judged, Trial
from karat.flow.measurements import Measurements
from karat.flow.rejudging import Decided, under_of
from karat.flow.remembered import Remembered
from karat.flow.together import Together
from karat.lake.layout import measured_path, root_path
from karat.verdicts import Ledger, record, worst
from karat.verdicts.batch import Batch, ruled_by
from karat.verdicts.root import RootVerdict, name_of_all

MANY = 8
"""So many new verdicts that were decided from what was measured are recorded as one."""
Also = Callable[[Ledger], Mapping[str, bytes]]


def root_of(
    trial: Trial, judged: Sequence[Judged | Remembered], whole: Together
) -> RootVerdict | None:
    """Return the verdict on all partitions as one; None for fewer than two."""
    if len(judged) < 2:  # noqa: PLR2004 - of one partition its own verdict says as much
        return None
    under = under_of(trial)
    return RootVerdict(
        dataset=under.dataset,
        root=whole.root,
        partitions=len(judged),
        verdicts=name_of_all((str(one.partition), one.key) for one in judged),
        golden=under.golden,
        contract=under.contract,
        level=under.level,
        judge=under.judge,
        outcome=worst(one.outcome for one in judged),
        merged=whole.distances,
    )


@dataclass(frozen=True)
class Recording:
    """What is new: partitions judged from their states, and such as were decided again."""

    trial: Trial
    made: Sequence[Judged]
    decided: Sequence[Decided]
    measurements: Measurements
    also: Also

    def without_root(self) -> None:
        """Record what was judged from states, for partitions that could not all be judged."""
        self._record(self._alone(self.made), {})

    def with_root(self, root: RootVerdict | None) -> str:
        """Record everything; return where many new verdicts stand together, "" for none."""
        new = [one for one in self.decided if not one.known]
        said, files, place = self._alone(self.made), dict[str, bytes](), ""
        if len(new) < MANY or root is None:
            said |= {one.path: one.verdict().encode() for one in new}
        else:
            batch, files = self._together(new, root)
            place = batch.path
            said[place] = batch.data
        if root and not place:
            return self._rooted(said, root)
        self._record(said, files)
        return place

    def _rooted(self, said: dict[str, bytes], root: RootVerdict) -> str:
        """Record with the root; where nothing else is new, only whoever may sign does that."""
        there = Ledger(self.trial.lake).has_root(root)
        rooted = {} if there else {root_path(root.dataset, root.key): root.encode()}
        if said:
            self._record(said | rooted, {})
            return ""
        self._record({}, {})
        if rooted:
            with suppress(UntrustedError):
                self._record(rooted, {})
        return ""

    def _together(
        self, new: Sequence[Decided], root: RootVerdict
    ) -> tuple[Batch, dict[str, bytes]]:
        golden, dataset, files = self.trial.golden, root.dataset, dict[str, bytes]()
        each = {one.partition: one.measurement for one in new}
        refined = [one.partition for one in new if one.refined]
        measured, text = self.measurements.evidence(each, lambda one: each[one](), refined)
        if text is not None:
            files[measured_path(dataset, measured)] = text
        if golden:
            place = measured_path(dataset, golden.digest)
            there = Ledger(self.trial.lake).holds(place)
            files |= {} if there else {place: golden.encode()}
        entries = {str(one.partition): one.entry for one in new}
        return Batch(ruled_by(self.trial.contract), measured, entries, root), files

    def _alone(self, made: Sequence[Judged]) -> dict[str, bytes]:
        return {one.path: one.verdict.encode() for one in made if not one.known}

    def _record(self, said: Mapping[str, bytes], files: Mapping[str, bytes]) -> None:
        made = sum(not one.known for one in self.made)
        new = made + sum(not one.known for one in self.decided)
        message = f"Record {new} verdicts on {self.trial.contract.dataset}"
        record(self.trial.lake, said, message, files=files, also=self.also)
