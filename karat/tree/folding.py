"""The merged state of a whole tree, in which every node is found by name or computed once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import reduce
from typing import Generic, Protocol, TypeVar

from karat.digest import digest
from karat.errors import CorruptError
from karat.states import Statistic
from karat.tree.cutting import groups
from karat.tree.merkle import Tree
from karat.tree.node import Branch, Key, Node

S = TypeVar("S")
AT_ONCE = 64
"""So many new states are given to the memory together."""


class Memo(Protocol):
    """Bytes by name, such as a store: a cache, never the truth."""

    def get_many(self, keys: Collection[str], /) -> Mapping[str, bytes]:
        """Return the bytes of those names that are known."""

    def put_many(self, items: Mapping[str, bytes], /) -> None:
        """Keep the bytes under each name."""

    def reject(self, keys: Collection[str], /) -> None:
        """Let go of bytes under names that turned out to be no state."""


def fold(
    tree: Tree,
    statistic: Statistic[S],
    leaves: Callable[[Sequence[Key]], Iterable[S]],
    memo: Memo,
) -> S:
    """Return the state of all leaves, merged in the order of their keys.

    `leaves` gives the states of the leaves at some keys, which stand beside each other. A branch
    whose name is in `memo` is read from there and not entered, so a changed leaf costs one path,
    and one look for all beside it at each height; bytes that are corrupt are computed again and
    replaced. Branches of many children are merged by groups of them, with names of their own: a
    range of keys takes a few whole groups. The empty tree gives the state of no rows.
    """
    folding = _Folding(statistic, leaves, memo)
    whole = folding.state(tree.top, ())
    folding.flush()
    return whole


class _Folding(Generic[S]):
    """One pass over a tree: `made` are states that the memory has not been given yet."""

    def __init__(
        self,
        statistic: Statistic[S],
        leaves: Callable[[Sequence[Key]], Iterable[S]],
        memo: Memo,
    ) -> None:
        self._statistic, self._leaves, self._memo = statistic, leaves, memo
        self._made: dict[str, bytes] = {}
        self._name = statistic.key()

    def state(self, top: Node, key: Key) -> S:
        """Return the state of a node, that stands alone."""
        return self._states([(key, top)])[0]

    def flush(self) -> None:
        """Give what was made to the memory."""
        if self._made:
            self._memo.put_many(self._made)
        self._made = {}

    def _states(self, parts: Sequence[tuple[Key, Node]]) -> list[S]:
        """Return the states of nodes that stand beside each other."""
        nodes = [_through(key, node) for key, node in parts]
        keys = [key for key, node in nodes if not isinstance(node, Branch)]
        leaves = iter(self._leaves(keys) if keys else ())
        names = {node.digest: self._named(node) for _, node in nodes if isinstance(node, Branch)}
        held = self._memo.get_many(list(names.values())) if names else {}
        return [
            self._branch(node, key, names[node.digest], held)
            if isinstance(node, Branch)
            else next(leaves)
            for key, node in nodes
        ]

    def _branch(self, node: Branch, key: Key, name: str, held: Mapping[str, bytes]) -> S:
        # one that is equal to another beside it was made a moment ago
        found = self._found(name, self._made.get(name) or held.get(name))
        if found:
            return found[0]
        parts = groups(node)
        below = [(key if segment is None else (*key, segment), part) for segment, part in parts]
        states = self._states(below)
        merged = reduce(self._statistic.merge, states) if states else self._statistic.empty()
        self._made[name] = self._statistic.encode(merged)
        if len(self._made) >= AT_ONCE:
            self.flush()
        return merged

    def _found(self, name: str, data: bytes | None) -> tuple[S] | None:
        try:
            return None if data is None else (self._statistic.decode(data),)
        except CorruptError:
            self._memo.reject([name])
            return None

    def _named(self, node: Branch) -> str:
        return digest("merged/1", self._name, node.digest)


def _through(key: Key, node: Node) -> tuple[Key, Node]:
    """Return where a node's only child is, if it has but one: their states are the same."""
    while isinstance(node, Branch) and len(node.children) == 1:
        ((segment, child),) = node.children.items()
        key, node = (*key, segment), child
    return key, node
