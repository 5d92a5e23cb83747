"""Bars of a clock against a plain loop over the trades of each bucket."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter

import numpy as np
import pyarrow as pa
import pytest
from numpy.random import default_rng

from karat.errors import CorruptError, InputError
from karat.states import Bars, Categories, PowerSums
from karat.states.encoding import Writer

LEAST, MOST = -(2**63), 2**63 - 1
Trade = tuple[int, int, int]
VALUES = {
    "range": lambda trades: max(t[1] for t in trades) - min(t[1] for t in trades),
    "change": lambda trades: trades[-1][1] - trades[0][1],
    "volume": lambda trades: sum(t[2] for t in trades),
    "rows": len,
}


def expected(trades: list[Trade], width: int, of: str) -> list[int]:
    """Return the value of each bar but the first and the last."""
    groups = groupby(trades, key=lambda trade: trade[0] // width)
    bars = [list(group) for _, group in groups][1:-1]
    return [min(max(VALUES[of](bar), LEAST), MOST) for bar in bars]


@pytest.mark.parametrize("of", VALUES)
@pytest.mark.parametrize("seed", range(12))
def test_bars_are_those_of_a_plain_loop(of: str, seed: int) -> None:
    rng = default_rng(seed)
    size, far = int(rng.integers(0, 60)), 2**63 - 1 if seed % 3 == 0 else 50
    times = rng.integers(-1, 4, size).cumsum().tolist()
    prices, sizes = rng.integers(-far, far, (2, size)).tolist()
    trades = list(zip(times, prices, sizes, strict=True))
    state = Bars(3, of, Categories()).observe(*np.array(trades, np.int64).reshape(-1, 3).T)
    values = expected(trades, 3, of)
    assert state.inner == Categories().observe(np.array(values, np.int64))
    assert state.closed == len(values)
    for end, at in zip(state.ends, (0, -1), strict=True):
        bars = [list(g) for _, g in groupby(trades, key=lambda t: t[0] // 3)]
        if end is not None:
            bar = bars[at]
            assert (end.open, end.close, end.rows) == (bar[0][1], bar[-1][1], len(bar))
            assert (end.high, end.low) == (max(bar, key=itemgetter(1))[1], min(t[1] for t in bar))
            assert end.volume == sum(t[2] for t in bar)


def test_a_bar_cut_in_three_is_one() -> None:
    stat = Bars(10, "volume", PowerSums(1))
    rows = np.array([(1, 5, 1), (11, 6, 2), (12, 9, 4), (19, 2, 8), (21, 3, 16)])
    cut = [stat.observe(*rows[a:b].T) for a, b in ((0, 2), (2, 3), (3, 5))]
    whole = stat.merge(stat.merge(cut[0], cut[1]), cut[2])
    assert whole.inner.sums == (14,)
    assert whole.closed == 1


def test_wrong_bars_are_refused() -> None:
    with pytest.raises(InputError, match="0 wide"):
        Bars(0, "range", Categories())
    with pytest.raises(InputError, match="'spread' of a bar: one of range, change, volume, rows"):
        Bars(1, "spread", Categories())
    with pytest.raises(InputError, match="null"):
        Bars(1, "range", Categories()).observe([1], pa.array([None], pa.int64()), [1])


@pytest.mark.parametrize(
    ("closed", "ends"), [(1, [(1,) * 7, None]), (0, [None, (1,) * 7]), (-1, [None, None])]
)
def test_bytes_of_no_bars_are_refused(closed: int, ends: list[tuple[int, ...] | None]) -> None:
    writer = Writer(1).integer(closed)
    for end in ends:
        writer.optional(end)
    with pytest.raises(CorruptError, match="other ends"):
        Bars(1, "rows", Categories()).decode(writer.nested(b"").data())
