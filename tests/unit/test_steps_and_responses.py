"""Transitions and responses against loops over neighbouring rows, and what they refuse."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from numpy.random import default_rng

from karat.distances import total_variation
from karat.errors import InputError
from karat.states import Response, Transition

ENDS = [-(2**31), 2**31 - 1]


@pytest.mark.parametrize("seed", range(20))
def test_every_step_is_counted(seed: int) -> None:
    rng = default_rng(seed)
    kinds = [int(k) for k in rng.choice([*ENDS, -1, 0, 1, 5], rng.integers(0, 60))]
    stat = Transition()
    found = stat.pairs(stat.observe(np.array(kinds, np.int64)))
    assert found == Counter(pairwise(kinds))
    assert list(found) == sorted(found)


def test_the_order_of_categories_is_seen_where_their_shares_are_not() -> None:
    turns, stays = np.arange(1000) % 2, np.arange(1000) // 500
    stat = Transition()
    distance = total_variation(stat.observe(turns).inner, stat.observe(stays).inner)
    assert distance.lower == Fraction(998, 999)


def test_what_is_no_category_is_refused() -> None:
    for wrong in (2**31, -(2**31) - 1):
        with pytest.raises(InputError, match=f"row 1: category {wrong} is none of int32"):
            Transition().observe(np.array([0, wrong]))
    with pytest.raises(InputError, match="one column, 2 were given"):
        Transition().observe(np.array([0]), np.array([0]))
    with pytest.raises(InputError, match="null at row 0"):
        Transition().observe(pa.array([None], pa.int64()))


@pytest.mark.parametrize("lag", [1, 2, 7])
@pytest.mark.parametrize("seed", range(10))
def test_a_response_is_the_mean_of_signed_moves(lag: int, seed: int) -> None:
    rng = default_rng(seed)
    size = int(rng.integers(0, 40))
    signs, mids = rng.integers(-1, 2, size).tolist(), rng.integers(-99, 99, size).tolist()
    moves = [signs[t] * (mids[t + lag] - mids[t]) for t in range(size - lag)]
    inner = Response(lag).observe(np.array(signs, np.int64), np.array(mids, np.int64)).inner
    assert (inner.count, inner.sums) == (len(moves), (sum(moves),))
    assert inner.mean() == (Fraction(sum(moves), len(moves)) if moves else None)


def test_moves_beyond_int64_count_as_the_furthest() -> None:
    least, most = -(2**63), 2**63 - 1
    inner = Response(1).observe(np.array([-1, 1, 0]), np.array([most, least, most])).inner
    assert inner.sums == (2 * most,)


def test_trades_that_push_the_price_have_a_response() -> None:
    rng = default_rng(8)
    signs = rng.choice([-1, 1], 5000)
    mids = np.append(0, (2 * signs + rng.integers(-1, 2, 5000)).cumsum())[:-1]
    pushed, still = (Response(1).observe(s, mids).inner.mean() for s in (signs, -signs[::-1]))
    assert pushed is not None
    assert still is not None
    assert pushed > Fraction(19, 10)
    assert abs(still) < Fraction(1, 5)


def test_what_is_no_response_is_refused() -> None:
    with pytest.raises(InputError, match="row 1: sign 2 is none"):
        Response(1).observe(np.array([1, 2]), np.array([5, 5]))
    with pytest.raises(InputError, match="3 columns given"):
        Response(1).observe(*np.zeros((3, 4), np.int64))
    with pytest.raises(InputError, match="after 0 rows"):
        Response(0)
