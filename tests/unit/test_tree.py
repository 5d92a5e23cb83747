"""The tree of keys, and states merged along it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from karat.digest import bytes_digest
from karat.errors import InputError, NotFoundError
from karat.states import Categories, Counts
from karat.store import MemoryStore
from karat.tree import Key, Tree, build, fold

DAYS = 24


def key_of(instrument: int, day: int) -> Key:
    return (f"sim-spot-{instrument}", f"2024-{1 + day // 8:02d}", f"2024-{day:02d}")


@dataclass(frozen=True)
class CountedCategories(Categories):
    """Categories that write down how often they were merged."""

    merges: list[int] = field(default_factory=list)

    def merge(self, a: Counts, b: Counts) -> Counts:
        self.merges.append(1)
        return super().merge(a, b)


class Recalled(MemoryStore):
    """A memory that tells its names, and how often it was asked and given."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.looks = self.writes = 0

    def get_many(self, keys: Collection[str]) -> dict[str, bytes]:
        self.looks += 1
        return super().get_many(keys)

    def put_many(self, items: Mapping[str, bytes]) -> None:
        self.writes += 1
        self.names |= items.keys()
        super().put_many(items)


class Leaves:
    """Leaf states by key, and which of them were read."""

    def __init__(self) -> None:
        keys = [key_of(i, d) for i in range(3) for d in range(DAYS)]
        self.values = {key: [i, i % 7] for i, key in enumerate(keys)}
        self.read: list[Key] = []

    def states(self, keys: Sequence[Key]) -> list[Counts]:
        self.read += keys
        return [Categories().observe(np.array(self.values[key])) for key in keys]

    def tree(self) -> Tree:
        return build({key: bytes_digest(repr(v).encode()) for key, v in self.values.items()})

    def counted(self) -> Counts:
        return Categories().observe(np.concatenate(list(self.values.values())))


def test_the_order_of_leaves_does_not_matter() -> None:
    leaves = dict(Leaves().tree().leaves())
    assert build(dict(reversed(leaves.items()))).root == build(leaves).root
    grown = Tree()
    for key in sorted(leaves, key=lambda key: key[::-1]):
        grown = grown.replace(key, leaves[key])
    assert grown == build(leaves)


def test_an_empty_tree_has_a_root_of_its_own() -> None:
    assert Tree().root == build({}).root != build({("a",): ""}).root
    assert list(Tree().leaves()) == []
    assert fold(Tree(), Categories(), Leaves().states, MemoryStore()) == Categories().empty()


def test_segments_are_kept_apart() -> None:
    leaves: list[dict[Key, str]] = [
        {("ab", "c"): "1"},
        {("a", "bc"): "1"},
        {("a", "b"): "c1"},
        {("abc",): "1"},
    ]
    assert len({build(each).root for each in leaves}) == len(leaves)


def test_diff_names_what_changed_came_and_went() -> None:
    before = Leaves().tree()
    after = before.replace(key_of(1, 3), "f" * 64).replace(key_of(3, 0), "e" * 64)
    assert before.diff(after).changed == (key_of(1, 3),)
    assert before.diff(after).added == (key_of(3, 0),) == after.diff(before).removed
    assert before.diff(before).changed == ()
    assert before.diff(Tree()).removed == tuple(key for key, _ in before.leaves())


def test_a_leaf_that_became_a_branch_went_and_others_came() -> None:
    difference = build({("a",): "1"}).diff(build({("a", "b"): "1"}))
    assert (difference.removed, difference.added) == ((("a",),), (("a", "b"),))


def test_replace_leaves_the_rest_as_it_is() -> None:
    before = Leaves().tree()
    after = before.replace(key_of(1, 3), "f" * 64)
    assert after.digest(key_of(1, 3)) == "f" * 64
    assert after.digest(("sim-spot-0",)) == before.digest(("sim-spot-0",))
    assert after.digest(("sim-spot-1",)) != before.digest(("sim-spot-1",))
    assert after.replace(key_of(1, 3), before.digest(key_of(1, 3))).root == before.root


def test_keys_that_do_not_fit_are_refused() -> None:
    tree = build({("a", "b"): "1"})
    with pytest.raises(InputError, match="below"):
        build({("a",): "1", ("a", "b"): "2"})
    with pytest.raises(InputError, match="below a leaf"):
        tree.replace(("a", "b", "c"), "2")
    with pytest.raises(InputError, match="others go on"):
        tree.replace(("a",), "2")
    with pytest.raises(NotFoundError, match="a/c"):
        tree.digest(("a", "c"))


def test_a_changed_leaf_costs_one_path() -> None:
    leaves, memo, statistic = Leaves(), MemoryStore(), CountedCategories()
    assert fold(leaves.tree(), statistic, leaves.states, memo) == leaves.counted()
    assert len(leaves.read) == 3 * DAYS

    leaves.values[key_of(1, 3)] = [100]
    leaves.read.clear()
    statistic.merges.clear()
    assert fold(leaves.tree(), statistic, leaves.states, memo) == leaves.counted()
    # One month of 8 days, one instrument of 3 months, one root of 3 instruments.
    assert len(statistic.merges) == 7 + 2 + 2
    assert leaves.read == [key_of(1, day) for day in range(8)]


def test_nothing_changed_reads_nothing() -> None:
    leaves, memo, statistic = Leaves(), MemoryStore(), CountedCategories()
    for _ in range(2):
        leaves.read.clear()
        statistic.merges.clear()
        assert fold(leaves.tree(), statistic, leaves.states, memo) == leaves.counted()
    assert not leaves.read
    assert not statistic.merges


def test_corrupt_memory_is_computed_again() -> None:
    leaves, memo = Leaves(), Recalled()
    fold(leaves.tree(), Categories(), leaves.states, memo)
    good = memo.get_many(memo.names)
    memo.put_many(dict.fromkeys(good, b"\xff broken"))
    assert fold(leaves.tree(), Categories(), leaves.states, memo) == leaves.counted()
    assert memo.get_many(memo.names) == good


def test_all_beside_a_changed_leaf_are_looked_up_at_once() -> None:
    leaves, memo = Leaves(), Recalled()
    fold(leaves.tree(), Categories(), leaves.states, memo)
    leaves.values[key_of(1, 3)] = [100]
    memo.looks = memo.writes = 0
    fold(leaves.tree(), Categories(), leaves.states, memo)
    assert (memo.looks, memo.writes) == (3, 1), "the root, instruments, months; one path"


def test_what_has_one_child_is_that_child() -> None:
    """A tree of one instrument keeps nothing twice."""
    memo, days = Recalled(), [key_of(0, day) for day in range(8)]
    values = {key: [n] for n, key in enumerate(days)}
    tree = build({key: bytes_digest(repr(v).encode()) for key, v in values.items()})
    seen: list[Key] = []

    def states(keys: Sequence[Key]) -> list[Counts]:
        seen.extend(keys)
        return [Categories().observe(np.array(values[key])) for key in keys]

    found = fold(tree, Categories(), states, memo)
    assert found == Categories().observe(np.concatenate(list(values.values())))
    assert (seen, len(memo.names)) == (days, 1)
    assert fold(build({days[2]: "1"}), Categories(), states, memo) == Categories().observe(
        np.array(values[days[2]])
    )
    assert len(memo.names) == 1, "of a leaf alone nothing is kept"
