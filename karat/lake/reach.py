"""What commits still name: everything else in a local lake may go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from karat.lake.local import LocalLake
from karat.lake.nodes import EMPTY, Node
from karat.lake.protocol import CommitId


class Reach:
    """The commits, tree nodes and blobs that can be reached; asked again, it walks only new ones.

    Names are kept as 32 bytes each, so that a lake of a million files fits in memory.
    """

    def __init__(self, lake: LocalLake) -> None:
        self._lake = lake
        self._commits: set[bytes] = set()
        self._nodes: set[bytes] = set()
        self._blobs: set[bytes] = set()

    def add(self, tips: Iterable[CommitId]) -> None:
        """Reach `tips`, their ancestors, and all that these hold; `CorruptError`, `RefNotFound`."""
        todo = list(tips)
        while todo:
            name = todo.pop()
            if _new(name, self._commits):
                commit = self._lake.commit_info(name)
                todo.extend(commit.parents)
                self._add_tree(commit.tree_id)

    def has_commit(self, name: str) -> bool:
        """Tell whether a commit was reached."""
        return bytes.fromhex(name) in self._commits

    def has_node(self, name: str) -> bool:
        """Tell whether a node of a tree was reached."""
        return bytes.fromhex(name) in self._nodes

    def has_blob(self, name: str) -> bool:
        """Tell whether a blob was reached."""
        return bytes.fromhex(name) in self._blobs

    def blobs(self) -> Iterator[str]:
        """Yield the names of the blobs that were reached."""
        return (name.hex() for name in self._blobs)

    def _add_tree(self, root: str) -> None:
        todo = [root]
        while todo:
            name = todo.pop()
            if name == EMPTY or not _new(name, self._nodes):
                continue
            node = self._lake.trees.read(name)
            todo.extend(node.children())
            if isinstance(node, Node):
                self._blobs.update(bytes.fromhex(e.content_hash) for e in node.files.values())


def _new(name: str, known: set[bytes]) -> bool:
    key = bytes.fromhex(name)
    if key in known:
        return False
    known.add(key)
    return True
