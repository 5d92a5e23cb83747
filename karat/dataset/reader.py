"""The reader: opens a tagged training dataset, and refuses anything it cannot show to be proved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from karat.breaker import refuse_while_open
from karat.compute import file_content
from karat.dataset.manifest import Entry, Manifest
from karat.dataset.version import Version
from karat.errors import CorruptError, DatasetRefused, InputError, ObjectNotFound, RefNotFound
from karat.lake import CommitId, Lake
from karat.lake.layout import Partition, dataset_tag, manifest_path
from karat.messages.file_name import utf8_name
from karat.telemetry import Clock, now_s
from karat.verdicts import Ledger, against, waiver_for

BATCH_ROWS = 1 << 16


@dataclass(frozen=True)
class Dataset:
    """A proved dataset at the commit of its tag; each partition's bytes are hashed when read."""

    lake: Lake
    commit: CommitId
    manifest: Manifest

    @property
    def partitions(self) -> list[str]:
        """Return the names of all partitions, in the manifest's order."""
        return [entry.partition for entry in self.manifest.entries]

    def batches(
        self, columns: list[str] | None = None, *, rows: int = BATCH_ROWS
    ) -> Iterator[pa.RecordBatch]:
        """Yield all rows in order, at most `rows` at a time, partition after partition.

        Raises CorruptError before the first row of a partition whose bytes are not the proved
        ones, InputError for a column that is not there.
        """
        for entry in self.manifest.entries:
            with pq.ParquetFile(utf8_name(self._file(entry))) as file:
                have = file.schema_arrow.names
                if absent := [name for name in columns or () if name not in have]:
                    raise InputError(
                        f"{entry.path}: no column {absent[0]!r}; have {', '.join(have)}"
                    )
                yield from file.iter_batches(rows, columns=columns)

    def verify(self) -> Iterator[Entry]:
        """Hash every byte and every column of every partition; yield each that is as proved.

        Raises CorruptError at the first that is not.
        """
        for entry in self.manifest.entries:
            content = file_content(self._file(entry), what=entry.path)
            if content.digest != entry.content:
                raise CorruptError(f"{entry.path}: holds other values than its verdict speaks of")
            yield entry

    def _file(self, entry: Entry) -> Path:
        """Return a partition's file; CorruptError naming it when it is not what was proved."""
        try:
            return self.lake.local_path(self.commit, entry.path)
        except CorruptError as error:
            raise type(error)(f"{entry.partition}: {error}") from error


def open_dataset(
    lake: Lake, name: str, *, while_open: bool = True, clock: Clock = now_s
) -> Dataset:
    """Open a training dataset such as ``demo@1.0.0``.

    Raises DatasetRefused with the reason unless the tag, the manifest under it, the bytes at its
    commit and a PASS in the ledger for each partition agree, or a waiver that the manifest tells
    of and that is still in force; InputError for another spelling. What was proved stays so while
    a breaker is open: with `while_open` False it is refused then, as training on what comes in is.
    """
    title, _, version = name.partition("@")
    if not (title and version):
        raise InputError(f"dataset {name!r}: write name@version, such as demo@1.0.0")
    try:
        commit = lake.resolve(dataset_tag(title, version))
        manifest, revoked = _manifest(lake, commit, title, version)
    except (RefNotFound, ObjectNotFound) as error:
        have = ", ".join(version for _, version, _ in _tagged(lake, title)) or "none"
        raise DatasetRefused(
            f"{name}: there is no such version of {title!r}; have {have}"
        ) from error
    if revoked:
        raise DatasetRefused(f"{name}: the key that signed it is revoked ({revoked}): cut it again")
    ledger = Ledger(lake, whole=True)
    for entry in manifest.entries:
        if reason := _against(ledger, commit, manifest, entry, clock()):
            raise DatasetRefused(f"{name}: {entry.partition}: {reason}", {entry.partition: reason})
    own = [Partition.parse(entry.partition) for entry in manifest.entries]
    if not while_open:
        refuse_while_open(ledger, manifest.dataset, own, name, clock())
    return Dataset(lake, commit, manifest)


def manifests(lake: Lake, name: str | None = None) -> list[Manifest]:
    """Return the manifests that tags name, of all datasets or one, in the order of the tags.

    Those of a key that is revoked by now are among them: `open_dataset` refuses them.
    """
    return [manifest for manifest, _ in signed_manifests(lake, name)]


def signed_manifests(lake: Lake, name: str | None = None) -> list[tuple[Manifest, str]]:
    """Return the manifests that tags name, each with why its key is revoked ("": it is not)."""
    found = _tagged(lake, name)
    return [_manifest(lake, commit, title, version) for title, version, commit in found]


def _tagged(lake: Lake, name: str | None) -> Iterator[tuple[str, str, CommitId]]:
    """Yield name, version and commit of the tags of datasets; tags of another form are others'."""
    prefix = "dataset-" if name is None else f"dataset-{name}-"
    for tag in lake.tags(prefix):
        title, _, version = tag.name.removeprefix("dataset-").rpartition("-")
        if title and name in {None, title} and Version.is_one(version):
            yield title, version, tag.commit


def _manifest(lake: Lake, commit: CommitId, name: str, version: str) -> tuple[Manifest, str]:
    """Return a manifest, and why the key that signed it is revoked ("" while it is believed)."""
    path = manifest_path(name, version)
    with lake.open(commit, path) as stream:
        payload, revoked = lake.keys.opened(stream.read(), path)
    manifest = Manifest.decode(payload, path)
    if (manifest.name, manifest.version) != (name, version):
        raise CorruptError(f"{path}: is the manifest of {manifest.name}@{manifest.version}")
    return manifest, revoked


def _against(ledger: Ledger, commit: CommitId, manifest: Manifest, entry: Entry, at_s: int) -> str:
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
    return against(waiver_for(ledger, verdict, at_s) if entry.waiver else None, verdict)
