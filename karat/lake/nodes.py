"""One directory of a tree, or a part of one with many entries: its name and its bytes.

Directories end in ``/``: sorted so, a walk gives whole paths in the order of their bytes, and a
file may stand beside a directory of the same name, as in an object store.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any

from karat.digest import digest
from karat.errors import CorruptError
from karat.lake.backend import Entry

_LEVEL = 1  # trees are mostly digests: more effort gains nothing
Value = Entry | str
"""What a name in a directory stands for: a file, or the node of a directory."""


@dataclass(frozen=True, slots=True)
class Node:
    """A directory: files by name, and directories (with their ``/``) with their nodes' names."""

    files: Mapping[str, Entry]
    directories: Mapping[str, str]

    def name(self) -> str:
        """Return the digest of all that counts: everything but the times."""
        return digest("tree/1", _said(self))

    def items(self) -> list[tuple[str, Value]]:
        """Return all names and what they stand for, by name."""
        return sorted([*self.files.items(), *self.directories.items()], key=_first)

    def children(self) -> Iterator[str]:
        """Yield the names of the nodes below."""
        return iter(self.directories.values())


@dataclass(frozen=True, slots=True)
class Part:
    """The names in a directory that begin alike: their node, and how many they are."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Split:
    """A directory with many entries, whose names all begin with `prefix` and then differ.

    `parts` are by what their names begin with; the name that is no longer than `prefix`, if there
    is one, is a part of its own.
    """

    prefix: str
    parts: Mapping[str, Part]

    def name(self) -> str:
        """Return the digest of all that counts."""
        return digest("tree-split/1", _text([self.prefix, _parts(self)]))

    def children(self) -> Iterator[str]:
        """Yield the names of the nodes below."""
        return (part.name for part in self.parts.values())


def encode(node: Node | Split) -> bytes:
    """Return the node as compressed JSON."""
    if isinstance(node, Split):
        body: dict[str, object] = {"prefix": node.prefix, "parts": _parts(node)}
    else:
        body = {"files": _files(node), "directories": _pairs(node)}
    return zlib.compress(_text(body).encode(), _LEVEL)


def decode(data: bytes, name: str) -> Node | Split:
    """Return the node; `CorruptError` unless it is the one of this name."""
    try:
        node = _node(json.loads(zlib.decompress(data).decode()))
        right = node.name() == name
    except (zlib.error, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise CorruptError(f"tree {name} cannot be read ({error}): restore the lake") from error
    if not right:
        raise CorruptError(f"tree {name} does not hold what its name says: restore the lake")
    return node


def _node(body: dict[str, Any]) -> Node | Split:
    if "parts" in body:
        return Split(body["prefix"], {part[0]: Part(*part[1:]) for part in body["parts"]})
    return Node({f[0]: Entry(*f[1:]) for f in body["files"]}, dict(body["directories"]))


def _files(node: Node) -> list[list[object]]:
    return [
        [name, e.content_hash, e.size, e.content_type, dict(e.metadata), e.mtime_s]
        for name, e in sorted(node.files.items(), key=_first)
    ]


def _said(node: Node) -> str:
    """Return what a node's name is the digest of: JSON, put together here because it is quicker."""
    files = [
        f"[{_quoted(name)},{_quoted(e.content_hash)},{e.size},{_quoted(e.content_type)},"
        f"{_text(dict(e.metadata)) if e.metadata else '{}'}]"
        for name, e in sorted(node.files.items(), key=_first)
    ]
    below = [f"[{_quoted(name)},{_quoted(tree)}]" for name, tree in _pairs(node)]
    return f"[{','.join([*files, *below])}]"


def _pairs(node: Node) -> list[tuple[str, str]]:
    return sorted(node.directories.items())


def _parts(node: Split) -> list[tuple[str, str, int]]:
    return [(key, part.name, part.count) for key, part in sorted(node.parts.items(), key=_first)]


def _first(item: tuple[str, object]) -> str:
    return item[0]


_text = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


NO_FILES = Node({}, {})
EMPTY = NO_FILES.name()
