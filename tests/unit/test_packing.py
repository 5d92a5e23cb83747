"""Columns in few bytes: nothing is lost, numpy and compiled passes agree, repeats take no room."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from numpy.typing import NDArray

from karat.compute import packing
from karat.compute.packing import ALL, BLOCKS, ROWS, STRETCH, packed

WHOLE = st.integers(-(2**63), 2**63 - 1)
SOME = st.lists(WHOLE | st.integers(-3, 3) | st.just(10**18), max_size=50)
SIZES = st.sampled_from([0, 1, 2, 63, 64, 65, 300, ROWS - 1, ROWS, ROWS + 1, 3 * ROWS + 7])
SHARES = (0.0, 0.02, 0.3, 0.33, 0.75, 0.76, 0.95, 1.0)
COMPILED = pytest.mark.parametrize("compiled", [False, True])


def bits(flags: NDArray[np.bool_]) -> NDArray[np.uint8]:
    return ALL if flags.all() else np.packbits(flags, bitorder="little")


@st.composite
def columns(draw: st.DrawFn) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Give values of which some repeat, of any distance from each other, and who has one."""
    rng, size = default_rng(draw(st.integers(0, 999))), draw(SIZES)
    among = np.array(draw(SOME) or [0], np.int64)
    picked = among[rng.integers(0, among.size, size)]
    moves = rng.random(size) < draw(st.sampled_from(SHARES))
    at = np.maximum.accumulate(np.where(moves, np.arange(size), 0))
    wide = rng.integers(-1, 2, size) << draw(st.integers(0, 62))
    return picked[at] + np.cumsum(wide * moves), rng.random(size) >= draw(st.sampled_from(SHARES))


def taken(values: NDArray[np.int64], valid: NDArray[np.uint8], *, compiled: bool) -> list[bytes]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(packing, "pays", lambda _: compiled)
        return [bytes(stretch) for stretch in packed(values, valid)]


class Words:
    """The bytes of a stretch, taken from the front."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def take(self, count: int, size: int) -> list[int]:
        """Take so many numbers of `size` bytes, and what fills the last word."""
        used = -(-count * size // 8) * 8
        own, self.data = self.data[:used], self.data[used:]
        assert not any(own[count * size :])
        return [int.from_bytes(own[at * size :][:size], "little") for at in range(count)]

    def steps(self, rows: int, head: int) -> list[int]:
        """Take a block of so many rows, by the format's own words."""
        width = head % 16
        marks = [1] * rows if head else [0] * rows
        if head >= 16:
            words = self.take(-(-rows // 64), 8)
            marks = [words[row // 64] >> row % 64 & 1 for row in range(rows)]
        used, told, shift = sum(marks), [0] * sum(marks), 0
        for size in (8, 4, 2, 1):
            if width & size:
                plane = self.take(used, size)
                told = [one | more << shift for one, more in zip(told, plane, strict=True)]
                shift += 8 * size
        left = iter(told)
        return [next(left) if mark else 0 for mark in marks]


def unpacked(rows: int, stretches: list[bytes]) -> list[int]:
    """Return the values again, by Python's integers."""
    found: list[int] = []
    value = 0
    for stretch in stretches:
        words = Words(stretch)
        for head in words.take(BLOCKS, 1):
            for number in words.steps(min(ROWS, rows - len(found)), head):
                value += -(number + 1) // 2 if number % 2 else number // 2
                value = (value + 2**63) % 2**64 - 2**63
                found.append(value)
        assert not words.data
    return found


@COMPILED
@settings(max_examples=80, deadline=None, database=None)
@given(column=columns())
def test_what_is_packed_is_unpacked(
    compiled: bool, column: tuple[NDArray[np.int64], NDArray[np.bool_]]
) -> None:
    values, there = column
    stretches = taken(values, bits(there), compiled=compiled)
    assert unpacked(values.size, stretches) == np.where(there, values, 0).tolist()


@settings(max_examples=120, deadline=None, database=None)
@given(column=columns())
def test_compiled_and_plain_give_the_same_bytes(
    column: tuple[NDArray[np.int64], NDArray[np.bool_]],
) -> None:
    values, there = column
    plain, fast = (taken(values, bits(there), compiled=flag) for flag in (False, True))
    assert plain == fast


@pytest.mark.parametrize("share", SHARES)
def test_stretches_follow_each_other(share: float) -> None:
    rng = default_rng(3)
    size = 2 * STRETCH + 1500
    values = np.cumsum((rng.random(size) < share) * rng.integers(-9, 9, size) << 20)
    there = rng.random(size) < share
    for flags in (there, np.ones(size, bool)):
        plain, fast = (taken(values, bits(flags), compiled=flag) for flag in (False, True))
        assert plain == fast
        assert len(plain) == 3
        assert unpacked(size, fast) == np.where(flags, values, 0).tolist()


@COMPILED
@pytest.mark.parametrize("width", range(1, 9))
def test_steps_take_as_few_bytes_as_hold_them(compiled: bool, width: int) -> None:
    for step in (2 ** (8 * width - 1) - 1, -(2 ** (8 * width - 1))):
        (stretch,) = taken(np.array([step]), ALL, compiled=compiled)
        assert stretch[0] == width
        planes = width.bit_count()
        assert len(stretch) == BLOCKS + 8 * planes


@COMPILED
def test_rows_that_repeat_take_next_to_nothing(compiled: bool) -> None:
    values = np.full(STRETCH, 10**18)
    first, *others = taken(np.append(values, values), ALL, compiled=compiled)
    assert (len(first), [len(stretch) for stretch in others]) == (BLOCKS + ROWS // 8 + 8, [BLOCKS])


def test_no_rows() -> None:
    assert list(packed(np.empty(0, np.int64))) == []


@COMPILED
def test_what_lies_under_a_null_does_not_matter(compiled: bool) -> None:
    values, there = np.arange(3000), np.arange(3000) % 3 > 0
    other = np.where(there, values, -values * 10**12)
    found = [taken(some, bits(there), compiled=compiled) for some in (values, other)]
    assert found[0] == found[1]
