"""Which files of which commits are certain bytes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from karat.errors import CorruptError
from karat.lake.local import LocalLake
from karat.lake.nodes import Split
from karat.lake.protocol import CommitId

Pair = tuple[str, str]
Below = Mapping[str, frozenset[str]]
"""The blobs looked for below a directory: each with its paths from there."""


@dataclass(frozen=True, slots=True)
class Use:
    """A path, and the commits that hold the bytes there, newest first."""

    path: str
    commits: tuple[CommitId, ...]


def uses(lake: LocalLake, wanted: Collection[str]) -> dict[str, tuple[Use, ...]]:
    """Return for each of `wanted` digests the paths it has; what cannot be read is left out."""
    seen: dict[str, Below] = {}
    found: dict[str, dict[str, list[CommitId]]] = defaultdict(lambda: defaultdict(list))
    for commit, tree in _trees(lake):
        for blob, paths in _below(lake, tree, wanted, seen).items():
            for path in paths:
                found[blob][path].append(commit)
    return {
        blob: tuple(Use(path, tuple(at)) for path, at in sorted(paths.items()))
        for blob, paths in found.items()
    }


def _trees(lake: LocalLake) -> list[tuple[CommitId, str]]:
    query = "SELECT id, tree_id FROM commits ORDER BY generation DESC, created_at_s DESC, id"
    with lake.database.connection() as connection:
        return [(str(name), str(tree)) for name, tree in connection.execute(query)]


def _below(lake: LocalLake, tree: str, wanted: Collection[str], seen: dict[str, Below]) -> Below:
    if tree in seen:
        return seen[tree]
    found: dict[str, set[str]] = defaultdict(set)
    here, deeper = _here(lake, tree)
    for name, blob in here:
        if blob in wanted:
            found[blob].add(name)
    for above, node in deeper:
        for blob, paths in _below(lake, node, wanted, seen).items():
            found[blob] |= {above + path for path in paths}
    seen[tree] = {blob: frozenset(paths) for blob, paths in found.items()}
    return seen[tree]


def _here(lake: LocalLake, tree: str) -> tuple[list[Pair], list[Pair]]:
    """Return the files of a node and their digests, and what is below, each with its node."""
    try:
        node = lake.trees.read(tree)
    except CorruptError:  # told by who looks at trees
        return [], []
    if isinstance(node, Split):
        return [], [("", name) for name in node.children()]
    files = [(name, entry.content_hash) for name, entry in node.files.items()]
    return files, list(node.directories.items())
