"""A training manifest as signed bytes; every format that was ever published is still read."""

from __future__ import annotations

from typing import Any

from karat.dataset.manifest import FORMAT, Entry, Manifest
from karat.dataset.split import Split
from karat.errors import CorruptError, InputError
from karat.signing import read_statement, statement

KIND = "training-manifest:1"
FIRST_FORMAT = 1
_SAID = ("name", "version", "dataset", "contract", "golden", "commit")
_LISTS = ("embargoed", "signers", "overruled")
_ENTRY = {"partition", "path", "object", "content", "verdict", "size", "waiver"}


def encoded(manifest: Manifest) -> bytes:
    """Return the statement, in the manifest's own format."""
    body = _rest(manifest) | {
        "entries": [_plain(entry, manifest.format) for entry in manifest.entries]
    }
    return statement(KIND, _subjects(manifest), body)


def decoded(data: bytes, where: str) -> Manifest:
    """Return the manifest; CorruptError naming `where` when the bytes are none.

    That they are the one spelling of what they say is looked at as they are read; here, that a
    manifest says all of it and nothing else.
    """
    subjects, body = read_statement(KIND, data, f"{where}: the manifest")
    try:
        if body["format"] not in range(FIRST_FORMAT, FORMAT + 1) or body["format"] is True:
            raise CorruptError(f"{where}: a manifest of another format than 1 to {FORMAT}")
        entries = body.pop("entries")
        found = Manifest(**_parts(body), entries=tuple(Entry(**entry) for entry in entries))
        said = _ENTRY if found.format == FIRST_FORMAT else {*_ENTRY, "rows", "part"}
        whole = all(entry.keys() == said for entry in entries) and _rest(found) == body
        same = _subjects(found) == subjects and len(subjects) == len(entries)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CorruptError(f"{where}: not a training manifest: {error}") from error
    if not whole:
        raise CorruptError(f"{where}: says other things than a manifest of format {found.format}")
    if not same:
        raise CorruptError(f"{where}: its subjects are not the files it names")
    return found


def _subjects(manifest: Manifest) -> dict[str, str]:
    return {entry.path: entry.object for entry in manifest.entries}


def _rest(manifest: Manifest) -> dict[str, Any]:
    """Return all that a manifest says but its entries, as plain values."""
    body = {"format": manifest.format} | {name: getattr(manifest, name) for name in _SAID}
    if manifest.format == FIRST_FORMAT:
        return body
    split = manifest.split
    return body | {
        **{name: list(getattr(manifest, name)) for name in _LISTS},
        "schema": [list(column) for column in manifest.schema],
        "features": manifest.features,
        "purpose": manifest.purpose,
        "split": split and {"eval_from": split.eval_from, "embargo_days": split.embargo_days},
    }


def _parts(body: dict[str, Any]) -> dict[str, Any]:
    """Return a statement's body as the fields of a manifest; the errors of a wrong one."""
    if body["format"] == FIRST_FORMAT:
        return body
    return body | {
        **{name: tuple(body[name]) for name in _LISTS},
        "schema": tuple((str(name), str(kind)) for name, kind in body["schema"]),
        "split": _split(body["split"]),
        "features": str(body["features"]),
        "purpose": str(body["purpose"]),
    }


def _split(said: dict[str, Any] | None) -> Split | None:
    try:
        return None if said is None else Split(**said)
    except InputError as error:
        raise ValueError(str(error)) from error


def _plain(entry: Entry, version: int) -> dict[str, Any]:
    """Return an entry as plain values: `dataclasses.asdict` takes ten times as long."""
    said = {name: getattr(entry, name) for name in _ENTRY}
    return said if version == FIRST_FORMAT else said | {"rows": entry.rows, "part": entry.part}
