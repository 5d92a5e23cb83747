"""Links of books, and falls of a price: against every pair of neighbours, and every pair."""

from __future__ import annotations

from functools import reduce
from itertools import combinations, pairwise

import numpy as np
import pyarrow as pa
import pytest
from numpy.random import default_rng

from karat.errors import CorruptError, InputError
from karat.states import BookLink, Break, Drawdown, DrawdownState
from karat.states.encoding import Writer


@pytest.mark.parametrize("seed", range(25))
def test_falls_and_rises_are_the_largest_of_all_pairs(seed: int) -> None:
    rng = default_rng(seed)
    values = [int(v) for v in rng.integers(-9, 9, rng.integers(0, 20))]
    values += [-(2**63), 2**63 - 1, -(2**63)][: seed % 4]
    pairs = list(combinations(values, 2))
    state = Drawdown().observe(np.array(values, np.int64))
    assert state.fall == max((a - b for a, b in pairs if a > b), default=0)
    assert state.rise == max((b - a for a, b in pairs if b > a), default=0)
    if values:
        assert (state.least, state.largest) == (min(values), max(values))


@pytest.mark.parametrize(
    "numbers",
    [(0, 0, 1, 0, 0), (3, 5, 2, 0, 0), (3, 1, 5, 9, 0), (3, 1, 5, 1, 2), (-1, 0, 0, 0, 0)],
)
def test_bytes_of_no_falls_are_refused(numbers: tuple[int, ...]) -> None:
    with pytest.raises(CorruptError, match="drawdown"):
        Drawdown().decode(Writer(1).integers(*numbers).data())


def test_a_flat_price_neither_falls_nor_rises() -> None:
    assert Drawdown().observe(np.array([4, 4])) == DrawdownState(2, 4, 4, 0, 0)


@pytest.mark.parametrize("seed", range(15))
def test_every_break_between_pieces_is_counted(seed: int) -> None:
    rng = default_rng(seed)
    books = [(str(o), str(c)) for o, c in rng.choice(["a", "b"], (rng.integers(1, 12), 2))]
    breaks = [(a[1], b[0]) for a, b in pairwise(books) if a[1] != b[0]]
    stat = BookLink()
    whole = stat.observe(*zip(*books, strict=True))
    assert (whole.breaks, whole.first) == (len(breaks), breaks[0] if breaks else None)
    assert (whole.opening, whole.closing, whole.pieces) == (books[0][0], books[-1][1], len(books))
    assert whole == reduce(stat.merge, (stat.observe([o], [c]) for o, c in books))


def test_a_snapshot_that_was_missed_breaks_the_chain() -> None:
    days = pa.table({"opening": ["x", "y", "w"], "closing": ["y", "z", "v"]})
    state = BookLink().observe(days["opening"], days["closing"])
    assert state.first == Break(closed="z", opened="w")


def test_what_is_no_digest_is_refused() -> None:
    with pytest.raises(InputError, match="closing digest 1 is None"):
        BookLink().observe(["a", "b"], pa.array(["b", None]))
    with pytest.raises(InputError, match="opening digest 0 is ''"):
        BookLink().observe([""], ["b"])
    with pytest.raises(InputError, match="2 opening digests and 1 closing"):
        BookLink().observe(["a", "b"], ["b"])


@pytest.mark.parametrize(
    ("numbers", "texts"),
    [
        ((1, 0), ("a", "")),
        ((0, 0), ("a", "b")),
        ((1, 1), ("a", "b", "c", "d")),
        ((2, -1), ("a", "b")),
    ],
)
def test_bytes_of_no_links_are_refused(numbers: tuple[int, int], texts: tuple[str, ...]) -> None:
    writer = Writer(1).integers(*numbers)
    for text in texts:
        writer.text(text)
    if numbers[1] == -1:
        writer.text("c").text("d")
    with pytest.raises(CorruptError, match="pieces"):
        BookLink().decode(writer.data())
