"""The laws every statistic keeps, as cases for pytest: ours, and those of your own package.

Have a fixture ``case`` that gives a `Case`, and let pytest collect a subclass of `StatisticLaws`.
"""
# ruff: noqa: S101, D102 - asserts are the point, and a case's name is its sentence

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from typing import Any

import pytest
from numpy.random import Generator, default_rng

from karat.errors import CorruptError, InputError

Columns = tuple[Any, ...]
Rows = Callable[[Generator, int], Columns]
DRAWS = 25


@dataclass(frozen=True)
class Case:
    """A statistic and `size` rows for it, as columns that can be sliced and have a ``take``.

    `sliceable` rows may be cut anywhere.
    """

    statistic: Any
    rows: Rows
    sliceable: bool = True

    def split(self, seed: int, size: int, pieces: int) -> tuple[Columns, list[Columns]]:
        """Return rows, and the same rows cut into pieces, of which some may be empty."""
        generator = default_rng(seed)
        columns = self.rows(generator, size)
        cuts = [0, *sorted(generator.integers(0, size + 1, pieces - 1)), size]
        return columns, [tuple(c[a:b] for c in columns) for a, b in pairwise(cuts)]

    def states(self, seed: int, size: int, pieces: int) -> list[Any]:
        """Return states of pieces that may be merged in this order."""
        if self.sliceable:
            _, parts = self.split(seed, size, pieces)
        else:
            parts = [self.rows(default_rng([seed, i]), size) for i in range(pieces)]
        return [self.statistic.observe(*part) for part in parts]


@dataclass(frozen=True)
class Laws:
    """What holds for the rows that `seed`, `size` and the number of `pieces` draw."""

    case: Case
    seed: int
    size: int
    pieces: int

    @property
    def states(self) -> list[Any]:
        """States of the pieces."""
        return self.case.states(self.seed, self.size, self.pieces)

    def empty_changes_nothing(self) -> None:
        stat, one = self.case.statistic, self.states[0]
        assert stat.merge(stat.empty(), one) == one == stat.merge(one, stat.empty())

    def merging_is_associative(self) -> None:
        stat, states = self.case.statistic, self.states
        from_left = reduce(stat.merge, states)
        from_right = reduce(lambda right, left: stat.merge(left, right), reversed(states))
        self._same(from_left, from_right)

    def cuts_do_not_matter(self) -> None:
        stat = self.case.statistic
        columns, parts = self.case.split(self.seed, self.size, self.pieces)
        merged = reduce(stat.merge, (stat.observe(*part) for part in parts))
        self._same(merged, stat.observe(*columns))

    def states_outlive_their_bytes(self) -> None:
        stat = self.case.statistic
        for state in self.states:
            read = stat.decode(stat.encode(state))
            self._same(read, state)
            assert hash(read) == hash(state)

    def order_is_free(self) -> None:
        stat, (a, *others) = self.case.statistic, self.states
        b = reduce(stat.merge, others, stat.empty())
        self._same(stat.merge(a, b), stat.merge(b, a))
        columns, _ = self.case.split(self.seed, self.size, self.pieces)
        order = default_rng(self.seed).permutation(self.size)
        shuffled = stat.observe(*(column.take(order) for column in columns))
        self._same(shuffled, stat.observe(*columns))

    def subtracting_undoes_merging(self) -> None:
        stat, (a, *others) = self.case.statistic, self.states
        b = reduce(stat.merge, others, stat.empty())
        merged = stat.merge(a, b)
        self._same(stat.subtract(merged, b), a)
        self._same(stat.subtract(merged, merged), stat.empty())

    def no_rows_give_the_empty_state(self) -> None:
        stat = self.case.statistic
        self._same(stat.observe(*self.case.rows(default_rng(self.seed), 0)), stat.empty())

    def bytes_that_are_no_state_are_refused(self) -> None:
        stat = self.case.statistic
        data = stat.encode(self.case.states(self.seed, 40, 1)[0])
        unknown = bytes([data[0] + 1]) + data[1:]
        for broken in (b"", data[:-1], data + b"\0", unknown, data[: len(data) // 2]):
            with pytest.raises(CorruptError):
                stat.decode(broken)

    def rows_that_are_not_there_cannot_be_subtracted(self) -> None:
        stat = self.case.statistic
        with pytest.raises(InputError, match="subtract"):
            stat.subtract(stat.empty(), self.case.states(self.seed, 20, 1)[0])

    def _same(self, a: Any, b: Any) -> None:
        assert a == b
        assert self.case.statistic.encode(a) == self.case.statistic.encode(b)


def drawn(case: Case) -> list[Laws]:
    """Return draws of few and many rows and pieces, always the same."""
    rng = default_rng(5)
    sizes = [0, 1, 2, *rng.integers(0, 60, DRAWS - 3).tolist()]
    return [Laws(case, at, size, int(rng.integers(1, 8))) for at, size in enumerate(sizes)]


class StatisticLaws:
    """All laws of `Statistic`."""

    def test_empty_changes_nothing(self, case: Case) -> None:
        for laws in drawn(case):
            laws.empty_changes_nothing()

    def test_no_rows_give_the_empty_state(self, case: Case) -> None:
        drawn(case)[0].no_rows_give_the_empty_state()

    def test_merging_is_associative(self, case: Case) -> None:
        for laws in drawn(case):
            laws.merging_is_associative()

    def test_where_rows_are_cut_does_not_matter(self, case: Case) -> None:
        for laws in drawn(case) if case.sliceable else []:
            laws.cuts_do_not_matter()

    def test_states_outlive_their_bytes(self, case: Case) -> None:
        for laws in drawn(case):
            laws.states_outlive_their_bytes()

    def test_bytes_that_are_no_state_are_refused(self, case: Case) -> None:
        drawn(case)[-1].bytes_that_are_no_state_are_refused()

    def test_the_order_of_unordered_rows_is_free(self, case: Case) -> None:
        for laws in [] if case.statistic.ordered else drawn(case):
            laws.order_is_free()

    def test_subtracting_undoes_merging(self, case: Case) -> None:
        for laws in drawn(case) if hasattr(case.statistic, "subtract") else []:
            laws.subtracting_undoes_merging()
            laws.rows_that_are_not_there_cannot_be_subtracted()
