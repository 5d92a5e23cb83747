"""Parts of a tree, which share all nodes that lie wholly in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from karat.tree.node import Branch, Key, Leaf, Node

FEW = 8
"""As many children are merged one by one."""


def between(node: Node, first: Key, last: Key) -> Node | None:
    """Return what of `node` lies from `first` to `last`, None for nothing.

    Both are included, with all that is below them; an empty one is no bound.
    """
    if not (first or last):
        return node
    if isinstance(node, Leaf):  # it stands before all that would be below it
        return None if first else node
    children = {}
    for segment, child in node.children.items():
        low, high = segment > first[0] if first else True, segment < last[0] if last else True
        at_low, at_high = bool(first) and segment == first[0], bool(last) and segment == last[0]
        if (low or at_low) and (high or at_high):
            bounds = first[1:] if at_low else (), last[1:] if at_high else ()
            if (kept := between(child, *bounds)) is not None:
                children[segment] = kept
    return _with(node, children)


def below(node: Node, depth: int, cut: Callable[[Node], Node | None]) -> Node | None:
    """Return `node` with each branch or leaf `depth` segments down cut; None for nothing."""
    if depth == 0 or isinstance(node, Leaf):
        return cut(node)
    found = {segment: below(child, depth - 1, cut) for segment, child in node.children.items()}
    return _with(node, {segment: child for segment, child in found.items() if child is not None})


def without(node: Node, key: Key) -> Node | None:
    """Return `node` without what is at `key`, which is there; None for nothing."""
    if not key or isinstance(node, Leaf):
        return None
    rest = without(node.children[key[0]], key[1:])
    found = {**node.children, key[0]: rest}
    return _with(node, {segment: child for segment, child in found.items() if child is not None})


def groups(branch: Branch) -> Iterator[tuple[str | None, Node]]:
    """Yield the children of `branch` by segment; where they are many, some together as a branch.

    Together stand those whose segments agree in one more character than all of them do, as the
    days of a month from 10 to 19: their place comes from the keys alone, and one that changes
    costs no more than its group. A group has no segment of its own.
    """
    if len(branch.children) <= FEW:
        yield from branch.children.items()
        return
    for some in _by_next_letter(branch.children):
        if len(some) == 1:
            yield from some.items()
        else:
            yield None, Branch(some)


def _by_next_letter(children: Mapping[str, Node]) -> list[dict[str, Node]]:
    """Part children, which are sorted, by the letter after what all segments begin with."""
    segments = list(children)
    shared = 0
    for ours, theirs in zip(segments[0], segments[-1], strict=False):
        if ours != theirs:
            break
        shared += 1
    found: dict[str, dict[str, Node]] = {}
    for segment, child in children.items():
        found.setdefault(segment[shared : shared + 1], {})[segment] = child
    return list(found.values())


def _with(branch: Branch, children: dict[str, Node]) -> Branch | None:
    """Return a branch of some of its children, itself where nothing changed."""
    if len(children) == len(branch.children) and all(
        children[segment] is child for segment, child in branch.children.items()
    ):
        return branch
    return Branch(children) if children else None
