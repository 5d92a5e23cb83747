"""One directory of a tree, its name and its bytes.

Directories end in ``/``: sorted so, a walk gives whole paths in the order of their bytes, and a
file may stand beside a directory of the same name, as in an object store.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from karat.digest import digest
from karat.errors import CorruptError
from karat.lake.backend import Entry

_LEVEL = 1  # trees are mostly digests: more effort gains nothing


@dataclass(frozen=True, slots=True)
class Node:
    """A directory: files by name, and directories (with their ``/``) with their nodes' names."""

    files: Mapping[str, Entry]
    directories: Mapping[str, str]

    def name(self) -> str:
        """Return the digest of all that counts: everything but the times."""
        return digest("tree/1", _text([*_files(self.files, timed=False), *_pairs(self)]))


def encode(node: Node) -> bytes:
    """Return the node as compressed JSON."""
    body = {"files": _files(node.files, timed=True), "directories": _pairs(node)}
    return zlib.compress(_text(body).encode(), _LEVEL)


def decode(data: bytes, name: str) -> Node:
    """Return the node; `CorruptError` unless it is the one of this name."""
    try:
        body = json.loads(zlib.decompress(data))
        node = Node({f[0]: Entry(*f[1:]) for f in body["files"]}, dict(body["directories"]))
    except (zlib.error, ValueError, KeyError, TypeError, IndexError) as error:
        raise CorruptError(f"tree {name} cannot be read ({error}): restore the lake") from error
    if node.name() != name:
        raise CorruptError(f"tree {name} does not hold what its name says: restore the lake")
    return node


def _files(files: Mapping[str, Entry], *, timed: bool) -> list[list[object]]:
    return [
        [name, e.content_hash, e.size, e.content_type, dict(e.metadata)] + [e.mtime_s] * timed
        for name, e in sorted(files.items())
    ]


def _pairs(node: Node) -> list[tuple[str, str]]:
    return sorted(node.directories.items())


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


NO_FILES = Node({}, {})
EMPTY = NO_FILES.name()
