"""Partitions judged again from what was measured: nothing is read, no state is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from karat.errors import CorruptError
from karat.flow.judged import Trial
from karat.flow.remembered import Remembered
from karat.lake.layout import Partition, verdict_path
from karat.verdicts import Ledger, Verdict
from karat.verdicts.batch import Entry, entry_of
from karat.verdicts.batches import batches
from karat.verdicts.judging import JUDGE_VERSION
from karat.verdicts.level import level_of
from karat.verdicts.measurement import Measurement, Under


class Decided(NamedTuple):
    """A partition as it was decided from what was measured; `known` to the ledger already."""

    partition: Partition
    measured: Measurement
    under: Under
    entry: Entry
    known: bool
    trial: Trial

    def verdict(self) -> Verdict:
        """Return the verdict in full."""
        measured, name = self.measured, str(self.partition)
        found = self.trial.rules.findings(measured.candidate(name), measured.facts)
        return Verdict(measured.inputs(self.under, name), found)

    @property
    def remembered(self) -> Remembered:
        """Return it as one whose verdict is known."""
        measured, entry = self.measured, self.entry
        told = measured.rows, measured.content, entry.outcome, entry.key
        return Remembered(self.partition, *told, self.trial, self.known, self.verdict)

    @property
    def path(self) -> str:
        """Return where the ledger has it, if by itself."""
        return verdict_path(self.under.dataset, self.partition, self.entry.key)


def decide(trial: Trial, known: Mapping[Partition, Measurement]) -> list[Decided]:
    """Return what is decided of partitions by what was measured of them, in their order.

    Raises CorruptError where the ledger has another verdict under the same name.
    """
    contract, ledger = trial.contract, Ledger(trial.lake)
    under = under_of(trial)
    there = {
        entry.key for one in batches(ledger, contract.dataset, contract.digest)
        for entry in one.batch.entries.values()
    }  # fmt: skip
    found = []
    for partition, measured in known.items():
        name = str(partition)
        rulings = trial.rules.rulings(measured.candidate(name), measured.facts)
        entry = entry_of(measured.key(under, name), measured.content, rulings)
        one = Decided(partition, measured, under, entry, entry.key in there, trial)
        found.append(one if one.known else _held_to(ledger, one))
    return found


def _held_to(ledger: Ledger, one: Decided) -> Decided:
    """Return a partition as it is in the ledger, where it has a record of its own there."""
    if not ledger.holds(one.path):
        return one
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
