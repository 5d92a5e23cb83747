"""Which partitions a commit holds, told by what an earlier commit held and what changed since.

A listing takes about 8 µs a file. What a commit lists is the same for ever, so the store keeps the
listing of one commit a folder; of another commit only the difference is asked for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from karat.digest import digest
from karat.errors import RefNotFound
from karat.lake import CommitId, Lake
from karat.lake.layout import Partition, parse_dataset_path
from karat.store import Store
from karat.store.understood import understood
from karat.verdicts.lineage import files

MANY = 32
"""So many files are worth to be kept, and so many changes to be kept anew."""


def listing(lake: Lake, commit: CommitId, folder: str, store: Store) -> dict[Partition, str]:
    """Return the partitions below a folder of a commit, in order, with the SHA-256 of their bytes.

    The same as `karat.verdicts.lineage.files` of all its paths; `store` only makes it quick.
    """
    slot = digest("listing/1", folder)
    known = understood(store, [slot], _kept).get(slot)
    if known and known[0] == commit:
        return known[1]
    since = _since(lake, known[0], commit, folder) if known else None
    if known is None or since is None:
        found, new = dict(files(lake, commit, f"{folder}/")), MANY
    else:
        found, new = _changed(known[1], since), len(since)
    if new >= MANY and len(found) >= MANY:
        rows = [(one.instrument, one.date, name) for one, name in found.items()]
        store.put(slot, json.dumps([commit, rows]).encode())
    return found


def _kept(data: bytes) -> tuple[CommitId, dict[Partition, str]]:
    commit, rows = json.loads(data)
    return commit, {Partition(instrument, date): name for instrument, date, name in rows}


def _since(
    lake: Lake, start: CommitId, commit: CommitId, folder: str
) -> dict[Partition, str] | None:
    """Return what is held by other bytes than at `start`, "" for what is gone; None for no start.

    The commit may be of another lake, or collected.
    """
    try:
        changes = list(lake.diff(start, commit, f"{folder}/"))
    except RefNotFound:
        return None
    named = [(parse_dataset_path(one.path), one.right) for one in changes]
    return {at[1]: right.content_hash if right else "" for at, right in named if at}


def _changed(
    before: Mapping[Partition, str], since: Mapping[Partition, str]
) -> dict[Partition, str]:
    found = {**before, **since}
    if not since.keys() <= before.keys():
        found = dict(sorted(found.items()))
    return {one: name for one, name in found.items() if name} if "" in since.values() else found
