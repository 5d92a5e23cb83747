"""Ranges of keys, removal, and how few nodes their states are merged from."""

import datetime as dt
from collections.abc import Callable, Collection, Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from karat.digest import digest
from karat.errors import NotFoundError
from karat.states import Categories, Counts, Sequence, SequenceState
from karat.store import MemoryStore
from karat.tree import Key, Tree, build, fold
from tests.unit.test_tree_oracle import is_free

Leaves = dict[Key, str]
segments = st.sampled_from(["a", "b", "ab", "", "é", "a/b", "aa", "c"])
keys = st.lists(segments, min_size=1, max_size=3).map(tuple)
bounds = st.lists(segments, max_size=3).map(tuple)
ragged = st.dictionaries(keys, st.sampled_from(["1", "2", "3"]), max_size=12)
START = dt.date(2020, 1, 1)
few = settings(max_examples=80)


def inside(key: Key, first: Key, last: Key) -> bool:
    """Say, as the definition does, whether a key lies in a range."""
    return key >= first and (key <= last or key[: len(last)] == last)


@few
@given(leaves=ragged, first=bounds, last=bounds, depth=st.integers(0, 2))
def test_a_range_holds_what_lies_between(leaves: Leaves, first: Key, last: Key, depth: int) -> None:
    assume(is_free(set(leaves)))
    tree = build(leaves)
    cut = tree.between(first, last, depth=depth)
    expected = {k: v for k, v in leaves.items() if inside(k[depth:], first, last)}
    assert dict(cut.leaves()) == expected
    assert (cut, cut.root) == (build(expected), build(expected).root)


@few
@given(leaves=ragged, chosen=st.sets(segments))
def test_only_some_first_segments(leaves: Leaves, chosen: set[str]) -> None:
    assume(is_free(set(leaves)))
    expected = build({k: v for k, v in leaves.items() if k[0] in chosen})
    assert build(leaves).only(chosen).root == expected.root


@few
@given(leaves=ragged, gone=st.data())
def test_removing_is_deleting_from_a_dictionary(leaves: Leaves, gone: st.DataObject) -> None:
    assume(leaves and is_free(set(leaves)))
    tree, oracle = build(leaves), dict(leaves)
    for key in gone.draw(st.lists(st.sampled_from(sorted(leaves)), unique=True)):
        tree = tree.remove(key)
        del oracle[key]
        assert tree == build(oracle)
        assert tree.root == build(oracle).root
        with pytest.raises(NotFoundError):
            tree.remove(key)
    before = build(leaves)
    assert before.diff(tree).removed == tuple(sorted(leaves.keys() - oracle.keys()))
    assert tree.diff(before).added == before.diff(tree).removed


@given(leaves=ragged, at=st.integers(0, 3))
def test_a_branch_is_removed_with_all_below_it(leaves: Leaves, at: int) -> None:
    assume(leaves and is_free(set(leaves)))
    key = min(leaves)[:at]
    rest = {k: v for k, v in leaves.items() if k[: len(key)] != key}
    assert build(leaves).remove(key) == build(rest)


def day_key(instrument: str, number: int) -> Key:
    day = str(START + dt.timedelta(days=number))
    return instrument, day[:7], day


class Days:
    """States of days, which of them were read, and how many names were looked up."""

    def __init__(self, instruments: int, days: int) -> None:
        draw = default_rng(instruments)
        self.values = {
            day_key(f"v-m-{i}", n): draw.integers(0, 9, 5)
            for i in range(instruments)
            for n in range(days)
        }
        self.read: list[Key] = []
        self.memo = Counting()

    def tree(self) -> Tree:
        return build({key: digest("leaf/1", v.tobytes()) for key, v in self.values.items()})

    def states(self, keys: Iterable[Key]) -> list[Counts]:
        self.read += keys
        return [Categories().observe(self.values[key]) for key in keys]

    def folded(self, tree: Tree) -> int:
        """Return how many nodes were looked at to merge `tree`; its state is checked."""
        self.read.clear()
        self.memo.asked = 0
        found = fold(tree, Categories(), self.states, self.memo)
        rows = [self.values[key] for key, _ in tree.leaves()]
        assert found == Categories().observe(np.concatenate(rows))
        return self.memo.asked + len(self.read)


