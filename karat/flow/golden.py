"""Golden days into a golden manifest, and its adoption: an explicit, recorded step."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from statistics import median

import pyarrow as pa

from karat.compute import Reading, partition_content, state_of
from karat.contracts import Contract, Measure, distance_measures, select
from karat.distances import Distance, ks
from karat.errors import InputError, RefusedError
from karat.flow.newest import sources_of
from karat.golden import Day, GoldenManifest, calibrate
from karat.lake import CommitId, Lake
from karat.lake.append import append
from karat.lake.layout import (
    MAIN,
    Partition,
    dataset_path,
    golden_current_path,
    golden_manifest_path,
)
from karat.states import ReferenceCounts
from karat.store import Store
from karat.telemetry import Progress, silent
from karat.verdicts import Ledger, Outcome, current_golden, subject
from karat.verdicts.unpaired import bounds


def build_golden(
    lake: Lake,
    contract: Contract,
    ref: str,
    reference: Sequence[Partition],
    calibration: Sequence[Partition],
    *,
    store: Store,
    progress: Progress = silent,
) -> GoldenManifest:
    """Return the manifest that golden days of `ref` make; deterministic, nothing is written.

    Reference days give the cells and scales, calibration days their scores. Every day must have a
    PASS of its own under `contract` first. Raises InputError when a day is named twice or the
    contract has no unpaired rule, RefusedError naming days without a PASS.
    """
    days = [*reference, *calibration]
    if len(set(days)) < len(days) or not reference or contract.unpaired is None:
        raise InputError("golden days: name each once, at least one reference day, and an unpaired rule")  # fmt: skip  # noqa: E501
    commit = lake.resolve(ref)
    _require_proof(lake, contract, days, (commit, sources_of(lake, ref)), store)
    readings = {p: _reading(lake, contract, commit, p) for p in days}
    cells, scales = {}, {}
    for measure in distance_measures(contract, {}):
        rule = next(d for d in contract.unpaired.distances if d.name == measure.name)
        columns = [_column(readings[p], measure) for p in reference]
        cells[measure.name] = _golden(columns, rule.cells)
        scales[measure.name] = _scale(columns, rule.cells)
        progress("golden cells", len(cells), len(contract.unpaired.distances), measure.name)
    judged = {}
    for partition in calibration:
        content = partition_content(readings[partition], store)
        states = {
            m.name: ks(cells[m.name], state_of(m, content.columns, readings[partition], store))
            for m in distance_measures(contract, cells)
        }
        judged[partition] = bounds(_known(states, partition), scales)
        progress("golden calibration", len(judged), len(calibration), str(partition))

    def day(partition: Partition) -> Day:
        content = partition_content(readings[partition], store)
        return Day(str(partition), content.digest, content.rows, *judged.get(partition, ()))

    return GoldenManifest(
        contract.dataset, cells, scales, tuple(map(day, reference)), tuple(map(day, calibration))
    )


def adopt_golden(lake: Lake, manifest: GoldenManifest, *, who: str, reason: str) -> CommitId:
    """Make `manifest` the one its dataset is judged by, on record; the present head if it is."""
    if not (who.strip() and reason.strip()):
        raise InputError("a golden manifest is adopted by someone and for a reason: say both")
    name = manifest.digest
    files = {golden_manifest_path(name, "json"): manifest.encode()}
    files |= {golden_manifest_path(c, "cells"): d for c, d in manifest.cell_files().items()}
    note = json.dumps({"golden": name, "who": who, "reason": reason}, indent=1) + "\n"
    now = current_golden(lake, lake.head(MAIN), manifest.dataset)
    if now is not None and now.digest == name:
        return lake.head(MAIN)
    files[golden_current_path(manifest.dataset)] = note.encode()
    return append(lake, MAIN, dict(files), message=f"Adopt golden {name[:12]}: {reason}")


def _require_proof(
    lake: Lake,
    contract: Contract,
    days: Sequence[Partition],
    where: tuple[CommitId, CommitId],
    store: Store,
) -> None:
    at, sources = where
    golden = current_golden(lake, sources, contract.dataset)
    ledger, without = Ledger(lake), []
    for day in days:
        case = subject(lake, contract, day, at=at, sources=sources, golden=golden, store=store)
        verdict = ledger.verdict(contract.dataset, day, case.inputs.key)
        if verdict is None or verdict.outcome is not Outcome.PASS:
            without.append(str(day))
    if without:
        raise RefusedError(f"golden days without a PASS: {', '.join(without)}: validate them first")


def _reading(lake: Lake, contract: Contract, commit: CommitId, partition: Partition) -> Reading:
    path = dataset_path(contract.dataset, partition.instrument, partition.date)
    return Reading(lake, commit, path)


def _column(reading: Reading, measure: Measure) -> pa.ChunkedArray:
    return select(reading.table(measure.reads()), measure.rows)[measure.columns[0]]


def _golden(columns: Sequence[pa.ChunkedArray], cells: int | None) -> ReferenceCounts:
    chunks = [chunk for column in columns for chunk in column.chunks]
    return ReferenceCounts.from_golden(pa.chunked_array(chunks, columns[0].type), cells)


def _scale(columns: Sequence[pa.ChunkedArray], cells: int | None) -> Fraction:
    """Return the scale of a column from the distance of each reference day to the others."""
    left_out = []
    for at in range(len(columns) if len(columns) > 1 else 0):
        others = _golden([c for i, c in enumerate(columns) if i != at], cells)
        distance = ks(others, others.observe(columns[at]))
        left_out.append(distance.lower)
    return calibrate(left_out, int(median(len(column) for column in columns)))


def _known(distances: dict[str, Distance], partition: Partition) -> dict[str, Distance]:
    for name, distance in distances.items():
        if not distance.count:
            raise InputError(f"golden day {partition} has no rows to measure {name!r} on")
    return distances
