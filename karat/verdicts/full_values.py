"""All golden values of a column, as they lie beside a manifest: read when a distance needs them."""

from __future__ import annotations

from contextlib import suppress
from weakref import WeakKeyDictionary

from karat.digest import bytes_digest
from karat.errors import CorruptError, InputError, ObjectNotFound
from karat.golden import GoldenManifest, Yardstick
from karat.lake import CommitId, Lake
from karat.lake.layout import golden_manifest_path
from karat.states import ReferenceCounts

FULL = "full"
KEPT = 8
"""So many columns stay decoded for a lake, those asked for last: each may be large."""
_read: WeakKeyDictionary[Lake, dict[str, ReferenceCounts]] = WeakKeyDictionary()


def full_values(lake: Lake, commit: CommitId, name: str) -> ReferenceCounts:
    """Return all golden values called `name`; CorruptError where they are not there, or others."""
    known = _read.setdefault(lake, {})
    found = known.pop(name, None)
    if found is None:
        found = ReferenceCounts.from_bytes(check_full_values(lake, commit, name))
    known[name] = found
    for old in list(known)[:-KEPT]:
        known.pop(old, None)
    return found


def full_of(lake: Lake, commit: CommitId, one: Yardstick) -> ReferenceCounts:
    """Return all golden values of a yardstick from beside its manifest; as `full_values`."""
    return full_values(lake, commit, one.full)


def check_full_values(lake: Lake, commit: CommitId, name: str) -> bytes:
    """Return the bytes called `name`; CorruptError where they are not there, or others."""
    path = golden_manifest_path(name, FULL)
    try:
        with lake.open(commit, path) as stream:
            data = stream.read()
    except ObjectNotFound as error:
        told = f"golden values {path} are not at {commit[:12]}"
        raise CorruptError(f"{told}: adopt the golden manifest again") from error
    if bytes_digest(data) != name:
        raise CorruptError(f"{path}: its bytes are not what its name says: restore it")
    return data


def full_files(lake: Lake, commit: CommitId, manifest: GoldenManifest) -> dict[str, bytes]:
    """Return the files of all golden values of a manifest that are not at `commit` yet.

    InputError for values that are neither there nor at hand.
    """
    found: dict[str, bytes] = {}
    for name, data in manifest.full_files().items():
        path = golden_manifest_path(name, FULL)
        if data is not None:
            found[path] = data
            continue
        with suppress(ObjectNotFound):
            lake.stat(commit, path)
            continue
        raise InputError(
            f"golden values {name[:12]} of {manifest.digest[:12]} are not at hand: "
            "adopt it from the folder it was built in"
        )
    return found
