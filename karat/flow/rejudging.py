"""Partitions judged again from what was measured: nothing is read, no state is looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from karat.errors import CorruptError
from karat.flow.judged import Trial
from karat.flow.remembered import Remembered
from karat.lake.layout import Partition, verdict_path, verdict_paths
from karat.verdicts import Ledger, Verdict
from karat.verdicts.batch import Entry, entry_of
from karat.verdicts.batches import batches
from karat.verdicts.judging import JUDGE_VERSION
from karat.verdicts.level import level_of
from karat.verdicts.measurement import Measurement, Under


class Decided(NamedTuple):
    """A partition as it was decided from what was measured; `known` to the ledger already.

    `refined` says whether exact distances, of which coarse cells left a doubt, may have decided;
    `evident` that the ledger has what was measured, and so a verdict on the same content.
    """

    partition: Partition
    rows: int
    under: Under
    entry: Entry
    known: bool
    trial: Trial
    measurement: Callable[[], Measurement]
    refined: bool = False
    evident: bool = False

    def verdict(self) -> Verdict:
        """Return the verdict in full; CorruptError where it is not what was decided."""
        measured, name = self.measurement(), str(self.partition)
        rulings = self.trial.rules.rulings(measured.candidate(name), measured.facts)
        if entry_of(self.entry.key, measured.content, rulings) != self.entry:
            raise CorruptError(
                f"store: {name} was decided as {self.entry.outcome}, and that does not follow from "
                "what was measured: run karat store verify, or remove the store"
            )
        found = tuple(ruling.finding() for ruling in rulings)
        return Verdict(measured.inputs(self.under, name), found)

    @property
    def remembered(self) -> Remembered:
        """Return it as one whose verdict is known."""
        entry = self.entry
        told = self.rows, entry.content, entry.outcome, entry.key
        return Remembered(self.partition, *told, self.trial, self.known, self.verdict)

    @property
    def path(self) -> str:
        """Return where the ledger has it, if by itself."""
        return verdict_path(self.under.dataset, self.partition, self.entry.key)


def decide(trial: Trial, known: Mapping[Partition, Measurement]) -> list[Decided]:
    """Return what is decided of partitions by what was measured of them, in their order.

    Left out is one that only its rows can decide, in finer golden cells. Raises CorruptError where
    the ledger has another verdict under the same name.
    """
    under, found = under_of(trial), []
    for partition, measured in known.items():
        name = str(partition)
        entry = ruled(trial, name, measured, measured.key(under, name))
        if entry is None:
            continue
        how = trial, partial(known.__getitem__, partition), measured.refined
        found.append(Decided(partition, measured.rows, under, entry, False, *how))  # noqa: FBT003
    return held_to_ledger(trial, found)


def ruled(trial: Trial, partition: str, measured: Measurement, key: str) -> Entry | None:
    """Return what is recorded of the verdict `key`, decided in rationals.

    None where a threshold lies inside what was certified: then all golden values are to say.
    """
    facts = measured.facts
    if trial.rules.doubtful(measured.stratum, facts.far):
        return None
    rulings = trial.rules.rulings(measured.candidate(partition), facts)
    return entry_of(key, measured.content, rulings)


def held_to_ledger(trial: Trial, decided: Sequence[Decided]) -> list[Decided]:
    """Return partitions as they are in the ledger, where they are; errors as `decide`."""
    contract, ledger = trial.contract, Ledger(trial.lake)
    there = {
        entry.key for one in batches(ledger, contract.dataset, contract.digest)
        for entry in one.batch.entries.values()
    }  # fmt: skip
    keys = [one.entry.key for one in decided]
    paths = verdict_paths(contract.dataset, [str(one.partition) for one in decided], keys)
    return [
        one._replace(known=True) if one.entry.key in there
        else _held_to(ledger, one) if ledger.holds(path) else one
        for one, path in zip(decided, paths, strict=True)
    ]  # fmt: skip


def _held_to(ledger: Ledger, one: Decided) -> Decided:
    """Return a partition as it is in the ledger, where it has a record of its own there."""
    of = one.under
    recorded = ledger.verdict(of.dataset, one.partition, one.entry.key, of.contract)
    if recorded is not None and recorded.outcome is not one.entry.outcome:
        raise CorruptError(
            f"ledger: {one.path} says {recorded.outcome}, and {one.entry.outcome} follows from "
            "what the store says was measured: run karat store verify, or remove the store"
        )
    return one._replace(known=recorded is not None)


def under_of(trial: Trial) -> Under:
    """Return what all verdicts of a trial are under."""
    golden = trial.golden.digest if trial.golden else ""
    contract = trial.contract
    level = level_of(contract, trial.level)
    return Under(contract.dataset, golden, contract.digest, level, JUDGE_VERSION)
