"""Which golden manifest a dataset is judged by: who adopted it and why, signed, on main."""

from __future__ import annotations

from karat.errors import CorruptError, ObjectNotFound, UntrustedError
from karat.lake import CommitId, Lake
from karat.lake.layout import golden_current_path
from karat.signing import read_statement, statement

KIND = "golden-adoption:1"


def adoption(lake: Lake, dataset: str, golden: str, *, who: str, reason: str) -> bytes:
    """Return the signed note that `who` adopts the manifest with this digest; UntrustedError."""
    body = {"golden": golden, "who": who, "reason": reason}
    return lake.keys.sign(statement(KIND, {_subject(dataset): golden}, body))


def adopted(lake: Lake, commit: CommitId, dataset: str) -> str | None:
    """Return the digest of the manifest that a commit says is in force, None for none.

    Raises CorruptError when the note was edited, UntrustedError when its key is not trusted or
    was revoked: the manifest must be adopted again.
    """
    path = golden_current_path(dataset)
    try:
        with lake.open(commit, path) as stream:
            data = stream.read()
    except ObjectNotFound:
        return None
    payload, revoked = lake.keys.opened(data, path)
    subjects, body = read_statement(KIND, payload, path)
    if subjects != {_subject(dataset): body.get("golden")}:
        raise CorruptError(f"{path} speaks of something else")
    if revoked:
        raise UntrustedError(
            f"{path}: the key that adopted golden manifest {body['golden']} is revoked "
            f"({revoked}): adopt it again"
        )
    return str(body["golden"])


def _subject(dataset: str) -> str:
    return f"golden/{dataset}"
