"""Which partitions a dataset is cut from: those that patterns match at a commit of main."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fnmatch import fnmatchcase
from typing import NamedTuple

from karat.contracts import SourceRule
from karat.dataset.split import EVAL, TRAIN, Split
from karat.errors import InputError, RefNotFound
from karat.lake import CommitId, Lake
from karat.lake.layout import MAIN, Partition
from karat.verdicts.lineage import raw_partitions

_TO = ".."


class Chosen(NamedTuple):
    """The commit that is cut from, what is cut, and what the embargo leaves out, by name."""

    commit: CommitId
    partitions: tuple[Partition, ...]
    embargoed: tuple[str, ...]


def choose(
    lake: Lake,
    head: CommitId,
    captures: SourceRule,
    patterns: Sequence[str],
    source: str,
    split: Split | None,
) -> Chosen:
    """Return what `patterns` choose at `source`, which is main at `head` or a commit of it.

    InputError where a pattern, or all of them, match nothing, a source is no part of main, or a
    split leaves nothing to train on or to evaluate.
    """
    commit = _commit(lake, head, source)
    raw = raw_partitions(lake, commit, source=captures)
    matched = dict[Partition, None]()
    for pattern in patterns:
        found = [one for one in raw if _matches(one, pattern)]
        if not found:
            raise InputError(f"no raw partition matches {pattern}: see what is ingested")
        matched |= dict.fromkeys(found)
    if not matched:
        raise InputError("no partitions are asked for: name a pattern, such as '*'")
    kept = tuple(one for one in raw if one in matched)
    if split is None:
        return Chosen(commit, kept, ())
    parts = {one: split.part_of(one.date) for one in kept}
    for wanted in (TRAIN, EVAL):
        if wanted not in parts.values():
            raise InputError(f"nothing is left to {wanted} on where a dataset {split}")
    left = tuple(str(one) for one, part in parts.items() if part is None)
    return Chosen(commit, tuple(one for one, part in parts.items() if part), left)


def _commit(lake: Lake, head: CommitId, source: str) -> CommitId:
    if source == MAIN:
        return head
    try:
        commit = lake.resolve(source)
    except RefNotFound as error:
        raise InputError(
            f"from {source!r}: there is no such commit: give main, or one of its commits"
        ) from error
    if not lake.is_ancestor(commit, head):
        raise InputError(f"from {source!r}: it is no part of main, and nothing else is published")
    return commit


def _matches(partition: Partition, pattern: str) -> bool:
    """Return whether a pattern, or a range of days of a pattern's instruments, has a partition."""
    instrument, _, days = pattern.rpartition("/")
    if _TO not in days:
        return fnmatchcase(str(partition), pattern)
    first, _, last = days.partition(_TO)
    for day in (first, last):
        _check_day(day, pattern)
    return first <= partition.date <= last and fnmatchcase(partition.instrument, instrument)


def _check_day(day: str, pattern: str) -> None:
    try:
        right = str(date.fromisoformat(day)) == day
    except ValueError:
        right = False
    if not right:
        raise InputError(f"{pattern}: write a range of days as INSTRUMENT/2024-08-01..2024-08-31")
