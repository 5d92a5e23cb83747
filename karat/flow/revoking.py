"""What a FAIL does to training datasets that hold the same content: they are revoked with it.

Recorded in the same step as the verdict, so that there is none under the rules in force that a
dataset has not been told of, whenever a process is killed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from karat.dataset.revocation import Revocation
from karat.dataset.tagged import manifests
from karat.flow.golden_in_force import golden_in_force
from karat.flow.judged import Judged, Trial
from karat.flow.remembered import Remembered
from karat.lake.layout import MAIN
from karat.telemetry import Clock
from karat.verdicts import Ledger, Outcome, against, waiver_for

One = Judged | Remembered
FEW = 8
"""Of so many at most, other verdicts are looked at before the manifests of all datasets are."""
Also = Callable[[Ledger], Mapping[str, bytes]]


def revoking(trial: Trial, judged: Sequence[One], clock: Clock) -> Also:
    """Return what `record` is to add beside verdicts: revocations of what datasets hold.

    Verdicts that the ledger holds already may be among them. Nothing for a lesser level, a golden
    manifest that is not in force, or a verdict that the dataset was cut under, or that a waiver in
    force covers.
    """
    failed = [one for one in judged if one.outcome is Outcome.FAIL]

    def also(ledger: Ledger) -> Mapping[str, bytes]:
        if not failed or trial.level or not _in_force(trial):
            return {}
        held = [one for one in failed if len(failed) > FEW or _passed(ledger, trial, one)]
        found = _revocations(trial, ledger, held, clock()) if held else ()
        return {one.path: one.encode() for one in found}

    return also


def _passed(ledger: Ledger, trial: Trial, one: One) -> bool:
    """Return whether there is another verdict on the same content: no dataset has it otherwise."""
    every = ledger.judged(trial.contract.dataset, one.partition)
    return any(it.inputs.content == one.digest and it.key != one.key for it in every)


def _in_force(trial: Trial) -> bool:
    held = golden_in_force(trial.lake, trial.lake.head(MAIN), trial.contract.dataset)
    return (held.digest if held else "") == (trial.golden.digest if trial.golden else "")


def _revocations(
    trial: Trial, ledger: Ledger, failed: Sequence[One], at_s: int
) -> Iterator[Revocation]:
    """Yield the revocations of what datasets hold of `failed` partitions."""
    stands = _stands_under(trial)
    for one in failed:
        others = stands.get((str(one.partition), one.digest), set()) - {one.key}
        if not others:
            continue
        verdict = one.verdict
        waiver = waiver_for(ledger, verdict, at_s)
        if waiver and not against(waiver, verdict):
            continue
        of = verdict.inputs
        reason = "; ".join(verdict.failures)
        name = of.dataset, of.partition, of.content, verdict.key
        yield Revocation(*name, of.contract, of.golden, reason)


def _stands_under(trial: Trial) -> Mapping[tuple[str, str], set[str]]:
    """Return the verdicts that datasets name, by partition and content."""
    found: dict[tuple[str, str], set[str]] = {}
    for manifest in manifests(trial.lake):
        if manifest.dataset == trial.contract.dataset:
            for entry in manifest.entries:
                found.setdefault((entry.partition, entry.content), set()).add(entry.verdict)
    return found