class Counting(MemoryStore):
    """Bytes by name, and for how many was asked."""

    asked = 0

    def get_many(self, keys: Collection[str]) -> dict[str, bytes]:
        self.asked += len(keys)
        return super().get_many(keys)


@pytest.mark.parametrize("days", [60, 400, 1_200, 3_600])
def test_any_range_takes_few_nodes(days: int) -> None:
    """The count grows with the letters of a date, not with the days between."""
    held, draw = Days(1, days), default_rng(days)
    tree = held.tree()
    held.folded(tree)
    for _ in range(12):
        low, high = sorted(draw.integers(0, days, 2).tolist())
        first, last = day_key("", low)[1:], day_key("", high)[1:]
        assert held.folded(tree.between(first, last, depth=1)) <= 100
        assert len(held.read) <= 40, "two groups of ten days at each end at most"
        assert held.folded(tree.between(first, last, depth=1)) == 1, "its root is kept"


def test_any_instrument_in_the_middle_of_a_month() -> None:
    held = Days(5, 90)
    tree = held.tree()
    held.folded(tree)
    first, last = ("2020-01", "2020-01-05"), ("2020-03", "2020-03-20")
    assert held.folded(tree.between(first, last, depth=1)) < 5 * 50
    assert not [key for key in held.read if key[1] == "2020-02"], "whole months are not entered"
    one = tree.only({"v-m-2"}).between(first, last, depth=1)
    assert held.folded(one) <= 3, "the instrument's own branch is known"


def test_a_changed_day_costs_its_group_and_one_put_in_between_too() -> None:
    held = Days(1, 1_000)
    tree = held.tree()
    held.folded(tree)
    key = day_key("v-m-0", 500)
    for values in ([1, 2], [3]):
        held.values[key] = np.array(values)
        held.folded(held.tree())
        assert 1 <= len(held.read) <= 10
        assert key in held.read
    gone = held.tree().remove(key)
    held.folded(gone)
    assert len(held.read) <= 9
    back = gone.replace(key, held.tree().digest(key))
    assert (back.root, held.folded(back)) == (held.tree().root, 1)


def names(count: int) -> Callable[[int], str]:
    return lambda number: f"{number:0{len(str(count))}}"


@pytest.mark.parametrize("count", [1, 8, 9, 31, 100, 345])
def test_ordered_states_are_merged_in_order_in_any_grouping(count: int) -> None:
    name, ids = names(count), np.arange(1, 3 * count + 1)
    parts: dict[Key, Any] = {(name(n),): ids[3 * n : 3 * n + 3] for n in range(count)}
    tree = build({key: digest("leaf/1", part.tobytes()) for key, part in parts.items()})

    def states(keys: Iterable[Key]) -> list[SequenceState]:
        return [Sequence().observe(np.full(3, 2), parts[key] - 1, parts[key]) for key in keys]

    whole = Sequence().observe(np.full(3 * count, 2), ids - 1, ids)
    assert fold(tree, Sequence(), states, MemoryStore()) == whole


@given(leaves=st.dictionaries(st.text("ab1", max_size=4).map(lambda s: (s,)), st.integers(0, 5)))
def test_any_names_of_many_children_are_merged_once_each(leaves: dict[Key, int]) -> None:
    held = {key: np.array([value]) for key, value in leaves.items()}
    tree = build({key: digest("leaf/1", *key, value) for key, value in leaves.items()})
    read: list[Key] = []

    def states(keys: Iterable[Key]) -> list[Counts]:
        read.extend(keys)
        return [Categories().observe(held[key]) for key in keys]

    found = fold(tree, Categories(), states, MemoryStore())
    assert sorted(read) == sorted(leaves)
    assert found == Categories().observe(np.array([*leaves.values()], dtype=np.int64))
