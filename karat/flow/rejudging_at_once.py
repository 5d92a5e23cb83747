"""Many partitions judged again from columns; where that leaves a doubt, from rationals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

from karat.flow.at_once import AtOnce
from karat.flow.judged import Trial
from karat.flow.rejudging import Decided, held_to_ledger, ruled, under_of
from karat.lake.layout import Partition, measured_path
from karat.verdicts import Ledger
from karat.verdicts.batch import Entry
from karat.verdicts.batches import evidence
from karat.verdicts.deciding import Said, decided_at_once
from karat.verdicts.measurement import Measurement, decoded, decoded_one

FEW = 8
"""So many partitions of many are decoded one by one, before all are."""


def decide_at_once(trial: Trial, asked: Sequence[Partition], known: AtOnce) -> list[Decided]:
    """Return the same as `decide` would from the measurements of `asked`, in their order.

    Where it leaves some out, what is remembered as columns may be older than what is known.
    Raises CorruptError as that does, and where the ledger's measurements are not what they were.
    """
    under, names = under_of(trial), [str(one) for one in asked]
    said, keys = _said(trial, known), known.keys(under, names)
    held, found = _Evidence(trial, known.evidence), list[Decided]()
    refined = _places(known.refined, len(known.rows))
    rest = zip(asked, names, known.rows, known.contents, keys, said, refined, strict=True)
    for partition, name, rows, content, key, one, exact in rest:
        measured = None if one else held.of(name)
        entry = Entry(key, content, *one) if one else measured and ruled(trial, name, measured, key)
        if entry is None:
            continue
        how = trial, partial(held.of, name), exact
        found.append(Decided(partition, rows, under, entry, False, *how, evident=True))  # noqa: FBT003
    return held_to_ledger(trial, found)


def _places(those: Sequence[int], size: int) -> list[bool]:
    found = [False] * size
    for place in those:
        found[place] = True
    return found


def _said(trial: Trial, known: AtOnce) -> list[Said | None]:
    """Return what columns say of each partition."""
    found: list[Said | None] = [None] * len(known.rows)
    for one in known.columns:
        contents = [known.contents[place] for place in one.places]
        told = decided_at_once(trial.rules, one, contents)
        for place, said in zip(one.places, told, strict=True):
            found[place] = said
    return found


@dataclass(frozen=True)
class _Evidence:
    """What was measured, as the ledger holds it: read once, when it is asked for.

    The first few partitions that are asked for are decoded one by one.
    """

    trial: Trial
    digest: str
    _some: dict[str, Measurement] = field(default_factory=dict)

    def of(self, partition: str) -> Measurement:
        if partition not in self._some and len(self._some) < FEW:
            found = decoded_one(self._text, partition)
            self._some.update({partition: found} if found else {})
        return self._some.get(partition) or self._all[partition]

    @property
    def _path(self) -> str:
        return measured_path(self.trial.contract.dataset, self.digest)

    @cached_property
    def _text(self) -> bytes:
        lake, dataset = self.trial.lake, self.trial.contract.dataset
        return evidence(Ledger(lake), self._path, dataset, self.digest)

    @cached_property
    def _all(self) -> Mapping[str, Measurement]:
        return decoded(self._text, self._path)
