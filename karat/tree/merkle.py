"""A Merkle tree whose shape comes from keys, so that one set of leaves has one root."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from karat.errors import NotFoundError
from karat.tree.cutting import below, between, without
from karat.tree.node import Branch, Key, Leaf, Node, differing, grow, replace, walk


@dataclass(frozen=True)
class Difference:
    """Keys whose leaves are not the same in two trees, in order."""

    changed: tuple[Key, ...] = ()
    added: tuple[Key, ...] = ()
    removed: tuple[Key, ...] = ()


@dataclass(frozen=True)
class Tree:
    """Digests by key, with a name for every common beginning of keys.

    >>> a = build({("btc", "2024-08-08"): "11"})
    >>> a.replace(("btc", "2024-08-09"), "22").diff(a).removed
    (('btc', '2024-08-09'),)
    """

    top: Node = field(default_factory=Branch)

    @property
    def root(self) -> str:
        """Name of the whole tree; the empty tree has one too."""
        return self.top.digest

    def leaves(self) -> Iterator[tuple[Key, str]]:
        """Yield keys and digests in the order of the keys."""
        return walk(self.top)

    def digest(self, key: Key) -> str:
        """Return the digest at `key`, of a leaf or a branch; `NotFoundError` where none is."""
        node: Node | None = self.top
        for segment in key:
            node = node.children.get(segment) if isinstance(node, Branch) else None
        if node is None:
            raise NotFoundError(f"the tree has nothing at {'/'.join(key)!r}")
        return node.digest

    def replace(self, key: Key, digest: str) -> Tree:
        """Return the tree with another digest at `key`, which may be new; redoes one path.

        Raises `InputError` when `key` goes through or ends above other leaves.
        """
        return Tree(replace(self.top, key, digest))

    def remove(self, key: Key) -> Tree:
        """Return the tree without the leaf at `key`, or without all below it; redoes one path.

        A branch that is left without leaves goes too. `NotFoundError` where nothing is.
        """
        self.digest(key)
        return Tree(without(self.top, key) or Branch())

    def between(self, first: Key = (), last: Key = (), *, depth: int = 0) -> Tree:
        """Return the tree of the leaves from `first` to `last`, both with all that is below them.

        With `depth`, the bounds are of what follows the first so many segments, whatever these
        are. What lies wholly inside is the same node: its name, and states kept under it, serve
        both trees.

        >>> days = {(i, m, f"{m}-{d}"): "1" for i in "ab" for m in ("01", "02") for d in "12"}
        >>> some = build(days).between(("01", "01-2"), ("02", "02-1"), depth=1)
        >>> [(key[0], key[2]) for key, _ in some.leaves()]
        [('a', '01-2'), ('a', '02-1'), ('b', '01-2'), ('b', '02-1')]
        """
        cut = below(self.top, depth, lambda node: between(node, first, last))
        return Tree(cut or Branch())

    def only(self, segments: Collection[str]) -> Tree:
        """Return the tree of the leaves whose keys begin with one of `segments`."""
        top = self.top.children if isinstance(self.top, Branch) else {}
        return Tree(Branch({at: child for at, child in top.items() if at in segments}))

    def diff(self, other: Tree) -> Difference:
        """Return what `other` changed, added and removed; equal subtrees are not looked into."""
        changed: list[Key] = []
        added: list[Key] = []
        removed: list[Key] = []
        for mine, theirs, key in differing(self.top, other.top):
            if isinstance(mine, Leaf) and isinstance(theirs, Leaf):
                changed.append(key)
                continue
            removed.extend(at for at, _ in walk(mine, key))
            added.extend(at for at, _ in walk(theirs, key))
        return Difference(tuple(changed), tuple(added), tuple(removed))


def build(leaves: Mapping[Key, str]) -> Tree:
    """Return the tree of these digests; `InputError` when one key is the beginning of another."""
    return Tree(grow(sorted(leaves.items())))
