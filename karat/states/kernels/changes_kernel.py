"""Compiled: a column as the steps from row to row, in as few bytes as hold those of a block.

`karat.compute.packing` tells the layout. A block stays in the nearest cache from the first look to
the last, so a long column goes through memory once.
"""

import numpy as np
from numba import int64, types, uint8, uint64

from karat.compiled import njit

READ = types.Array(int64, 1, "C", readonly=True)
BITS = types.Array(uint8, 1, "C", readonly=True)
ROWS, BLOCKS, WORD, FEW = 1024, 128, 64, 20
"""Rows of a block, blocks of a stretch, rows of a word of marks; and up to so many rows of a word
are sooner found bit by bit than row by row."""
HEAD, SPARSE = BLOCKS // 8, 16
ONE, NONE, HALF, ALL = np.uint64(1), np.uint64(0), np.uint64(32), np.uint8(255)


@njit(cache=True, nogil=True, inline="always")
def _ones(bits):
    """Return how many bits are set (Hacker's Delight, 5-1)."""
    bits -= bits >> ONE & np.uint64(0x5555555555555555)
    twos = np.uint64(0x3333333333333333)
    bits = (bits & twos) + (bits >> np.uint64(2) & twos)
    bits = bits + (bits >> np.uint64(4)) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64(bits * np.uint64(0x0101010101010101) >> np.uint64(56))


@njit(cache=True, nogil=True, inline="always")
def _there(valid, row):
    return valid[row >> 3] >> (row & 7) & 1


@njit(cache=True, nogil=True, inline="always")
def _filled(values, valid, begin, held):
    """Write the row before `begin` and the rows from it on into `held`, 0 where none is."""
    for i in range(held.size):
        row = begin - 1 + i
        there = row >= 0 and (valid.size == 0 or _there(valid, row))
        held[i] = values[row] if there else 0


@njit(cache=True, nogil=True, inline="always")
def _full(valid, first, count):
    """Return whether the row before `first` and `count` rows from it on all have a value."""
    if first == 0 or valid.size == 0:
        return first > 0
    some = _there(valid, first - 1)
    for byte in valid[first >> 3 : (first + count) >> 3]:
        some &= np.uint8(byte == ALL)
    return count & 7 == 0 and some != 0


@njit(cache=True, nogil=True, inline="always")
def _word(held, steps):
    """Write by how much rows differ from the row before, the first of `held`.

    0, -1, 1, -2, ... are 0, 1, 2, 3, ...; integers wrap, so that any step fits. Return all bits
    set in a step, and a bit a row that says whether it has one, rows going from the lowest up.
    """
    reach, bits = NONE, NONE
    for i in range(steps.size):
        step = np.uint64(held[i + 1]) - np.uint64(held[i])
        steps[i] = step << ONE ^ np.uint64(np.int64(step) >> 63)
        reach |= steps[i]
        bits |= np.uint64(step != NONE) << np.uint64(i)
    return reach, bits


@njit(cache=True, nogil=True, inline="always")
def _stepped(held, steps, marks):
    """Do so for a block of words of rows, with a mark of bits each; return how many are set too."""
    reach, used = NONE, 0
    for word in range(marks.size):
        begin, own = word * WORD, steps[word * WORD : (word + 1) * WORD]
        reached, marks[word] = _word(held[begin : begin + own.size + 1], own)
        reach, used = reach | reached, used + _ones(marks[word])
    return reach, used


@njit(cache=True, nogil=True, inline="always")
def _width(reach):
    """Return how many bytes hold a number."""
    width = 0
    while reach:
        reach, width = reach >> np.uint64(8), width + 1
    return width


@njit(cache=True, nogil=True)
def _kept(marks, steps):
    """Move the steps of marked rows to the front."""
    used = NONE
    for word in range(marks.size):
        bits, own = marks[word], steps[word * WORD : (word + 1) * WORD]
        if _ones(bits) > FEW:
            for i in range(own.size):
                steps[used] = own[i]
                used += bits >> np.uint64(i) & ONE
            continue
        while bits:
            steps[used] = own[_ones((bits & NONE - bits) - ONE)]
            used += ONE
            bits &= bits - ONE


@njit(cache=True, nogil=True)
def _plane(steps, shift, out):
    """Write the low bytes of the steps without their last `shift` bits."""
    for i in range(steps.size):
        out[i] = steps[i] >> shift


@njit(cache=True, nogil=True, inline="always")
def _room(out, used, count, in_word):
    """Return the words for `count` numbers, so many `in_word`; the last word is cleared."""
    room = out[used : used - (-count // in_word)]
    room[-1:] = NONE
    return room


@njit(cache=True, nogil=True)
def _written(steps, width, out, used):
    """Write steps in `width` bytes each from word `used` on; return the first word after them."""
    count, shift = steps.size, NONE
    if width & 8:
        room = _room(out, used, count, 1)
        _plane(steps, shift, room)
        return used + room.size
    if width & 4:
        room = _room(out, used, count, 2)
        _plane(steps, shift, room.view(np.uint32)[:count])
        used, shift = used + room.size, shift + HALF
    if width & 2:
        room = _room(out, used, count, 4)
        _plane(steps, shift, room.view(np.uint16)[:count])
        used, shift = used + room.size, shift + HALF // np.uint64(2)
    if width & 1:
        room = _room(out, used, count, 8)
        _plane(steps, shift, room.view(np.uint8)[:count])
        used += room.size
    return used


@njit(int64(READ, BITS, int64, uint64[::1]), cache=True, nogil=True)
def pack(values, valid, begin, out):
    """Write the stretch of rows that starts with row `begin`; return how many words it takes.

    `valid` has a bit a row, or nothing where all rows have a value.
    """
    room, held = np.empty(ROWS, np.uint64), np.empty(ROWS + 1, np.int64)
    heads, used = out[:HEAD].view(np.uint8), HEAD
    heads[:] = 0
    for block in range(min(BLOCKS, -(-(values.size - begin) // ROWS))):
        first = begin + block * ROWS
        steps = room[: min(ROWS, values.size - first)]
        count = steps.size
        marks = out[used : used - (-count // WORD)]
        if _full(valid, first, count):
            reach, changed = _stepped(values[first - 1 : first + count], steps, marks)
        else:
            _filled(values, valid, first, held[: count + 1])
            reach, changed = _stepped(held[: count + 1], steps, marks)
        if reach == NONE:
            continue
        width = _width(reach)
        if 4 * changed <= 3 * count:
            _kept(marks, steps)
            heads[block], steps, used = SPARSE | width, steps[:changed], used + marks.size
        else:
            heads[block] = width
        used = _written(steps, width, out, used)
    return used
