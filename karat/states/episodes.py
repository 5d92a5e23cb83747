"""Steps of episodes: whether rows are whole episodes, and whether each observes what was promised.

An episode is rows 0, 1, 2 … of one number, of which the last one and no other is flagged as an end,
terminated or truncated. Between two rows of an episode what the earlier one says comes next is what
the later one observes. Both are seen in neighbouring rows, so states of pieces add up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from karat.digest import digest
from karat.errors import InputError
from karat.states.columns import Column, as_stored
from karat.states.encoding import Int64s
from karat.states.invariant import LEAST, Invariant, InvariantState
from karat.states.piecewise import piecewise
from karat.states.whole_number import check_whole
from karat.states.windowed import OverWindows, Windowed, WindowedState

EPISODE, STEP, TERMINATED, TRUNCATED = range(4)
ENDS = [TERMINATED, TRUNCATED]
FLAGS = 4
"""Columns that both statistics begin with: episode, step, terminated, truncated."""


@dataclass(frozen=True)
class EpisodeStep:
    """Whether the later row of each window of two is where an episode goes on, or the next begins.

    Columns are the four of `FLAGS`, any others, and the locator.
    """

    version: ClassVar[int] = 1

    def key(self) -> str:
        """Return the digest of name and version."""
        return digest("window function/1", "episode step", self.version)

    def __call__(self, rows: Int64s, width: int) -> Int64s:
        """Return a row for each window: 1 if it is in order, 1 to compare with, the locator."""
        return np.stack(self.of_columns(list(rows.T), width), axis=1)

    def of_columns(self, columns: list[Int64s], width: int) -> list[Int64s]:  # noqa: ARG002
        """Return the same of columns, as columns; windows are of two rows."""
        episode, step, *flags = columns[:FLAGS]
        moved = np.subtract(episode[1:], episode[:-1])
        goes_on = (moved == 0) & (step[1:] == step[:-1] + 1)
        begins = (moved == 1) & (step[1:] == 0)
        good = np.where(_ended(columns), begins, goes_on)
        for flag in flags:
            good &= (flag[1:] == 0) | (flag[1:] == 1)
        return _kept(good, columns)


@dataclass(frozen=True)
class ObservationLink:
    """Whether the later row of each window of two observes what the earlier one said comes next.

    Columns are the four of `FLAGS`, `width` observations, as many next ones, and the locator.
    After the end of an episode nothing was said.
    """

    observations: int
    version: ClassVar[int] = 1

    def key(self) -> str:
        """Return the digest of name, version and how many observations there are."""
        return digest("window function/1", "observation link", self.version, self.observations)

    def __call__(self, rows: Int64s, width: int) -> Int64s:
        """Return a row for each window: 1 if it is linked, 1 to compare it with, the locator."""
        return np.stack(self.of_columns(list(rows.T), width), axis=1)

    def of_columns(self, columns: list[Int64s], width: int) -> list[Int64s]:  # noqa: ARG002
        """Return the same of columns, as columns; windows are of two rows."""
        first = FLAGS + self.observations
        linked = np.ones(columns[0].size - 1, bool)
        for seen, said in zip(columns[FLAGS:first], columns[first:-1], strict=True):
            linked &= said[:-1] == seen[1:]
        return _kept(_ended(columns) | linked, columns)


@dataclass(frozen=True)
class EpisodeSteps(OverWindows[InvariantState]):
    """How many rows are out of their place in an episode, and the first of these.

    >>> rows = np.array([[1, 0, 0, 0, 70], [1, 1, 0, 1, 71], [2, 1, 1, 0, 72]])
    >>> EpisodeSteps().whole(EpisodeSteps().observe(*rows.T))
    InvariantState(checked=3, violations=1, first=72)
    """

    name: ClassVar[str] = "episode_steps"
    version: ClassVar[int] = 1

    @cached_property
    def windowed(self) -> Windowed[InvariantState]:
        """Windows of two rows."""
        return Windowed(2, EpisodeStep(), Invariant("=="))

    @piecewise(96)
    def observe(self, *columns: Column) -> WindowedState[InvariantState]:
        """Return the state of rows: `FLAGS`, columns whose last value must be there, the locator.

        Raises `InputError` for floats, fewer than five columns, or columns of unequal length.
        """
        if len(columns) <= FLAGS:
            raise InputError(f"steps of episodes have five columns, {len(columns)} were given")
        return self.windowed.observe(*map(_absent, columns))

    def whole(self, state: WindowedState[InvariantState]) -> InvariantState:
        """Return how all rows keep order, the first and the last one too.

        The first one begins an episode and the last one ends one; both flags are 0 or 1, and in
        the last row no further column is empty.
        """
        if not state.count:
            return InvariantState()
        head, tail, inner = state.head[0], state.tail[0], state.inner
        begins = head[STEP] == 0 and {head[at] for at in ENDS} <= {0, 1}
        ends = any(tail[at] == 1 for at in ENDS) and LEAST not in tail[FLAGS:]
        bad = inner.violations + (not begins) + (not ends)
        last = None if ends else tail[-1]
        first = head[-1] if not begins else last if inner.first is None else inner.first
        return InvariantState(state.count, bad, first)


@dataclass(frozen=True)
class EpisodeLinks(OverWindows[InvariantState]):
    """How many rows observe something else than the row before said would come next.

    >>> flags, seen, said = [[1, 1], [0, 1], [0, 0], [0, 1]], [[5, 6]], [[6, 9]]
    >>> EpisodeLinks(1).observe(*np.array([*flags, *seen, *said, [70, 71]])).inner
    InvariantState(checked=1, violations=0, first=None)
    """

    observations: int
    name: ClassVar[str] = "episode_links"
    version: ClassVar[int] = 1

    @cached_property
    def windowed(self) -> Windowed[InvariantState]:
        """Windows of two rows."""
        check_whole(self.observations, "observations")
        return Windowed(2, ObservationLink(self.observations), Invariant("=="))

    @piecewise(96)
    def observe(self, *columns: Column) -> WindowedState[InvariantState]:
        """Return the state of rows: `FLAGS`, observations, next observations, the locator.

        Raises `InputError` for floats, or columns of another number or of unequal length.
        """
        needed = FLAGS + 2 * self.observations + 1
        if len(columns) != needed:
            raise InputError(f"{needed} columns are linked, {len(columns)} were given")
        return self.windowed.observe(*map(_absent, columns))


def _ended(columns: list[Int64s]) -> NDArray[np.bool_]:
    """Return whether an episode ended in the earlier row of each window."""
    terminated, truncated = (columns[at][:-1] == 1 for at in ENDS)
    return np.asarray(terminated | truncated)


def _kept(good: NDArray[np.bool_], columns: list[Int64s]) -> list[Int64s]:
    return [good.astype(np.int64), np.ones(good.size, np.int64), columns[-1][1:]]


def _absent(column: Column) -> Column:
    values, valid = as_stored(column)
    if values.dtype.kind != "i":
        return values
    values = values.astype(np.int64, copy=False)
    return values if valid.all() else np.where(valid, values, LEAST)
