"""A partition on trial: its bytes, the sources it is held against, and its verdict's name."""

from __future__ import annotations

import json
from dataclasses import dataclass

from karat.compute import Content, Reading, partition_content
from karat.compute.states import census_key
from karat.contracts import Contract, Measure, chosen, measures
from karat.errors import CorruptError, InputError, ObjectNotFound
from karat.golden import GoldenManifest
from karat.lake import CommitId, Lake
from karat.lake.layout import (
    Partition,
    dataset_path,
    golden_current_path,
    golden_manifest_path,
    golden_path,
)
from karat.messages import Instrument, Reader, reader_of
from karat.store import Store
from karat.verdicts.judging import JUDGE_VERSION
from karat.verdicts.lineage import reference
from karat.verdicts.verdict import Inputs

LEVEL = "L0"


@dataclass(frozen=True, slots=True)
class Paired:
    """A golden capture of the same interval and how it is read; `key` names the census."""

    golden: Reading
    content: str
    reader: Reader
    instrument: Instrument
    key: str


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be judged, and the name its verdict has or will have."""

    partition: Partition
    candidate: Reading
    content: Content
    measures: tuple[Measure, ...]
    paired: Paired | None
    golden: GoldenManifest | None
    inputs: Inputs


def subject(
    lake: Lake,
    contract: Contract,
    partition: Partition,
    *,
    at: CommitId,
    sources: CommitId,
    golden: GoldenManifest | None,
    store: Store,
) -> Subject:
    """Return a partition of the commit `at` as it is to be judged.

    The golden capture and the instrument come from the commit `sources`. Files that were not
    seen before are read once, to name their columns. Raises ObjectNotFound for a partition that
    is not there, InputError where a column is not as the contract says.
    """
    path = dataset_path(contract.dataset, partition.instrument, partition.date)
    candidate = Reading(lake, at, path)
    content = partition_content(candidate, store)
    _check(contract, content, path)
    asked = tuple(measures(contract, golden.cells if golden else {}))
    paired = _paired(lake, contract, partition, sources, content, store)
    keys = [measure.state_key(content.columns) for measure in asked]
    inputs = Inputs(
        dataset=contract.dataset,
        partition=str(partition),
        content=content.digest,
        states=(*keys, *([paired.key] if paired else [])),
        golden=golden.digest if golden else "",
        paired=paired.content if paired else "",
        contract=contract.digest,
        level=LEVEL,
        judge=JUDGE_VERSION,
    )
    return Subject(partition, candidate, content, asked, paired, golden, inputs)


def _check(contract: Contract, content: Content, path: str) -> None:
    """Raise InputError where a column is not as the contract says."""
    for name, spec in contract.columns.items():
        kind, nulls = content.kinds.get(name), content.nulls.get(name, 0)
        if kind is None:
            have = ", ".join(content.columns)
            raise InputError(f"{path}: column {name!r} is missing; have {have}")
        if kind != spec.type:
            raise InputError(f"{path}: column {name!r} is {kind}; the contract says {spec.type}")
        if nulls and not spec.nullable:
            raise InputError(
                f"{path}: column {name!r} has {nulls:,} nulls; the contract allows none"
            )


def current_golden(lake: Lake, commit: CommitId, dataset: str) -> GoldenManifest | None:
    """Return the golden manifest a dataset is judged by, or None; CorruptError, ObjectNotFound."""
    try:
        with lake.open(commit, golden_current_path(dataset)) as stream:
            name = str(json.loads(stream.read())["golden"])
    except ObjectNotFound:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise CorruptError(f"{golden_current_path(dataset)} names no manifest") from error
    with lake.open(commit, golden_manifest_path(name, "json")) as stream:
        text = stream.read()
    cells = {}
    for cell in GoldenManifest.cell_names(text):
        with lake.open(commit, golden_manifest_path(cell, "cells")) as stream:
            cells[cell] = stream.read()
    manifest = GoldenManifest.decode(text, cells)
    if manifest.digest != name:
        raise CorruptError(f"golden manifest {name[:12]} holds {manifest.digest[:12]}")
    return manifest


def _paired(
    lake: Lake,
    contract: Contract,
    partition: Partition,
    sources: CommitId,
    content: Content,
    store: Store,
) -> Paired | None:
    if contract.paired is None:
        return None
    golden = Reading(lake, sources, golden_path(partition.instrument, partition.date))
    try:
        golden.digest  # noqa: B018 - asks the lake whether it is there
    except ObjectNotFound:
        return None
    reader = reader_of(partition.instrument)
    instrument = reference(lake, sources, partition)
    theirs = partition_content(golden, store, reader.golden_columns).digest
    rows = chosen(contract, contract.paired.rows)
    key = census_key(contract.paired, rows, content.columns, theirs, instrument)
    return Paired(golden, theirs, reader, instrument, key)
