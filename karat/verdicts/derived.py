"""A verdict in full from a record of many: decided again from what was measured, and compared.

Nothing is believed that does not follow: the key must be that of the inputs, and the outcome and
the rules which decided it must be those that the rule gives now. Only a record made by another
version of the rule is taken as it was signed, with the names of the rules that decided it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import get_args

from karat.contracts import Contract, Family
from karat.errors import CorruptError
from karat.golden import GoldenManifest
from karat.verdicts.batch import Batch, Entry, entry_of
from karat.verdicts.judging import JUDGE_VERSION, Rulebook
from karat.verdicts.measurement import Measurement
from karat.verdicts.verdict import Finding, Verdict


@dataclass(frozen=True)
class Derived:
    """A record of many verdicts with what they were made of.

    `golden` is None where no golden manifest was in force.
    """

    path: str
    batch: Batch
    measured: Mapping[str, Measurement]
    golden: GoldenManifest | None

    @cached_property
    def rules(self) -> Rulebook:
        """Return what decides; CorruptError where the contract is not the one that is named."""
        try:
            contract = Contract.model_validate(self.batch.ruled)
        except ValueError as error:
            raise CorruptError(f"ledger: the contract in {self.path}: {error}") from error
        if contract.digest != self.batch.root.contract:
            raise CorruptError(f"ledger: {self.path} holds another contract than it names")
        return Rulebook(contract, self.golden)

    def verdict(self, partition: str) -> Verdict:
        """Return the verdict on a partition of the record; CorruptError where none follows."""
        entry, known = self.batch.entries[partition], self.measured.get(partition)
        if known is None:
            raise CorruptError(f"ledger: {self.path}: nothing was measured of {partition}")
        inputs = known.inputs(self.batch.root.under, partition)
        if (inputs.key, inputs.content) != (entry.key, entry.content):
            raise CorruptError(
                f"ledger: {self.path}: the verdict on {partition} is of other inputs"
            )
        if inputs.judge != JUDGE_VERSION:
            return Verdict(inputs, _as_signed(entry, inputs.judge))
        rulings = self.rules.rulings(known.candidate(partition), known.facts)
        if entry_of(entry.key, entry.content, rulings) != entry:
            raise CorruptError(
                f"ledger: {self.path}: {partition} was recorded as {entry.outcome}, and that does "
                "not follow from what was measured: judge it again"
            )
        return Verdict(inputs, tuple(ruling.finding() for ruling in rulings))


def _as_signed(entry: Entry, judge: int) -> tuple[Finding, ...]:
    why = f"decided by version {judge} of the rule, and recorded without words"
    families = {str(family): family for family in get_args(Family)}
    return tuple(
        Finding(families[family], "gate", name, entry.outcome, why, {})
        for family, name in entry.decisive
    )
