"""The merged state of a whole tree, in which every node is found by name or computed once."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Protocol, TypeVar

from karat.digest import digest
from karat.errors import CorruptError
from karat.states import Statistic
from karat.tree.cutting import groups
from karat.tree.merkle import Tree
from karat.tree.node import Branch, Key, Node

S = TypeVar("S")


class Memo(Protocol):
    """Bytes by name, such as a dict: a cache, never the truth."""

    def get(self, key: str, /) -> bytes | None:
        """Return the bytes, or None."""

    def __setitem__(self, key: str, value: bytes, /) -> None:
        """Keep the bytes."""


def fold(tree: Tree, statistic: Statistic[S], leaf: Callable[[Key], bytes], memo: Memo) -> S:
    """Return the state of all leaves, merged in the order of their keys.

    `leaf` gives the encoded state of the leaf at a key. A branch whose name is in `memo` is read
    from there and not entered, so a changed leaf costs one path; bytes that are corrupt are
    computed again and replaced. Branches of many children are merged by groups of them, with names
    of their own: a range of keys takes a few whole groups. The empty tree gives the state of no
    rows.
    """
    name_of = statistic.key()

    def state(node: Node, key: Key) -> S:
        if not isinstance(node, Branch):
            return statistic.decode(leaf(key))
        name = digest("merged/1", name_of, node.digest)
        found = _found(statistic, memo.get(name))
        return found[0] if found else computed(node, key, name)

    def computed(node: Branch, key: Key, name: str) -> S:
        parts = groups(node)
        states = [
            state(part, key if segment is None else (*key, segment)) for segment, part in parts
        ]
        merged = reduce(statistic.merge, states) if states else statistic.empty()
        memo[name] = statistic.encode(merged)
        return merged

    return state(tree.top, ())


def _found(statistic: Statistic[S], data: bytes | None) -> tuple[S] | None:
    try:
        return None if data is None else (statistic.decode(data),)
    except CorruptError:
        return None
