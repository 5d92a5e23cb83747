"""A merge of two sets of changes that never looks inside a file.

What only one side changed is taken; what both changed alike is there already; what both changed
differently is a conflict. A file is whole or not at all: two halves that were each proved make a
whole that nobody proved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from karat.lake.backend import Delta, Entry


@dataclass(frozen=True, slots=True)
class Merged:
    """What has to change on our side, and the paths on which the sides disagree."""

    changes: Mapping[str, Entry | None]
    conflicts: tuple[str, ...]


def threeway(ours: Iterable[Delta], theirs: Iterable[Delta]) -> Merged:
    """Return what `theirs` adds to `ours`, both told from the same base; no changes for none."""
    here = {delta.path: delta.new for delta in ours}
    changes: dict[str, Entry | None] = {}
    conflicts: list[str] = []
    for path, _, new in theirs:
        if path not in here:
            changes[path] = new
        elif here[path] != new:
            conflicts.append(path)
    return Merged(changes, tuple(conflicts))
