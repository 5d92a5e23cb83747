"""One directory, however many entries it has.

A directory of more than `LIMIT` entries is split where its names differ first, and each part
again, so that a change rewrites a few small nodes and not the whole. The shape is a function of
the entries alone, never of the order in which they came: equal directories have equal names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import TypeVar

from karat.lake.nodes import EMPTY, Node, Part, Split, Value

LIMIT = 128
LONGEST = 128
"""Names alike in more letters than this are not split further: parts nest no deeper."""
Found = tuple[str, Value]
T = TypeVar("T")


class Directories:
    """Directories whose nodes are read with `load` and kept with `save`, which gives the name."""

    def __init__(
        self, load: Callable[[str], Node | Split], save: Callable[[Node | Split], str]
    ) -> None:
        self._load, self._save = load, save

    def find(self, tree: str, name: str) -> Value | None:
        """Return what `name` stands for, or None."""
        while isinstance(node := self._load(tree), Split):
            part = node.parts.get(name[: len(node.prefix) + 1])
            if part is None:
                return None
            tree = part.name
        return (node.directories if name.endswith("/") else node.files).get(name)

    def items(self, tree: str, prefix: str = "") -> Iterator[Found]:
        """Yield names that begin with `prefix`, or that are directories it leads into, by name."""
        node = self._load(tree)
        if isinstance(node, Split):
            for key in sorted(node.parts):
                if _meets(key, prefix):
                    yield from self.items(node.parts[key].name, prefix)
        elif prefix:
            yield from (item for item in node.items() if touches(item[0], prefix))
        else:
            yield from node.items()

    def edit(self, tree: str, changes: Mapping[str, Value | None]) -> str:
        """Return the name of the directory with `changes` made; None takes a name away."""
        return self._edit(tree, changes).name if changes else tree

    def diff(
        self, left: str, right: str, prefix: str
    ) -> Iterator[tuple[str, Value | None, Value | None]]:
        """Yield what differs, by name, among the names that `items` would yield."""
        if left == right:
            return
        a, b = self._load(left), self._load(right)
        if isinstance(a, Node) and isinstance(b, Node):
            yield from _differing(a, b, prefix)
            return
        if not (isinstance(a, Split) and isinstance(b, Split)):
            yield from _joined(self.items(left, prefix), self.items(right, prefix))
            return
        shared = _shared([a.prefix, b.prefix])
        here, there = _framed(left, a, shared), _framed(right, b, shared)
        for key in sorted(here.keys() | there.keys()):
            if _meets(key, prefix):
                ours, theirs = here.get(key, _NONE), there.get(key, _NONE)
                yield from self.diff(ours.name, theirs.name, prefix)

    def _edit(self, tree: str, changes: Mapping[str, Value | None]) -> Part:
        node = self._load(tree)
        if isinstance(node, Split):
            return self._edit_split(tree, node, changes)
        return self._build(_without_none({**dict(node.items()), **changes}))

    def _edit_split(self, tree: str, node: Split, changes: Mapping[str, Value | None]) -> Part:
        added = [name for name, value in changes.items() if value is not None]
        shared = _shared([node.prefix, *added])
        parts = dict(_framed(tree, node, shared))
        for key, inside in _grouped(changes, len(shared) + 1).items():
            parts[key] = self._edit(parts.get(key, _NONE).name, inside)
        parts = {key: part for key, part in parts.items() if part.count}
        count = sum(part.count for part in parts.values())
        if count <= LIMIT:
            return self._build({n: v for part in parts.values() for n, v in self.items(part.name)})
        if len(parts) == 1:
            return next(iter(parts.values()))
        return Part(self._save(Split(shared, parts)), count)

    def _build(self, items: dict[str, Value]) -> Part:
        shared = _shared(items)
        if len(items) <= LIMIT or len(shared) > LONGEST:
            files = {name: value for name, value in items.items() if not isinstance(value, str)}
            below = {name: value for name, value in items.items() if isinstance(value, str)}
            return Part(self._save(Node(files, below)), len(items))
        groups = _grouped(items, len(shared) + 1)
        parts = {key: self._build(_without_none(group)) for key, group in groups.items()}
        return Part(self._save(Split(shared, parts)), len(items))


_NONE = Part(EMPTY, 0)


def touches(name: str, prefix: str) -> bool:
    """Tell whether paths that begin with `prefix` are at `name`, or below it."""
    return name.startswith(prefix) or (name.endswith("/") and prefix.startswith(name))


def _meets(key: str, prefix: str) -> bool:
    return key.startswith(prefix) or prefix.startswith(key)


def _shared(names: Collection[str]) -> str:
    """Return what all names begin with; of one name, or of none, all."""
    first, last = min(names, default=""), max(names, default="")
    alike = 0
    while alike < min(len(first), len(last)) and first[alike] == last[alike]:
        alike += 1
    return first[:alike]


def _framed(tree: str, node: Split, shared: str) -> Mapping[str, Part]:
    """Return the parts of `node` as of a directory whose names have only `shared` in common."""
    if node.prefix == shared:
        return node.parts
    count = sum(part.count for part in node.parts.values())
    return {node.prefix[: len(shared) + 1]: Part(tree, count)}


def _grouped(values: Mapping[str, T], letters: int) -> dict[str, dict[str, T]]:
    groups: dict[str, dict[str, T]] = defaultdict(dict)
    for name, value in values.items():
        groups[name[:letters]][name] = value
    return groups


def _without_none(values: Mapping[str, Value | None]) -> dict[str, Value]:
    return {name: value for name, value in values.items() if value is not None}


def _differing(a: Node, b: Node, prefix: str) -> Iterator[tuple[str, Value | None, Value | None]]:
    """Yield the names in two whole directories that stand for different things, by name."""
    ours: dict[str, Value] = {**a.files, **a.directories}
    theirs: dict[str, Value] = {**b.files, **b.directories}
    names = [name for name, value in ours.items() if theirs.get(name) != value]
    names += [name for name in theirs if name not in ours]
    for name in sorted(names):
        if touches(name, prefix):
            yield name, ours.get(name), theirs.get(name)


def _joined(
    left: Iterable[Found], right: Iterable[Found]
) -> Iterator[tuple[str, Value | None, Value | None]]:
    """Yield where two runs by name differ, holding one item of each."""
    ours, theirs = iter(left), iter(right)
    a, b = next(ours, None), next(theirs, None)
    while a is not None or b is not None:
        if b is None or (a is not None and a[0] < b[0]):
            assert a is not None  # noqa: S101 - for the type checker
            yield a[0], a[1], None
            a = next(ours, None)
        elif a is None or b[0] < a[0]:
            yield b[0], None, b[1]
            b = next(theirs, None)
        else:
            if a[1] != b[1]:
                yield a[0], a[1], b[1]
            a, b = next(ours, None), next(theirs, None)
