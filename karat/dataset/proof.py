"""What each entry of a training manifest stands on: its bytes, its verdict, and who signed that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from karat.dataset.manifest import Entry, Manifest
from karat.errors import DatasetRefused, ObjectNotFound
from karat.lake import CommitId
from karat.lake.layout import Partition, verdict_path
from karat.signing.envelope import Envelope
from karat.verdicts import Ledger, against, waiver_for
from karat.verdicts.batches import batches


def refuse_unless_proved(
    ledger: Ledger, commit: CommitId, manifest: Manifest, entries: Iterable[Entry], at_s: int
) -> None:
    """Raise DatasetRefused at the first of `entries` that the ledger does not speak for."""
    for entry in entries:
        if why := against_entry(ledger, commit, manifest, entry, at_s):
            told = {entry.partition: why}
            raise DatasetRefused(f"{manifest.title}: {entry.partition}: {why}", told)


def against_entry(
    ledger: Ledger, commit: CommitId, manifest: Manifest, entry: Entry, at_s: int
) -> str:
    """Return what speaks against an entry; empty when it is proved, or waived as it says."""
    try:
        held = ledger.lake.stat(commit, entry.path).content_hash
    except ObjectNotFound:
        return "its bytes are not at the tagged commit"
    if held != entry.object:
        return "the bytes at the tagged commit are not those of the manifest"
    partition = Partition.parse(entry.partition)
    verdict = ledger.verdict(manifest.dataset, partition, entry.verdict)
    if verdict is None:
        return f"the ledger has no verdict {entry.verdict[:12]}"
    inputs = verdict.inputs
    said = (inputs.dataset, inputs.partition, inputs.content, inputs.contract, inputs.golden)
    meant = (
        manifest.dataset,
        entry.partition,
        entry.content,
        manifest.contract,
        manifest.golden,
    )
    if said != meant:
        return f"verdict {verdict.key[:12]} speaks of something else"
    waiver = waiver_for(ledger, verdict, at_s) if entry.waiver else None
    why = against(waiver, verdict)
    over = why and entry.waiver and waiver is None
    return f"{why}; its waiver is not in force any more" if over else why


def signers(ledger: Ledger, dataset: str, entries: Iterable[Entry]) -> tuple[str, ...]:
    """Return the keys, by their ids, that are believed and vouch for the verdicts of `entries`.

    A dataset is refused while one of them is revoked, unless others vouch for the same verdicts.
    """
    alone, keys = set[str](), set[str]()
    left = {entry.verdict for entry in entries if not _alone(ledger, dataset, entry, alone)}
    for path in (*alone, *_together(ledger, dataset, left)):
        keys.update(_believed(ledger, path))
    return tuple(sorted(keys))


def _together(ledger: Ledger, dataset: str, verdicts: set[str]) -> Iterator[str]:
    """Yield where verdicts without a record of their own are recorded with others."""
    for one in batches(ledger, dataset) if verdicts else ():
        if not verdicts.isdisjoint(entry.key for entry in one.batch.entries.values()):
            yield one.path


def _alone(ledger: Ledger, dataset: str, entry: Entry, found: set[str]) -> bool:
    """Return whether a verdict has a record of its own, and add where that is to `found`."""
    path = verdict_path(dataset, Partition.parse(entry.partition), entry.verdict)
    there = ledger.holds(path)
    found.update([path] if there else [])
    return there


def _believed(ledger: Ledger, path: str) -> Iterator[str]:
    """Yield the keys that signed what is recorded at `path` or beside it, but the revoked ones."""
    stem = path.removesuffix(".json")
    for place in (path, *ledger.history.beside.get(stem, ())):
        with ledger.lake.open(ledger.commit, place) as stream:
            key = Envelope.decode(stream.read(), f"ledger: {place}").key_id
        if not ledger.lake.keys.revoked(key):
            yield key
