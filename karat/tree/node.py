"""A node of a Merkle tree: a leaf with a given digest, or a branch named by its children."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from karat.digest import framed_together, joined_digest
from karat.errors import InputError

Key = tuple[str, ...]


class Leaf(NamedTuple):
    """The end of a key."""

    digest: str


@dataclass(frozen=True)
class Branch:
    """Children by path segment, in the order of the segments."""

    children: Mapping[str, Node] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """Name of this branch, from the segments and digests below it."""
        parts = [part for segment, node in self.children.items() for part in (segment, node.digest)]
        return joined_digest("node/1", framed_together(parts))


Node = Leaf | Branch


def grow(leaves: list[tuple[Key, str]], depth: int = 0) -> Node:
    """Return the node over `leaves`, which agree in their first `depth` segments and ascend.

    Raises `InputError` when one key goes on below another.
    """
    if leaves and len(leaves[0][0]) == depth:
        if len(leaves) > 1:
            raise InputError(f"key {'/'.join(leaves[0][0])!r} is a leaf and has others below it")
        return Leaf(leaves[0][1])
    if all(len(key) == depth + 1 for key, _ in leaves):
        ends = {key[depth]: Leaf(name) for key, name in leaves}
        if len(ends) == len(leaves):  # most leaves end so: to enter each takes most of the time
            return Branch(ends)
    groups: dict[str, list[tuple[Key, str]]] = {}
    for leaf in leaves:
        groups.setdefault(leaf[0][depth], []).append(leaf)
    return Branch({segment: grow(group, depth + 1) for segment, group in groups.items()})


def replace(node: Node | None, key: Key, name: str) -> Node:
    """Return `node` with the leaf at `key` set to digest `name`; other branches are shared."""
    if not key:
        if isinstance(node, Branch):
            raise InputError("the key ends where others go on: name a leaf")
        return Leaf(name)
    if isinstance(node, Leaf):
        raise InputError(f"the key goes on below a leaf, at {key[0]!r}: name a leaf")
    children = dict(node.children) if node else {}
    children[key[0]] = replace(children.get(key[0]), key[1:], name)
    return Branch(dict(sorted(children.items())))


def walk(node: Node, key: Key = ()) -> Iterator[tuple[Key, str]]:
    """Yield the leaves of `node` in the order of their keys."""
    if isinstance(node, Leaf):
        yield key, node.digest
        return
    for segment, child in node.children.items():
        yield from walk(child, (*key, segment))


def differing(ours: Node, theirs: Node, key: Key = ()) -> Iterator[tuple[Node, Node, Key]]:
    """Yield pairs of nodes at one key that differ and of which one at least is no branch.

    Subtrees of equal digest are not entered; a side without a node counts as an empty branch.
    """
    if ours.digest == theirs.digest:
        return
    if isinstance(ours, Leaf) or isinstance(theirs, Leaf):
        yield ours, theirs, key
        return
    for segment in sorted({*ours.children, *theirs.children}):
        mine = ours.children.get(segment, Branch())
        yield from differing(mine, theirs.children.get(segment, Branch()), (*key, segment))
