"""Golden days into a golden manifest, and its adoption: an explicit, recorded step."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from karat.compute import Reading
from karat.contracts import Contract
from karat.errors import HeadMoved, InputError, RefusedError, UntrustedError
from karat.flow.lake_sample import LakeSample
from karat.flow.newest import sources_of
from karat.flow.waiting_rows import on_trial, unproved
from karat.golden import GoldenManifest, manifest_of
from karat.lake import CommitId, Lake
from karat.lake.again import again_while
from karat.lake.append import append
from karat.lake.layout import (
    MAIN,
    Partition,
    dataset_path,
    golden_current_path,
    golden_manifest_path,
)
from karat.store import Store
from karat.telemetry import Progress, silent
from karat.verdicts import Ledger, current_golden, subject
from karat.verdicts.adoption import adopted, adoption
from karat.verdicts.full_values import full_files
from karat.verdicts.stratum import stratum_of


def build_golden(
    lake: Lake,
    contract: Contract,
    ref: str,
    reference: Sequence[Partition],
    calibration: Sequence[Partition],
    *,
    store: Store,
    progress: Progress = silent,
    threads: int = 1,
) -> GoldenManifest:
    """Return the manifest that golden days of `ref` make; deterministic, nothing is written.

    Reference days give the yardsticks, calibration days their scores; in which order they are
    named makes no difference. Every day must have been judged under `contract` first, and have a
    PASS in all that asks for no golden days, and the same rows must not wait without one on an
    audit branch, so that nothing becomes golden by accident. Raises InputError when a day is
    named twice, two hold the same rows, or the contract has no unpaired rule, RefusedError naming
    days without a PASS or on trial, ObjectNotFound for a day that is not there.
    """
    commit = lake.resolve(ref)
    days = list(dict.fromkeys([*reference, *calibration]))
    _require_proof(lake, contract, days, (commit, sources_of(lake, ref)), store)

    def sample(partition: Partition) -> LakeSample:
        path = dataset_path(contract.dataset, partition.instrument, partition.date)
        stratum = stratum_of(contract, partition.date)
        return LakeSample(partition, Reading(lake, commit, path), store, stratum)

    known = [sample(p) for p in reference], [sample(p) for p in calibration]
    return manifest_of(contract, *known, progress, threads=threads)


def adopt_golden(lake: Lake, manifest: GoldenManifest, *, who: str, reason: str) -> CommitId:
    """Make `manifest` the one its dataset is judged by, on record; the present head if it is."""
    if not (who.strip() and reason.strip()):
        raise InputError("a golden manifest is adopted by someone and for a reason: say both")
    # somebody adopts another, or brings captures
    return again_while((HeadMoved,), lambda: _adopt(lake, manifest, who, reason))


def _adopt(lake: Lake, manifest: GoldenManifest, who: str, reason: str) -> CommitId:
    name, head = manifest.digest, lake.head(MAIN)
    with suppress(UntrustedError):  # what a revoked key adopted is adopted anew, not kept
        if adopted(lake, head, manifest.dataset) == name:
            return head
    files = {golden_manifest_path(name, "json"): manifest.encode()}
    files |= {golden_manifest_path(c, "cells"): d for c, d in manifest.cell_files().items()}
    files |= full_files(lake, head, manifest)
    note = adoption(lake, manifest.dataset, name, who=who, reason=reason)
    files[golden_current_path(manifest.dataset)] = note
    message = f"Adopt golden {name[:12]}: {reason}"
    return append(lake, MAIN, dict(files), message=message, expected_head=head)


def _require_proof(
    lake: Lake,
    contract: Contract,
    days: Sequence[Partition],
    where: tuple[CommitId, CommitId],
    store: Store,
) -> None:
    at, sources = where
    golden = current_golden(lake, sources, contract.dataset)
    ledger = Ledger(lake)
    contents: dict[str, Partition] = {}
    without: dict[str, str] = {}
    for day in days:
        case = subject(lake, contract, day, at=at, sources=sources, golden=golden, store=store)
        case.candidate.forget()
        contents[case.content.digest] = day
        verdict = ledger.verdict(contract.dataset, day, case.inputs.key)
        if verdict is None or unproved(verdict):
            without[str(day)] = str(verdict.outcome) if verdict else "not judged"
    if without:
        told = ", ".join(f"{day} ({why})" for day, why in without.items())
        why = "validate them first, or leave them out"
        raise RefusedError(f"golden days without a PASS: {told}: {why}", without)
    waiting = {str(day): where for day, where in on_trial(lake, contract, contents, store)}
    if waiting:
        told = ", ".join(f"{day} (as {where})" for day, where in waiting.items())
        why = "nothing becomes golden before it is judged"
        raise RefusedError(f"golden days whose rows are on trial: {told}: {why}", waiting)
