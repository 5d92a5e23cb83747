"""The training manifests that tags name, each with what its signature is worth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from karat.dataset.manifest import Manifest
from karat.dataset.version import Version
from karat.errors import CorruptError
from karat.lake import CommitId, Lake
from karat.lake.layout import dataset_tag, manifest_path


class Tagged(NamedTuple):
    """A manifest, the commit its tag names, and why its key is revoked ("": it is believed)."""

    manifest: Manifest
    commit: CommitId
    revoked: str


def manifests(lake: Lake, name: str | None = None) -> list[Manifest]:
    """Return the manifests that tags name, of all datasets or one, in the order of the tags.

    Those of a key that is revoked by now are among them: `karat.dataset.open` refuses them.
    """
    return [one.manifest for one in tagged(lake, name)]


def tagged(lake: Lake, name: str | None = None) -> list[Tagged]:
    """Return the manifests that tags name with their commits, by name and version."""
    found = sorted(tags(lake, name), key=lambda tag: (tag[0], Version.parse(tag[1])))
    return [manifest_at(lake, commit, title, version) for title, version, commit in found]


def manifest_of(lake: Lake, name: str, version: str) -> Tagged:
    """Return one manifest; RefNotFound, ObjectNotFound, errors as `manifest_at`."""
    return manifest_at(lake, lake.resolve(dataset_tag(name, version)), name, version)


def tags(lake: Lake, name: str | None = None) -> Iterator[tuple[str, str, CommitId]]:
    """Yield name, version and commit of the tags of datasets; tags of another form are others'."""
    prefix = "dataset-" if name is None else f"dataset-{name}-"
    for tag in lake.tags(prefix):
        title, _, version = tag.name.removeprefix("dataset-").rpartition("-")
        if title and name in {None, title} and Version.is_one(version):
            yield title, version, tag.commit


def manifest_at(lake: Lake, commit: CommitId, name: str, version: str) -> Tagged:
    """Return the manifest that a commit holds; CorruptError, UntrustedError for one like none."""
    path = manifest_path(name, version)
    with lake.open(commit, path) as stream:
        payload, revoked = lake.keys.opened(stream.read(), path)
    manifest = Manifest.decode(payload, path)
    if (manifest.name, manifest.version) != (name, version):
        raise CorruptError(f"{path}: is the manifest of {manifest.name}@{manifest.version}")
    return Tagged(manifest, commit, revoked)
