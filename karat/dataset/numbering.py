"""Which version a manifest becomes: an earlier one that says the same, or the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from karat.dataset.manifest import Manifest
from karat.dataset.refusing import refusals
from karat.dataset.revocation import revocations_of
from karat.dataset.tagged import Tagged, tagged, tags
from karat.dataset.version import Version, following
from karat.errors import ObjectNotFound
from karat.lake import CommitId, Lake
from karat.lake.append import append
from karat.lake.layout import MAIN, dataset_tag, manifest_path
from karat.verdicts import Ledger


def numbered(
    lake: Lake, manifest: Manifest, purpose: str | None, head: CommitId, at_s: int
) -> Manifest:
    """Return the version that says what `manifest` does: one there is, or a new one, tagged.

    One that would be refused at `at_s` is not given back: what the gate admits now is a new
    version, which overrules the revocations that stand in its way. HeadMoved when main is not at
    `head` any more.
    """
    _tag_what_was_cut(lake, manifest.name, head)
    earlier, ledger = tagged(lake, manifest.name), Ledger(lake)
    last = earlier[-1].manifest if earlier else None
    before = last.purpose if last else ""
    manifest = replace(manifest, purpose=before if purpose is None else purpose)
    if same := _same(ledger, earlier, manifest, at_s):
        return same
    overruled = tuple(sorted(revocations_of(ledger, manifest)))
    version = str(following(last, manifest)) if last else manifest.version
    manifest = replace(manifest, version=version, overruled=overruled)
    path = manifest_path(manifest.name, version)
    files = {path: lake.keys.sign(manifest.encode())}
    # Another head may hold other bytes than were judged, and would be tagged with them.
    message = f"Cut {manifest.name} {version}"
    commit = append(lake, MAIN, files, message=message, expected_head=head)
    lake.create_tag(dataset_tag(manifest.name, version), commit, exist_ok=True)
    return manifest


def _tag_what_was_cut(lake: Lake, name: str, head: CommitId) -> None:
    """Tag each manifest on main that has no tag: whoever cut it was killed before that."""
    there = {version for _, version, _ in tags(lake, name)}
    folder = manifest_path(name, "0").removesuffix("0.json")
    for found in lake.list(head, folder):
        version = found.path.removeprefix(folder).removesuffix(".json")
        if Version.is_one(version) and version not in there:
            commit = _first_with(lake, head, found.path)
            lake.create_tag(dataset_tag(name, version), commit, exist_ok=True)


def _first_with(lake: Lake, head: CommitId, path: str) -> CommitId:
    """Return the first commit of main that holds what `head` does at `path`."""
    held, first = lake.stat(head, path).content_hash, head
    for commit in lake.log(head, first_parent=True):
        try:
            if lake.stat(commit.id, path).content_hash != held:
                break
        except ObjectNotFound:
            break
        first = commit.id
    return first


def _same(
    ledger: Ledger, earlier: Sequence[Tagged], manifest: Manifest, at_s: int
) -> Manifest | None:
    """Return the newest version with the same data that may be read; None for none."""
    for one in reversed(earlier):
        if one.manifest.same_data(manifest) and not refusals(ledger, one, at_s):
            return one.manifest
    return None
