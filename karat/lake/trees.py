"""Merkle trees of directories in SQLite.

A tree's name is the digest of what it holds, so equal directories are one row, a change rewrites
only the directories above it, and two trees are compared only where their names differ.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TypeVar

from karat.errors import CorruptError
from karat.lake.backend import Delta, Entry
from karat.lake.database import Database
from karat.lake.nodes import EMPTY, NO_FILES, Node, decode, encode

CACHED_NODES = 512
T = TypeVar("T")


class MerkleTrees:
    """Trees in `database`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._load = lru_cache(CACHED_NODES)(self._read)

    def empty(self) -> str:
        """Return the name of the tree without files."""
        return EMPTY

    def find(self, tree: str, path: str) -> Entry | None:
        """Return the entry at `path`, or None."""
        *directories, name = path.split("/")
        for directory in directories:
            tree = self._load(tree).directories.get(directory + "/", EMPTY)
        return self._load(tree).files.get(name)

    def entries(self, tree: str, prefix: str) -> Iterator[tuple[str, Entry]]:
        """Yield paths that begin with `prefix` and their entries, by path."""
        return self._walk(tree, "", prefix)

    def apply(self, tree: str, changes: Mapping[str, Entry | None]) -> str:
        """Return the name of `tree` with `changes` made; only the directories above are written."""
        node = self._load(tree)
        files, directories = dict(node.files), dict(node.directories)
        for name, entry in _here(changes).items():
            _set(files, name, entry)
        for name, deeper in _below(changes).items():
            changed = self.apply(directories.get(name, EMPTY), deeper)
            _set(directories, name, None if changed == EMPTY else changed)
        return self._save(Node(files, directories))

    def diff(self, left: str, right: str, prefix: str) -> Iterator[Delta]:
        """Yield where two trees differ below `prefix`, by path."""
        return self._compare(left, right, "", prefix)

    def _walk(self, tree: str, above: str, prefix: str) -> Iterator[tuple[str, Entry]]:
        node = self._load(tree)
        for name in sorted(node.files.keys() | node.directories.keys()):
            path = above + name
            if not _touches(path, prefix):
                continue
            if name in node.directories:
                yield from self._walk(node.directories[name], path, prefix)
            else:
                yield path, node.files[name]

    def _compare(self, left: str, right: str, above: str, prefix: str) -> Iterator[Delta]:
        if left == right:
            return
        a, b = self._load(left), self._load(right)
        for name in _differing(a, b):
            path = above + name
            if not _touches(path, prefix):
                continue
            if name.endswith("/"):
                old, new = (node.directories.get(name, EMPTY) for node in (a, b))
                yield from self._compare(old, new, path, prefix)
            else:
                yield Delta(path, a.files.get(name), b.files.get(name))

    def _read(self, name: str) -> Node:
        if name == EMPTY:
            return NO_FILES
        with self._database.connection() as connection:
            row = connection.execute("SELECT body FROM trees WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise CorruptError(f"tree {name} is named by a commit and missing: restore the lake")
        return decode(row[0], name)

    def _save(self, node: Node) -> str:
        name = node.name()
        if name != EMPTY:
            with self._database.connection() as connection:
                query = "INSERT OR IGNORE INTO trees (name, body) VALUES (?, ?)"
                connection.execute(query, (name, encode(node)))
        return name


def _here(changes: Mapping[str, Entry | None]) -> dict[str, Entry | None]:
    return {path: entry for path, entry in changes.items() if "/" not in path}


def _below(changes: Mapping[str, Entry | None]) -> dict[str, dict[str, Entry | None]]:
    found: dict[str, dict[str, Entry | None]] = defaultdict(dict)
    for path, entry in changes.items():
        first, slash, rest = path.partition("/")
        if slash:
            found[first + "/"][rest] = entry
    return found


def _set(values: dict[str, T], name: str, value: T | None) -> None:
    if value is None:
        values.pop(name, None)
    else:
        values[name] = value


def _differing(a: Node, b: Node) -> list[str]:
    files = {n for n in a.files.keys() | b.files.keys() if a.files.get(n) != b.files.get(n)}
    names = a.directories.keys() | b.directories.keys()
    return sorted(files | {n for n in names if a.directories.get(n) != b.directories.get(n)})


def _touches(path: str, prefix: str) -> bool:
    if path.endswith("/"):
        return path.startswith(prefix) or prefix.startswith(path)
    return path.startswith(prefix)
