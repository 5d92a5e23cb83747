"""A partition on trial: its bytes, the sources it is held against, and its verdict's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from karat.compute import Content, Reading, partition_content
from karat.contracts import Contract, Measure, measures
from karat.digest import bytes_digest
from karat.errors import CorruptError, InputError
from karat.golden import GoldenManifest, Yardstick, distance_measures
from karat.lake import CommitId, Lake
from karat.lake.layout import Partition, dataset_path, golden_manifest_path
from karat.store import Store
from karat.verdicts.adoption import adopted
from karat.verdicts.judging import JUDGE_VERSION, Candidate
from karat.verdicts.lesser import measures_at
from karat.verdicts.level import Lesser, level_of
from karat.verdicts.neighbours import Before, day_before
from karat.verdicts.pairing import Pairing, paired_with
from karat.verdicts.stratum import stratum_of
from karat.verdicts.verdict import Inputs

READ = 4
"""So many golden manifests that were decoded stay in memory."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be judged, and the name its verdict has or will have.

    `sources` is the commit that the golden captures and manifest are of.
    """

    partition: Partition
    candidate: Reading
    content: Content
    measures: tuple[Measure, ...]
    paired: Pairing
    before: Before | None
    golden: GoldenManifest | None
    stratum: str
    inputs: Inputs
    sources: CommitId

    @property
    def case(self) -> Candidate:
        """What `judge` is to know of the partition itself."""
        name = str(self.partition)
        return Candidate(name, self.content.digest, self.content.rows, self.stratum)


def subject(
    lake: Lake,
    contract: Contract,
    partition: Partition,
    *,
    at: CommitId,
    sources: CommitId,
    golden: GoldenManifest | None,
    store: Store,
    level: Lesser | None = None,
) -> Subject:
    """Return a partition of the commit `at` as it is to be judged, at a lesser `level` if said.

    The golden capture and the instrument come from the commit `sources`. Files that were not
    seen before are read once, to name their columns. Raises ObjectNotFound for a partition that
    is not there, InputError where a column is not as the contract says.
    """
    path = dataset_path(contract.dataset, partition.instrument, partition.date)
    candidate = Reading(lake, at, path)
    content = partition_content(candidate, store)
    check_columns(contract, content, path)
    stratum = stratum_of(contract, partition.date)
    held = golden.usable(contract, stratum) if golden else {}
    asked = tuple(asked_of(level, contract, held, content.digest))
    paired = paired_with(lake, contract, partition, sources, content, store)
    before = day_before(lake, contract, partition, at, asked, store)
    keys = [measure.state_key(content.columns) for measure in asked]
    inputs = Inputs(
        dataset=contract.dataset,
        partition=str(partition),
        content=content.digest,
        states=(*keys, *([before.key] if before else []), *(() if level else paired.keys)),
        golden=golden.digest if golden else "",
        paired=paired.content,
        contract=contract.digest,
        level=level_of(contract, level),
        judge=JUDGE_VERSION,
    )
    found = candidate, content, asked, paired, before, golden, stratum, inputs
    return Subject(partition, *found, sources)


def asked_of(
    level: Lesser | None, contract: Contract, held: Mapping[str, Yardstick], content: str
) -> list[Measure]:
    """Return what is measured of a candidate of this content digest; `held` are its yardsticks."""
    if level:
        return measures_at(level, contract, held, content)
    return [*measures(contract), *distance_measures(held, contract)]


def check_columns(contract: Contract, content: Content, path: str) -> None:
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
    """Return the golden manifest a dataset is judged by, or None; CorruptError, UntrustedError."""
    name = adopted(lake, commit, dataset)
    return None if name is None else golden_manifest(lake, commit, name)


def golden_manifest(lake: Lake, commit: CommitId, name: str) -> GoldenManifest:
    """Return the golden manifest with this digest, in force or not; CorruptError."""
    with lake.open(commit, golden_manifest_path(name, "json")) as stream:
        text = stream.read()
    if (found := bytes_digest(text)) != name:
        raise CorruptError(f"golden manifest {name[:12]} holds {found[:12]}")
    cells = []
    for cell in GoldenManifest.cell_names(text):
        with lake.open(commit, golden_manifest_path(cell, "cells")) as stream:
            cells.append(stream.read())
        if bytes_digest(cells[-1]) != cell:
            raise CorruptError(f"golden cells {cell[:12]} do not match")
    return _decoded(text, tuple(cells))


@lru_cache(maxsize=READ)
def _decoded(text: bytes, cells: tuple[bytes, ...]) -> GoldenManifest:
    """Return what was read and proved to be what its name says: the same bytes are decoded once."""
    manifest = GoldenManifest.decode(text, {bytes_digest(data): data for data in cells})
    if manifest.digest != bytes_digest(text):
        raise CorruptError(f"golden manifest {bytes_digest(text)[:12]} is not as it is written")
    return manifest
