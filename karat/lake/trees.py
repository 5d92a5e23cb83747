"""Merkle trees of directories in SQLite.

A tree's name is the digest of what it holds, so equal directories are one row, a change rewrites
only the directories above it, and two trees are compared only where their names differ.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache

from karat.errors import CorruptError
from karat.lake.backend import Delta, Entry
from karat.lake.database import Database
from karat.lake.directories import Directories
from karat.lake.nodes import EMPTY, NO_FILES, Node, Split, Value, decode, encode

CACHED_NODES = 1024


class MerkleTrees:
    """Trees in `database`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._drafts: dict[str, Node | Split] = {}
        self._load = lru_cache(CACHED_NODES)(self.read)
        self._kept = Directories(self._load, self._save)
        self._drafted = Directories(self._load, self._draft)

    def empty(self) -> str:
        """Return the name of the tree without files."""
        return EMPTY

    def find(self, tree: str, path: str) -> Entry | None:
        """Return the entry at `path`, or None."""
        *directories, name = path.split("/")
        for directory in directories:
            tree = self._below(tree, directory + "/")
        found = self._kept.find(tree, name)
        return None if isinstance(found, str) else found

    def entries(self, tree: str, prefix: str) -> Iterator[tuple[str, Entry]]:
        """Yield paths that begin with `prefix` and their entries, by path."""
        return self._walk(tree, "", prefix)

    def apply(self, tree: str, changes: Mapping[str, Entry | None]) -> str:
        """Return the name of `tree` with `changes` made; only the directories above are written."""
        return self._apply(self._kept, tree, changes)

    def draft(self, tree: str, changes: Mapping[str, Entry | None]) -> str:
        """Return the name of `tree` with `changes` made, for this object only."""
        return self._apply(self._drafted, tree, changes)

    def diff(self, left: str, right: str, prefix: str) -> Iterator[Delta]:
        """Yield where two trees differ below `prefix`, by path."""
        return self._compare(left, right, "", prefix)

    def read(self, name: str) -> Node | Split:
        """Return a node; `CorruptError` when it is missing or is not what its name says."""
        if name == EMPTY:
            return NO_FILES
        if name in self._drafts:
            return self._drafts[name]
        with self._database.connection() as connection:
            row = connection.execute("SELECT body FROM trees WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise CorruptError(f"tree {name} is named by a commit and missing: restore the lake")
        return decode(row[0], name)

    def _apply(
        self, directories: Directories, tree: str, changes: Mapping[str, Entry | None]
    ) -> str:
        here: dict[str, Value | None] = {p: e for p, e in changes.items() if "/" not in p}
        for name, deeper in _deeper(changes).items():
            changed = self._apply(directories, self._below(tree, name), deeper)
            here[name] = None if changed == EMPTY else changed
        return directories.edit(tree, here)

    def _below(self, tree: str, name: str) -> str:
        return _node(self._kept.find(tree, name))

    def _walk(self, tree: str, above: str, prefix: str) -> Iterator[tuple[str, Entry]]:
        for name, found in self._kept.items(tree, _rest(above, prefix)):
            if isinstance(found, str):
                yield from self._walk(found, above + name, prefix)
            else:
                yield above + name, found

    def _compare(self, left: str, right: str, above: str, prefix: str) -> Iterator[Delta]:
        for name, old, new in self._kept.diff(left, right, _rest(above, prefix)):
            path = above + name
            if name.endswith("/"):
                yield from self._compare(_node(old), _node(new), path, prefix)
            else:
                yield Delta(path, _entry(old), _entry(new))

    def _save(self, node: Node | Split) -> str:
        name = node.name()
        if name != EMPTY:
            with self._database.connection() as connection:
                query = "INSERT OR IGNORE INTO trees (name, body) VALUES (?, ?)"
                connection.execute(query, (name, encode(node)))
        return name

    def _draft(self, node: Node | Split) -> str:
        name = node.name()
        self._drafts[name] = node
        return name


def _deeper(changes: Mapping[str, Entry | None]) -> dict[str, dict[str, Entry | None]]:
    found: dict[str, dict[str, Entry | None]] = defaultdict(dict)
    for path, entry in changes.items():
        first, slash, rest = path.partition("/")
        if slash:
            found[first + "/"][rest] = entry
    return found


def _rest(above: str, prefix: str) -> str:
    """Return what of `prefix` is left to find below the directory `above`."""
    return prefix[len(above) :] if prefix.startswith(above) else ""


def _entry(found: Value | None) -> Entry | None:
    return None if isinstance(found, str) else found


def _node(found: Value | None) -> str:
    return found if isinstance(found, str) else EMPTY
