"""The digests of many files of a commit, from listings or one by one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from karat.errors import ObjectNotFound
from karat.lake import CommitId, Lake, Prefix
from karat.lake.layout import Partition

FEW = 16
"""Up to so many files are looked up by name; of more, their folders are listed."""

PathOf = Callable[[str, str], str]


def file_digests(
    lake: Lake, commit: CommitId, path_of: PathOf, partitions: Collection[Partition]
) -> Mapping[Partition, str]:
    """Return the SHA-256 of each partition's file; those that are not there are left out.

    `path_of` gives a file's path from instrument and date, and an instrument's folder is what all
    its paths begin with.
    """
    wanted = {path_of(one.instrument, one.date): one for one in partitions}
    if len(wanted) <= FEW:
        looked_up = {one: _digest(lake, commit, path) for path, one in wanted.items()}
        return {one: found for one, found in looked_up.items() if found}
    folders = sorted({path.rpartition("/")[0] for path in wanted})
    listed = (info for folder in folders for info in lake.list(commit, f"{folder}/"))
    return {
        wanted[info.path]: info.content_hash
        for info in listed
        if not isinstance(info, Prefix) and info.path in wanted
    }


def _digest(lake: Lake, commit: CommitId, path: str) -> str:
    try:
        return lake.stat(commit, path).content_hash
    except ObjectNotFound:
        return ""
