"""Cut a training dataset: all of the newest data, each partition proved, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from karat.breaker import refuse_while_open
from karat.contracts import Contract
from karat.dataset.manifest import Entry, Manifest
from karat.dataset.reader import signed_manifests
from karat.dataset.version import FIRST, Version, following
from karat.errors import DatasetRefused, HeadMoved, InputError, RefusedError
from karat.lake import CommitId, Lake
from karat.lake.append import append
from karat.lake.layout import MAIN, dataset_path, dataset_tag, manifest_path
from karat.store import Store
from karat.telemetry import Clock, Progress, now_s, silent
from karat.verdicts import (
    Admission,
    Ledger,
    admission,
    current_golden,
    links,
    refuse_unless_admitted,
)
from karat.verdicts.lineage import raw_partitions

ATTEMPTS = 5


def cut(
    lake: Lake,
    contract: Contract,
    name: str,
    *,
    partitions: Sequence[str] = ("*",),
    store: Store,
    progress: Progress = silent,
    clock: Clock = now_s,
) -> Manifest:
    """Cut version after version of the dataset `name` from main, and tag it.

    `partitions` are patterns such as ``binance-*/2024-08-*``. Every raw partition they match must
    be published with a PASS, or a waiver in force, for what its newest raw gave. The same data as
    the last version returns that version. When main moves meanwhile, all is looked up again.
    Raises DatasetRefused naming each partition that is not proved, or that a breaker stops;
    InputError when none matches.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return _cut(lake, contract, name, partitions, store, progress, clock)
        except HeadMoved:
            continue
    return _cut(lake, contract, name, partitions, store, progress, clock)


def _cut(
    lake: Lake,
    contract: Contract,
    name: str,
    partitions: Sequence[str],
    store: Store,
    progress: Progress,
    clock: Clock,
) -> Manifest:
    head = lake.head(MAIN)
    golden = current_golden(lake, head, contract.dataset)
    raw = raw_partitions(lake, head, source=contract.source)
    matched = [p for p in raw if _matches(str(p), partitions)]
    if not matched:
        raise InputError(f"no raw partition matches {', '.join(partitions)}: see what is ingested")
    admissions: list[Admission] = []
    for instrument in sorted({p.instrument for p in matched}):
        for link in links(lake, head, contract.dataset, instrument, contract.source):
            if link.partition in matched:
                where = {"at": head, "sources": head}
                answer = admission(
                    lake, contract, link, **where, golden=golden, store=store, clock=clock
                )
                admissions.append(answer)
                progress("cut", len(admissions), len(matched), str(link.partition))
    try:
        refuse_unless_admitted(admissions, f"dataset {name!r}")
    except RefusedError as error:
        raise DatasetRefused(str(error), error.reasons) from error
    refuse_while_open(Ledger(lake), contract.dataset, matched, f"dataset {name!r}", clock())
    manifest = Manifest(
        name=name,
        version=str(FIRST),
        dataset=contract.dataset,
        contract=contract.digest,
        golden=golden.digest if golden else "",
        commit=head,
        entries=tuple(_entry(lake, head, contract.dataset, a) for a in admissions),
    )
    return _next(lake, manifest)


def _matches(partition: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(partition, pattern) for pattern in patterns)


def _entry(lake: Lake, head: CommitId, dataset: str, answer: Admission) -> Entry:
    partition, verdict = answer.link.partition, answer.verdict
    if verdict is None:
        raise DatasetRefused(f"{partition}: no verdict")
    path = dataset_path(dataset, partition.instrument, partition.date)
    size = lake.stat(head, path).size
    waiver = answer.waiver.digest if answer.waiver else ""
    content = verdict.inputs.content
    return Entry(str(partition), path, answer.object, content, verdict.key, size, waiver)


def _next(lake: Lake, manifest: Manifest) -> Manifest:
    """Write the manifest as the next version and tag it, unless the last one says the same."""
    earlier = signed_manifests(lake, manifest.name)
    newest = max(earlier, key=lambda signed: Version.parse(signed[0].version), default=None)
    if newest is not None:
        last, revoked = newest
        if last.same_data(manifest) and not revoked:
            return last
        manifest = replace(manifest, version=str(following(last, manifest)))
    path = manifest_path(manifest.name, manifest.version)
    message = f"Cut {manifest.name} {manifest.version}"
    files = {path: lake.keys.sign(manifest.encode())}
    # Another head may hold other bytes than were judged, and would be tagged with them.
    commit = append(lake, MAIN, files, message=message, expected_head=manifest.commit)
    lake.create_tag(dataset_tag(manifest.name, manifest.version), commit, exist_ok=True)
    return manifest
