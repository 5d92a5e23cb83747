"""The tree against a dictionary: roots, differences, and what folding costs."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from karat.digest import digest
from karat.errors import InputError, NotFoundError
from karat.states import Categories, Counts, Sequence, SequenceState
from karat.tree import Key, Tree, build, fold
from tests.unit.test_tree import Recalled

Leaves = dict[Key, str]
segments = st.sampled_from(["a", "b", "ab", "", "é", "a/b"])
names = st.sampled_from(["1", "2", "3"])
flat = st.dictionaries(st.tuples(segments, segments, segments), names, max_size=12)
ragged = st.dictionaries(st.lists(segments, min_size=1, max_size=3).map(tuple), names, max_size=8)
few = settings(max_examples=60)


def is_free(keys: set[Key]) -> bool:
    """Say whether no key is the beginning of another."""
    return not any(a != b and b[: len(a)] == a for a in keys for b in keys)


@few
@given(leaves=ragged)
def test_keys_that_begin_others_are_refused_and_all_else_is_kept(leaves: Leaves) -> None:
    if not is_free(set(leaves)):
        with pytest.raises(InputError, match="below it"):
            build(leaves)
        return
    tree = build(leaves)
    assert dict(tree.leaves()) == leaves
    assert [key for key, _ in tree.leaves()] == sorted(leaves)
    for key, name in leaves.items():
        assert tree.digest(key) == name
    with pytest.raises(NotFoundError):
        tree.digest(("a", "a", "a", "nothing"))


@few
@given(before=ragged, after=ragged)
def test_a_difference_is_that_of_two_dictionaries(before: Leaves, after: Leaves) -> None:
    if not (is_free(set(before)) and is_free(set(after))):
        return
    found = build(before).diff(build(after))
    common = before.keys() & after.keys()
    assert list(found.changed) == sorted(k for k in common if before[k] != after[k])
    assert sorted(found.added) == sorted(after.keys() - before.keys())
    assert sorted(found.removed) == sorted(before.keys() - after.keys())
    assert (build(before).root == build(after).root) == (before == after)


@few
@given(leaves=flat, changes=st.lists(st.tuples(st.tuples(segments, segments, segments), names)))
def test_replacing_is_writing_into_a_dictionary(
    leaves: Leaves, changes: list[tuple[Key, str]]
) -> None:
    tree, oracle = build(leaves), dict(leaves)
    for key, name in changes:
        tree, oracle[key] = tree.replace(key, name), name
    assert tree == build(oracle)
    assert tree.root == build(oracle).root
    assert build(leaves).diff(tree).removed == ()


def three_levels(width: int) -> list[Key]:
    return [
        (f"i{i}", f"2024-{m:02}", f"{d:02}")
        for i in range(width)
        for m in range(width)
        for d in range(width)
    ]


def reader(
    values: dict[Key, list[int]], read: list[Key]
) -> Callable[[Iterable[Key]], Iterator[Counts]]:
    def states(keys: Iterable[Key]) -> Iterator[Counts]:
        for key in keys:
            read.append(key)
            yield Categories().observe(np.array(values[key]))

    return states


def given_by(states: dict[Key, SequenceState]) -> Callable[[Iterable[Key]], list[SequenceState]]:
    return lambda keys: [states[key] for key in keys]


def tree_of(values: dict[Key, list[int]]) -> Tree:
    return build({key: digest("leaf/1", *value) for key, value in values.items()})


@pytest.mark.parametrize("width", [2, 5, 8])
def test_what_changed_costs_its_paths_and_no_more(width: int) -> None:
    rng, values = default_rng(width), {key: [n] for n, key in enumerate(three_levels(width))}
    memo = Recalled()
    fold(tree_of(values), Categories(), reader(values, []), memo)
    assert len(memo.names) == 1 + width + width**2
    for count in (1, 2, width):
        keys = list(values)
        changed = [keys[at] for at in rng.choice(len(keys), count, replace=False)]
        values |= {key: [1000 * count + n] for n, key in enumerate(changed)}
        read: list[Key] = []
        known = set(memo.names)
        found: Counts = fold(tree_of(values), Categories(), reader(values, read), memo)
        assert found == Categories().observe(np.concatenate(list(values.values())))
        months, tops = {key[:2] for key in changed}, {key[0] for key in changed}
        # Only the months that hold a changed day are read, and only their paths are made anew.
        assert sorted(read) == sorted(key for key in values if key[:2] in months)
        assert len(memo.names - known) == len(months) + len(tops) + 1


def test_ordered_states_are_merged_in_the_order_of_keys() -> None:
    ids = np.arange(1, 61)
    rows = {key: ids[10 * n : 10 * n + 10] for n, key in enumerate([*three_levels(2)][:6])}
    states = {
        key: Sequence().observe(np.full(10, 2), part - 1, part)
        for key, part in reversed(rows.items())
    }
    tree = build({key: digest("leaf/1", *map(str, rows[key])) for key in states})
    found: SequenceState = fold(tree, Sequence(), given_by(states), Recalled())
    assert found == Sequence().observe(np.full(60, 2), ids - 1, ids)
    assert (found.tally.deltas, found.tally.gaps) == (60, 0)
    hole = {key: data for key, data in states.items() if key != sorted(rows)[2]}
    rest = build({key: digest("leaf/1", *map(str, rows[key])) for key in hole})
    assert fold(rest, Sequence(), given_by(hole), Recalled()).gap_ranges == ((21, 30),)


def test_statistics_share_one_memory_and_do_not_meet() -> None:
    values = {key: [n] for n, key in enumerate(three_levels(2))}
    memo = Recalled()
    tree = tree_of(values)
    fold(tree, Categories(), reader(values, []), memo)
    empty = dict.fromkeys(values, Sequence().empty())
    assert fold(tree, Sequence(), given_by(empty), memo) == Sequence().empty()
    assert len(memo.names) == 2 * (1 + 2 + 4)


def test_equal_months_of_two_instruments_are_folded_once() -> None:
    values = {key: [int(key[2])] for key in three_levels(3)}
    read: list[Key] = []
    found = fold(tree_of(values), Categories(), reader(values, read), Recalled())
    assert found.counts.tolist() == [9, 9, 9]
    assert len(read) == 3
