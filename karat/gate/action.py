"""The action files that have lakeFS ask the gate, and the signed note that says they are ours."""

from __future__ import annotations

from karat.errors import CorruptError, ObjectNotFound
from karat.lake import CommitId, Lake
from karat.signing import read_statement, statement

KIND = "gate-action:1"
FILE = "_lakefs_actions/gate-main.yaml"
NOTES = "_karat/gate/"
NOTE = f"{NOTES}gate-main.json"


def signed(lake: Lake, digest: str, who: str) -> bytes:
    """Return the signed note that `who` had the action with this SHA-256 installed."""
    return lake.keys.sign(statement(KIND, {FILE: digest}, {"who": who}))


def allowed(lake: Lake, commit: CommitId, path: str) -> str:
    """Return why an action or its note may not be as it is at `commit`; "" when it may.

    There is one action, and a note that a believed key signed names the digest of its bytes.
    """
    if path not in {FILE, NOTE}:
        return f"an action of others: only karat gate install writes one, at {FILE}"
    try:
        with lake.open(commit, NOTE) as stream:
            data = stream.read()
        held = digest_of(lake, commit)
    except ObjectNotFound:
        return f"{FILE} and its note {NOTE} go together: run karat gate install"
    payload, revoked = lake.keys.opened(data, NOTE)
    subjects, _ = read_statement(KIND, payload, NOTE)
    if revoked:
        return f"the key that signed {NOTE} is revoked ({revoked}): run karat gate install"
    if subjects != {FILE: held}:
        raise CorruptError(f"{NOTE} speaks of another action: run karat gate install")
    return ""


def digest_of(lake: Lake, commit: CommitId) -> str:
    """Return the SHA-256 of the action's bytes; ObjectNotFound."""
    for found in lake.list(commit, FILE):
        if found.path == FILE:
            return str(getattr(found, "content_hash", ""))
    raise ObjectNotFound(f"nothing at {FILE!r} in {commit[:12]}")
