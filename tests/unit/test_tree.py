"""The tree of keys, and states merged along it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from karat.digest import bytes_digest
from karat.errors import InputError, NotFoundError
from karat.states import Categories, Counts
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


class Leaves:
    """Leaf states by key, and which of them were read."""

    def __init__(self) -> None:
        keys = [key_of(i, d) for i in range(3) for d in range(DAYS)]
        self.values = {key: [i, i % 7] for i, key in enumerate(keys)}
        self.read: list[Key] = []

    def state(self, key: Key) -> bytes:
        self.read.append(key)
        return Categories().encode(Categories().observe(np.array(self.values[key])))

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
    assert fold(Tree(), Categories(), Leaves().state, {}) == Categories().empty()


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
    leaves, memo, statistic = Leaves(), dict[str, bytes](), CountedCategories()
    assert fold(leaves.tree(), statistic, leaves.state, memo) == leaves.counted()
    assert len(leaves.read) == 3 * DAYS

    leaves.values[key_of(1, 3)] = [100]
    leaves.read.clear()
    statistic.merges.clear()
    assert fold(leaves.tree(), statistic, leaves.state, memo) == leaves.counted()
    # One month of 8 days, one instrument of 3 months, one root of 3 instruments.
    assert len(statistic.merges) == 7 + 2 + 2
    assert leaves.read == [key_of(1, day) for day in range(8)]


def test_nothing_changed_reads_nothing() -> None:
    leaves, memo, statistic = Leaves(), dict[str, bytes](), CountedCategories()
    for _ in range(2):
        leaves.read.clear()
        statistic.merges.clear()
        assert fold(leaves.tree(), statistic, leaves.state, memo) == leaves.counted()
    assert not leaves.read
    assert not statistic.merges


def test_corrupt_memory_is_computed_again() -> None:
    leaves, memo = Leaves(), dict[str, bytes]()
    fold(leaves.tree(), Categories(), leaves.state, memo)
    good = dict(memo)
    for name in memo:
        memo[name] = b"\xff broken"
    assert fold(leaves.tree(), Categories(), leaves.state, memo) == leaves.counted()
    assert memo == good
