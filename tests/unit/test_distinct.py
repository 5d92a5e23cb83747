"""Different values counted: exactly while few, between bounds that hold beyond."""

from __future__ import annotations

from functools import reduce

import numpy as np
import pyarrow as pa
import pytest
from numpy.random import default_rng

from karat.errors import CorruptError, InputError
from karat.states import Distinct, MinimumValues
from karat.states.encoding import Writer


@pytest.mark.parametrize("different", [0, 1, 7, 63])
def test_few_values_are_counted_exactly(different: int) -> None:
    values = np.repeat(np.arange(different) * 1_000_003 - 2**62, 5)
    stat = Distinct(64)
    assert stat.count(stat.observe(values)) == (different, different)


def test_nulls_are_no_value() -> None:
    state = Distinct(9).observe(pa.array([5, None, 5, 6, None], pa.int64()))
    assert (state.rows, state.nulls, len(state.hashes)) == (3, 2, 2)


@pytest.mark.parametrize("different", [64, 100, 5_000, 300_000])
def test_many_values_lie_between_the_bounds(different: int) -> None:
    stat = Distinct(64)
    for start in (0, -(10**12), 2**61):
        values = np.append(np.arange(different), np.arange(different)) + start
        low, high = stat.count(stat.observe(values))
        assert 64 <= low <= different <= high <= 2 * different


def test_bounds_are_wrong_as_seldom_as_the_risk_says() -> None:
    stat, missed, tries = Distinct(32), 0, 400
    for at in range(tries):
        state = stat.observe(np.arange(1000) + 1000 * at)
        low, high = stat.count(state, risk=0.2)
        missed += not low <= 1000 <= min(high, 1000)
    # Only the lower bound can be missed here, as there are no more rows than values: 10 %.
    assert 0.05 * tries < missed < 0.16 * tries


def test_more_hashes_bring_the_bounds_together() -> None:
    values = np.arange(200_000)
    doubled = np.append(values, values)
    found = [Distinct(k).count(Distinct(k).observe(doubled)) for k in (64, 1024, 16_384)]
    widths = [high - low for low, high in found]
    assert widths[0] > 3 * widths[1] > 9 * widths[2]
    assert widths[2] < 0.1 * values.size


def test_rows_bound_what_is_different() -> None:
    stat = Distinct(8)
    low, high = stat.count(stat.observe(np.arange(9)))
    assert 8 <= low <= 9 == high


def test_merging_in_any_order_gives_equal_bytes() -> None:
    stat, rng = Distinct(16), default_rng(4)
    values = rng.integers(0, 500, 2000)
    encoded = set()
    for _ in range(6):
        pieces = np.array_split(rng.permutation(values), rng.integers(1, 9))
        encoded.add(stat.encode(reduce(stat.merge, map(stat.observe, pieces))))
    assert len(encoded) == 1


def test_what_is_no_count_is_refused() -> None:
    with pytest.raises(InputError, match="floats"):
        Distinct(4).observe(np.array([0.5]))
    with pytest.raises(InputError, match="at least 1"):
        Distinct(0)
    with pytest.raises(InputError, match="risk of 0"):
        Distinct(1).count(Distinct(1).observe(np.arange(9)), risk=0)
    hashes = MinimumValues(4).encode((1, 2))
    for rows, nulls in ((1, 0), (2, -1)):
        with pytest.raises(CorruptError, match="distinct"):
            Distinct(4).decode(Writer(1).integers(rows, nulls).nested(hashes).data())
