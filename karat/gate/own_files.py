"""Files of karat's own on main: only what their bytes justify may come, and nothing may go."""

from __future__ import annotations

import re
from collections.abc import Iterator

from karat.errors import CorruptError, KaratError, UnavailableError, UntrustedError
from karat.gate.action import NOTES, allowed
from karat.gate.changes import ACTIONS, MANIFESTS, added
from karat.lake import Change, CommitId, Lake
from karat.verdicts.adoption import adopted
from karat.verdicts.full_values import check_full_values
from karat.verdicts.trial import golden_manifest

_GOLDEN = re.compile(r"_karat/golden/([0-9a-f]{64})\.(json|cells|full)", re.ASCII)
_CURRENT = re.compile(r"_karat/golden/current/([^/]+)\.json", re.ASCII)


def unjustified(lake: Lake, commit: CommitId, changes: list[Change]) -> Iterator[tuple[str, str]]:
    """Yield each path of `changes` that nothing justifies at `commit`, and why."""
    for change in changes:
        try:
            why = _against(lake, commit, change)
        except UnavailableError:
            raise
        except KaratError as error:
            why = str(error)
        if why:
            yield change.path, why


def _against(lake: Lake, commit: CommitId, change: Change) -> str:
    path = change.path
    if path.startswith((ACTIONS, NOTES)):
        return allowed(lake, commit, path)
    if path.startswith(MANIFESTS):
        return _manifest(lake, commit, change)
    if named := _GOLDEN.fullmatch(path):
        return _golden(lake, commit, change, named[1])
    if current := _CURRENT.fullmatch(path):
        name = adopted(lake, commit, current[1])
        if name is None:
            return "the golden manifest in force may be exchanged, not taken away"
        for full in golden_manifest(lake, commit, name).full_files():
            check_full_values(lake, commit, full)
        return ""
    return "nothing of karat's is kept there: take it out of the branch"


def _golden(lake: Lake, commit: CommitId, change: Change, name: str) -> str:
    """Return why a part of a golden manifest may not come; CorruptError for other bytes."""
    right = added(change)
    if right is None or right.content_hash != name:
        return "a golden manifest is added under the digest of its bytes, for ever"
    with lake.open(commit, change.path) as stream:
        stream.read()  # what its writer says of the bytes is held against them
    return ""


def _manifest(lake: Lake, commit: CommitId, change: Change) -> str:
    """Return why a training manifest may not come; consumers look into it more closely."""
    if added(change) is None:
        return "a training manifest is never changed and never taken away: cut another version"
    with lake.open(commit, change.path) as stream:
        data = stream.read()
    try:
        _, revoked = lake.keys.opened(data, change.path)
    except (CorruptError, UntrustedError) as error:
        return str(error)
    return f"the key that signed it is revoked ({revoked})" if revoked else ""
