"""Compiled: a window of values against golden, one step a value, exact in integers.

Leaves are pieces of the line in order. With m golden rows and a window of n, a leaf holds
m * (window rows in it) - n * (golden rows in it): their running sum is G - F times m n, wherever a
piece ends. Nodes over 8 leaves, over 8 of these nodes and so on keep the sum of theirs and the
largest and the least running sum. A full window changes two leaves a step and the nodes above.

While a window fills, every step changes every leaf, because n does. Then nodes keep bounds that
are refreshed only where they could reach beyond what is found: one more row lifts running sums by
at most m from its leaf on, one more n sinks them by at most the golden rows below the node.
"""

import numpy as np
from numba import int64, types

from karat.compiled import njit

READ = types.Array(int64, 1, "C", readonly=True)
FAN, BITS = 8, 3
UP, DOWN = 0, 1
LOWEST = np.int64(-(2**63))


@njit(cache=True, nogil=True, inline="always")
def _over_leaves(leaves, node, sums, most, least):
    total = leaves[FAN * node]
    high, low = total, total
    for k in range(1, FAN):
        total += leaves[FAN * node + k]
        high, low = max(high, total), min(low, total)
    sums[node], most[node], least[node] = total, high, low


@njit(cache=True, nogil=True, inline="always")
def _over_nodes(first, at, sums, most, least):
    """Refresh the node `at` over eight from `first` on; return whether only its sum can differ."""
    total, high, low = sums[first], most[first], least[first]
    for k in range(first + 1, first + FAN):
        high, low = max(high, total + most[k]), min(low, total + least[k])
        total += sums[k]
    same = (high == most[at]) & (low == least[at])
    sums[at], most[at], least[at] = total, high, low
    return same


@njit(cache=True, nogil=True, inline="always")
def _refresh(begins, leaves, sums, most, least, one, two):
    """Refresh the nodes over two leaves that gained and lost the same."""
    one, two = one >> BITS, two >> BITS
    _over_leaves(leaves, one, sums, most, least)
    if one != two:
        _over_leaves(leaves, two, sums, most, least)
    for level in range(1, begins.size):
        one, two = one >> BITS, two >> BITS
        begin, below = begins[level], begins[level - 1]
        same = _over_nodes(below + FAN * one, begin + one, sums, most, least)
        if one != two:
            _over_nodes(below + FAN * two, begin + two, sums, most, least)
        elif same:
            return


@njit(types.void(READ, READ, *[int64[::1]] * 3), cache=True, nogil=True)
def build(begins, leaves, sums, most, least):
    """Fill in all nodes over `leaves`; what pads a level to eights holds nothing."""
    for node in range(leaves.size >> BITS):
        _over_leaves(leaves, node, sums, most, least)
    for level in range(1, begins.size):
        begin, below = begins[level], begins[level - 1]
        for node in range((begin - below) >> BITS):
            _over_nodes(below + FAN * node, begin + node, sums, most, least)


@njit(
    int64(READ, *[int64[::1]] * 5, int64, int64, READ, int64[:, ::1]), cache=True, nogil=True
)  # fmt: skip
def slide(begins, leaves, sums, most, least, window, oldest, golden_rows, added, found):
    """Put each leaf of `added` into a full window, in place of its oldest row.

    `window` is a ring, `oldest` its oldest place. Write the largest G - F and F - G into `found`,
    times the rows of both. Return where the oldest row is at last.
    """
    top = begins[-1]
    for i in range(added.size):
        leaf, gone = added[i], window[oldest]
        window[oldest] = leaf
        oldest = oldest + 1 if oldest + 1 < window.size else 0
        if leaf != gone:
            leaves[leaf] += golden_rows
            leaves[gone] -= golden_rows
            _refresh(begins, leaves, sums, most, least, leaf, gone)
        found[UP, i], found[DOWN, i] = max(most[top], 0), max(-least[top], 0)
    return oldest


COUNTED = READ, *[int64[::1]] * 2, READ, READ, *[int64[:, ::1]] * 2


@njit(int64(*COUNTED, *[int64] * 7), cache=True, nogil=True)
def _peak(begins, rows, node_rows, golden, node_golden, reach, since,
          side, golden_rows, count, level, node, before, best):  # fmt: skip
    """Return the largest signed running sum below a node, or `best` when none is beyond that.

    `before` is the sum up to the node. Bounds `reach` of nodes on the way are refreshed; on the
    way down they rise by the node's golden rows with each row since `since`.
    """
    sign = 1 - 2 * side
    total, top = before, LOWEST
    if level == 0:
        for k in range(FAN * node, FAN * node + FAN):
            total += sign * (golden_rows * rows[k] - count * golden[k])
            top = max(top, total)
        best = max(best, top)
    else:
        begin = begins[level - 1]
        below = begin + FAN * node
        # First where most is promised: the others are then seldom worth a look.
        first, highest, start = below, LOWEST, before
        for k in range(below, below + FAN):
            bound = total + reach[side, k] + side * (count - since[side, k]) * node_golden[k]
            if bound > highest:
                first, highest, start = k, bound, total
            total += sign * (golden_rows * node_rows[k] - count * node_golden[k])
        if highest > best:
            best = _peak(begins, rows, node_rows, golden, node_golden, reach, since, side,
                         golden_rows, count, level - 1, first - begin, start, best)  # fmt: skip
        total = before
        for k in range(below, below + FAN):
            bound = total + reach[side, k] + side * (count - since[side, k]) * node_golden[k]
            if k != first and bound > best:
                best = _peak(begins, rows, node_rows, golden, node_golden, reach, since,
                         side, golden_rows, count, level - 1, k - begin, total, best)  # fmt: skip
                bound = total + reach[side, k]
            top = max(top, bound)
            total += sign * (golden_rows * node_rows[k] - count * node_golden[k])
    at = begins[level] + node
    reach[side, at], since[side, at] = top - before, count
    return best


@njit(types.void(*COUNTED, int64, int64, READ, int64[:, ::1]), cache=True, nogil=True)
def grow(begins, rows, node_rows, golden, node_golden, reach, since,
         golden_rows, count, added, found):  # fmt: skip
    """Put each leaf of `added` into a window of `count` rows that keeps all; `found` as above."""
    top = begins.size - 1
    for i in range(added.size):
        leaf, count = added[i], count + 1
        rows[leaf] += 1
        for level in range(top + 1):
            leaf >>= BITS
            node_rows[begins[level] + leaf] += 1
            reach[UP, begins[level] + leaf] += golden_rows
        for side in (UP, DOWN):
            found[side, i] = _peak(begins, rows, node_rows, golden, node_golden, reach, since,
                                   side, golden_rows, count, top, 0, 0, 0)  # fmt: skip
