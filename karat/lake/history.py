"""Walks over commits by generation: a child's is always above its parents'.

So whoever takes the highest generation first has seen every descendant of a commit before the
commit itself, and both walks below need no second pass.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from itertools import islice

from karat.lake.backend import Record
from karat.lake.protocol import Commit, CommitId

Lookup = Callable[[CommitId], Record]


def log(lookup: Lookup, start: CommitId, *, first_parent: bool) -> Iterator[Commit]:
    """Yield `start` and its ancestors, each before its parents, ties by time, then id."""
    heap = [_key(lookup(start))]
    seen = {start}
    while heap:
        commit = lookup(heapq.heappop(heap)[-1]).commit
        yield commit
        for parent in islice(commit.parents, 1 if first_parent else None):
            if parent not in seen:
                seen.add(parent)
                heapq.heappush(heap, _key(lookup(parent)))


def merge_base(lookup: Lookup, a: CommitId, b: CommitId) -> CommitId | None:
    """Return the common ancestor of the highest generation, or None when there is none."""
    return next(iter(merge_bases(lookup, a, b)), None)


def merge_bases(lookup: Lookup, a: CommitId, b: CommitId) -> tuple[CommitId, ...]:
    """Return the common ancestors that are no other one's ancestors, the highest first.

    More than one only where two lines were each merged into the other.
    """
    sides = {a: {a}, b: {b}}
    heap = [_key(lookup(start)) for start in {a, b}]
    heapq.heapify(heap)
    found: list[CommitId] = []
    below: set[CommitId] = set()  # a found one's ancestors: what is left when these alone are
    while any(key[-1] not in below for key in heap):
        here = heapq.heappop(heap)[-1]
        if here not in below and sides[here] >= {a, b}:
            found.append(here)
        for parent in lookup(here).commit.parents:
            if parent not in sides:
                sides[parent] = set()
                heapq.heappush(heap, _key(lookup(parent)))
            sides[parent] |= sides[here]
            if here in below or here in found:
                below.add(parent)
    return tuple(found)


def _key(record: Record) -> tuple[int, int, CommitId]:
    return -record.generation, -record.commit.created_at_s, record.commit.id
