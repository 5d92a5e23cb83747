"""Keys keep the order of values, whichever way they are made."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from karat.states.kernels.cell_keys import Keys
from karat.states.kernels.cell_table import CellTable

WHOLE = st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1)
FLOATS = st.lists(st.floats(allow_nan=False), min_size=1)
ENDS = st.tuples(st.floats(allow_nan=False), st.floats(allow_nan=False)).map(sorted)


def ascends(keys: Any) -> bool:
    return bool((keys[1:] >= keys[:-1]).all())


@given(WHOLE)
def test_integers_are_keys_themselves_or_by_their_bits(values: list[int]) -> None:
    ordered = np.sort(np.array(values, np.int64))
    itself, by_bits = Keys.choices(ordered[0], ordered[-1])
    assert ascends(by_bits.of(ordered))
    assert ascends(itself.of(ordered))
    assert itself.whole
    assert len(set(itself.of(ordered).tolist())) == len(set(values))


@given(FLOATS, ENDS)
def test_floats_are_bits_or_multiples_wherever_most_of_them_are(
    values: list[float], ends: list[float]
) -> None:
    ordered = np.sort(np.array(values))
    for keys in Keys.choices(*np.array(ends)):
        assert ascends(keys.of(ordered))
        assert not keys.whole
        zeros = keys.of(np.array([0.0, -0.0]))
        assert zeros[0] == zeros[1]


@given(FLOATS)
def test_bits_tell_all_floats_apart(values: list[float]) -> None:
    keys = Keys(bits=True).of(np.array(values) + 0.0)
    assert len(set(keys.tolist())) == len(set(values))


@pytest.mark.parametrize(
    ("ends", "scaled"),
    [((-4.0, 4.0), True), ((0.0, 0.0), False), ((-1.0, np.inf), False), ((0.0, 5e-324), True)],
)
def test_what_has_no_reach_has_no_scale(ends: tuple[float, float], scaled: bool) -> None:
    assert any(keys.scale for keys in Keys.choices(*np.array(ends))) is scaled


@pytest.mark.parametrize(("name", "scaled"), [("both signs", True), ("magnitudes", False)])
def test_the_keys_are_chosen_that_spread_the_points(name: str, scaled: bool) -> None:
    normal = default_rng(1).standard_normal(4000)
    points = {"both signs": normal, "magnitudes": np.exp(9 * normal)}
    table = CellTable.of(np.unique(points[name]))
    assert bool(table.keys.scale) is scaled
    assert table.most <= 8
