"""Verdicts by partition, of which those in the ledger are read when they are looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from karat.flow.judged import Judged
from karat.flow.remembered import Remembered
from karat.lake.layout import Partition
from karat.verdicts import Outcome, Verdict


class KnownVerdicts(Mapping[Partition, Verdict]):
    """The verdicts of `judged`, in their order; equal to a dict of the same verdicts."""

    def __init__(self, judged: Sequence[Judged | Remembered]) -> None:
        self._judged = {one.partition: one for one in judged}

    def __getitem__(self, partition: Partition) -> Verdict:
        """Return a verdict; KeyError, and CorruptError as the ledger raises it."""
        return self._judged[partition].verdict

    def __iter__(self) -> Iterator[Partition]:
        """Yield the partitions."""
        return iter(self._judged)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._judged)

    def __repr__(self) -> str:
        """Return the outcomes, for which nothing is read."""
        return repr({str(one): str(judged.outcome) for one, judged in self._judged.items()})

    def outcomes(self) -> Iterator[Outcome]:
        """Yield what the verdicts come to, without reading any."""
        return (one.outcome for one in self._judged.values())
