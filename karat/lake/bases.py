"""The tree that two commits both grew from.

One line merged into the other has one base. Two lines that were each merged into the other have
two, and from either alone a file that one side took away again looks like one that the other
side adds; so their bases are merged first.
"""

from __future__ import annotations

from functools import partial

from karat.lake import commits, history
from karat.lake.backend import Backend, Entry
from karat.lake.protocol import CommitId
from karat.lake.threeway import threeway

_UNSURE = Entry("", 0, "", {}, 0)  # like no file: whatever the sides made of it, they must agree


def base_tree(backend: Backend, a: CommitId, b: CommitId) -> str:
    """Return the tree id of the merge base, of all merge bases merged, or of no files."""
    bases = history.merge_bases(partial(commits.record, backend), a, b)
    if not bases:
        return backend.trees.empty()
    tree = commits.tree(backend, bases[0])
    for other in bases[1:]:
        tree = _with(backend, tree, other, base_tree(backend, bases[0], other))
    return tree


def _with(backend: Backend, tree: str, other: CommitId, start: str) -> str:
    trees, there = backend.trees, commits.tree(backend, other)
    merged = threeway(trees.diff(start, tree, ""), trees.diff(start, there, ""))
    return trees.draft(tree, {**merged.changes, **dict.fromkeys(merged.conflicts, _UNSURE)})
