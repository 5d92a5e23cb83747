"""The golden manifest that judges, read once as long as a lake is open.

A manifest's name is the digest of its text and, in it, of its cells: what was read of an open lake
and proved to be so stays what the name says, and so does the signed note that names it, for those
who believe the same keys. Which note is in force is asked each time. The gate, `reproduce` and the
reader do not use this: they read the files anew.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

from karat.errors import ObjectNotFound
from karat.golden import GoldenManifest
from karat.lake import CommitId, Lake
from karat.lake.layout import golden_current_path
from karat.verdicts import current_golden

Known = dict[str, tuple[tuple[str, str], GoldenManifest | None]]
_read: WeakKeyDictionary[Lake, Known] = WeakKeyDictionary()
"""What was last in force of each open lake, by dataset, with its note and the keys believed."""


def golden_in_force(lake: Lake, commit: CommitId, dataset: str) -> GoldenManifest | None:
    """Return the golden manifest a dataset is judged by, None for none.

    CorruptError, UntrustedError as of `karat.verdicts.current_golden`.
    """
    try:
        note = lake.stat(commit, golden_current_path(dataset)).content_hash
    except ObjectNotFound:
        return None
    known, said = _read.setdefault(lake, {}), (note, lake.keys.version)
    if dataset not in known or known[dataset][0] != said:
        known[dataset] = said, current_golden(lake, commit, dataset)
    return known[dataset][1]
