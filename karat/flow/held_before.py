"""Bytes that main has held before: they were held against their name when they came there."""

from __future__ import annotations

from itertools import islice

from karat.errors import ObjectNotFound
from karat.lake import CommitId, Lake, ObjectInfo

LOOKED_AT = 256
"""So many commits of main are looked at; what is older is read again."""


def held_before(lake: Lake, head: CommitId, info: ObjectInfo) -> bool:
    """Tell whether a commit of main up to `head` has this file; none from before it was put has."""
    for commit in islice(lake.log(head, first_parent=True), LOOKED_AT):
        if commit.created_at_s < info.mtime_s:
            return False
        try:
            if lake.stat(commit.id, info.path).content_hash == info.content_hash:
                return True
        except ObjectNotFound:
            continue
    return False
