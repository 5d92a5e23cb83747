"""Files of a lake read again, a few at a time: bytes that changed in place betray themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from heapq import nsmallest

from karat.digest import BLOCK, Hasher, digest
from karat.errors import CorruptError, ObjectGone
from karat.lake.layout import LEDGER, MAIN
from karat.lake.paths import is_reserved
from karat.lake.protocol import Lake, ObjectInfo
from karat.telemetry import Progress, silent

REFS = (MAIN, LEDGER)


@dataclass(frozen=True, slots=True)
class Rehashed:
    """How many files there are, how many were read and their bytes, and what is wrong by path."""

    files: int
    read: int
    bytes: int
    damaged: dict[str, str]


def rehash(
    lake: Lake,
    sample: int,
    seed: str,
    *,
    refs: Sequence[str] = REFS,
    progress: Progress = silent,
) -> Rehashed:
    """Read `sample` files of the heads of `refs`, drawn by `seed` alone, and digest them again.

    Each file is as likely as any other; all are read where there are no more. Of a lake on a
    server, a copy that this machine keeps is what is read, if there is one. Errors as of
    `Lake.list`: a lake that cannot be asked is no finding.
    """
    found = [(commit, info) for commit in map(lake.resolve, refs) for info in _files(lake, commit)]
    chosen = nsmallest(max(sample, 0), found, key=lambda one: _lot(seed, one[1]))
    damaged, total = {}, 0
    for number, (commit, info) in enumerate(chosen, 1):
        if why := _against(lake, commit, info):
            damaged[info.path] = why
        total += info.size
        progress("rehash", number, len(chosen), info.path)
    return Rehashed(len(found), len(chosen), total, damaged)


def _files(lake: Lake, commit: str) -> Iterator[ObjectInfo]:
    found = (one for one in lake.list(commit) if isinstance(one, ObjectInfo))
    return (one for one in found if not is_reserved(one.path))


def _lot(seed: str, info: ObjectInfo) -> str:
    return digest("rehash/1", seed, info.path, info.content_hash)


def _against(lake: Lake, commit: str, info: ObjectInfo) -> str:
    """Return what is wrong with a file's bytes, nothing for nothing."""
    hasher, size = Hasher(), 0
    try:
        with closing(lake.open(commit, info.path)) as stream:
            while block := stream.read(BLOCK):
                hasher.update(block)
                size += len(block)
    except (CorruptError, ObjectGone) as error:
        return str(error)
    if (size, hasher.hexdigest()) != (info.size, info.content_hash):
        return f"{size} bytes of digest {hasher.hexdigest()[:12]}, not {info.content_hash[:12]}"
    return ""
