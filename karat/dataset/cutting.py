"""Cut a training dataset: all of the newest data, each partition proved, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from karat.breaker import refuse_while_open
from karat.contracts import Contract
from karat.dataset.choosing import Chosen, choose
from karat.dataset.manifest import Entry, Manifest
from karat.dataset.numbering import numbered
from karat.dataset.proof import signers
from karat.dataset.split import TRAIN, Part, Split
from karat.dataset.version import FIRST
from karat.errors import DatasetRefused, HeadMoved, RefusedError
from karat.golden import GoldenManifest
from karat.lake import CommitId, Lake
from karat.lake.again import again_while
from karat.lake.layout import MAIN, Partition, dataset_path
from karat.messages import REBUILD_VERSION
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


@dataclass(frozen=True)
class _Call:
    """What is cut, from where, and with what."""

    lake: Lake
    contract: Contract
    name: str
    partitions: Sequence[str]
    source: str
    split: Split | None
    purpose: str | None
    store: Store
    progress: Progress
    clock: Clock


def cut(
    lake: Lake,
    contract: Contract,
    name: str,
    *,
    partitions: Sequence[str] = ("*",),
    source: str = MAIN,
    split: Split | None = None,
    purpose: str | None = None,
    store: Store,
    progress: Progress = silent,
    clock: Clock = now_s,
) -> Manifest:
    """Cut version after version of the dataset `name` from `source`, sign and tag it.

    `partitions` are patterns such as ``binance-*/2024-08-*``, names, or ranges of days such as
    ``binance-spot-btcusdt/2024-08-01..2024-08-31``. Every raw partition they match must be
    published with a PASS, or a waiver in force, for what its newest raw gave. `source` is main,
    or a commit of its history: then for what was the newest raw there, proved under the golden
    manifest now in force. With a `split`, days before its border train, those after it evaluate,
    and those under the embargo are left out. What an earlier version says already is that version,
    unless it would be refused. `purpose` is that of the version before where none is given. When
    main moves meanwhile, all is looked up again.

    Raises DatasetRefused naming each partition that is not proved, that a breaker stops, or whose
    content both trains and evaluates; InputError when none matches, trains or evaluates.
    """
    how = partitions, source, split, purpose
    call = _Call(lake, contract, name, *how, store, progress, clock)
    return again_while((HeadMoved,), lambda: _cut(call))


def _cut(call: _Call) -> Manifest:
    lake, contract = call.lake, call.contract
    head = lake.head(MAIN)
    chosen = choose(lake, head, contract.source, call.partitions, call.source, call.split)
    golden = current_golden(lake, head, contract.dataset)
    entries = tuple(
        _entry(call, chosen.commit, answer) for answer in _admitted(call, chosen, golden)
    )
    ledger = Ledger(lake)
    refuse_while_open(
        ledger, contract.dataset, chosen.partitions, f"dataset {call.name!r}", call.clock()
    )
    manifest = Manifest(
        name=call.name,
        version=str(FIRST),
        dataset=contract.dataset,
        contract=contract.digest,
        golden=golden.digest if golden else "",
        commit=chosen.commit,
        entries=entries,
        schema=tuple((name, column.type) for name, column in contract.columns.items()),
        features=features_of(contract),
        split=call.split,
        embargoed=chosen.embargoed,
        signers=signers(ledger, contract.dataset, entries),
    )
    refuse_leaks(manifest)
    return numbered(lake, manifest, call.purpose, head, call.clock())


def features_of(contract: Contract) -> str:
    """Return the name and version of the code that makes a dataset's rows from captures."""
    source = contract.source
    return f"{source.made_by}@{source.version}" if source.made_by else f"rebuild@{REBUILD_VERSION}"


def _admitted(call: _Call, chosen: Chosen, golden: GoldenManifest | None) -> list[Admission]:
    """Return the gate's answers, each of them yes; DatasetRefused naming every other."""
    lake, contract, found = call.lake, call.contract, list[Admission]()
    wanted, at = set(chosen.partitions), chosen.commit
    for instrument in sorted({partition.instrument for partition in wanted}):
        for link in links(lake, at, contract.dataset, instrument, contract.source):
            if link.partition in wanted:
                how = partial(admission, at=at, sources=at, golden=golden, store=call.store)
                answer = how(lake, contract, link, clock=call.clock)
                found.append(answer)
                call.progress("cut", len(found), len(wanted), str(link.partition))
    try:
        refuse_unless_admitted(found, f"dataset {call.name!r}")
    except RefusedError as error:
        raise DatasetRefused(str(error), error.reasons) from error
    return found


def _entry(call: _Call, at: CommitId, answer: Admission) -> Entry:
    partition, verdict, build = answer.link.partition, answer.verdict, answer.link.build
    if verdict is None or build is None:
        raise DatasetRefused(f"{partition}: no verdict")
    path = dataset_path(call.contract.dataset, partition.instrument, partition.date)
    return Entry(
        partition=str(partition),
        path=path,
        object=answer.object,
        content=verdict.inputs.content,
        verdict=verdict.key,
        size=call.lake.stat(at, path).size,
        waiver=answer.waiver.digest if answer.waiver else "",
        rows=build.rows,
        part=_part(call.split, partition),
    )


def _part(split: Split | None, partition: Partition) -> Part:
    return (split.part_of(partition.date) if split else None) or TRAIN


def refuse_leaks(manifest: Manifest) -> None:
    """Raise DatasetRefused when a content that evaluates trains as well, under another name."""
    trains = {entry.content: entry.partition for entry in manifest.of("train")}
    leaks = {
        entry.partition: f"evaluates, and {trains[entry.content]}, which trains, is the same"
        for entry in manifest.of("eval")
        if entry.content in trains
    }
    if leaks:
        told = "\n  ".join(f"{name}: {why}" for name, why in leaks.items())
        raise DatasetRefused(f"dataset {manifest.name!r} refused: {told}", leaks)
