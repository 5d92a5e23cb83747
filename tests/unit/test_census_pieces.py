"""A census taken piece by piece is that of the whole, wherever the pieces are cut."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.compute import census_stream
from karat.compute.census_stream import Source, _merged, _Waiting, streamed
from karat.compute.file_rows import FileRows
from karat.errors import InputError
from karat.messages.binance import USDM
from karat.messages.kraken import SPOT
from karat.states import PairedCensus
from karat.states.census import Quotes
from karat.states.census_past import Past, Side

CENSUS = PairedCensus()
ROW = st.tuples(st.integers(0, 3), *[st.integers(0, 1)] * 4)
SIDE = st.lists(ROW, max_size=25)


def quotes(steps: list[tuple[int, ...]]) -> Quotes:
    """Return quotes whose ids rise by the first number of each step; 0 repeats an id."""
    table = np.array(steps, np.int64).reshape(-1, 5).T
    return Quotes(np.cumsum(table[0]), *table[1:])


def side(of: Quotes) -> Side:
    return Side(np.asarray(of[0]), np.stack([np.asarray(column) for column in of[1:]]))


@given(ours=SIDE, theirs=SIDE, bounds=st.lists(st.integers(0, 40), max_size=6))
def test_pieces_merge_to_the_whole(
    ours: list[tuple[int, ...]], theirs: list[tuple[int, ...]], bounds: list[int]
) -> None:
    candidate, golden = quotes(ours), quotes(theirs)
    left, right = side(candidate), side(golden)
    state, past = CENSUS.empty(), Past()
    for bound in [*sorted(bounds), 10**6]:
        taken = left.before(bound), right.before(bound)
        left, right = left.beyond(taken[0].ids.size), right.beyond(taken[1].ids.size)
        found, past = CENSUS.piece(past, *taken)
        state = CENSUS.merge(state, found)
    assert state == CENSUS.observe(candidate, golden)


def cut(whole: Side, ends: list[int]) -> Iterator[Side]:
    """Yield a side in pieces of any length, empty ones among them."""
    for end in sorted(ends):
        piece = Side(whole.ids[:end], whole.values[:, :end])
        yield piece
        whole = whole.beyond(piece.ids.size)
    yield whole


@given(
    ours=SIDE,
    theirs=SIDE,
    ends=st.tuples(*[st.lists(st.integers(0, 9), max_size=5)] * 2),
)
def test_sides_cut_each_in_its_own_way_are_read_side_by_side(
    ours: list[tuple[int, ...]],
    theirs: list[tuple[int, ...]],
    ends: tuple[list[int], list[int]],
) -> None:
    candidate, golden = quotes(ours), quotes(theirs)
    waiting = (
        _Waiting(cut(side(one), own)) for one, own in zip((candidate, golden), ends, strict=True)
    )
    assert _merged(CENSUS, *waiting) == CENSUS.observe(candidate, golden)


NAMES = ["id", "a", "b", "c", "d"]


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Quotes, str], Source]:
    monkeypatch.setattr(census_stream, "PIECE", 7)

    def written(of: Quotes, name: str) -> Source:
        path = tmp_path / name
        pq.write_table(pa.table(dict(zip(NAMES, of, strict=True))), path, row_group_size=11)
        return Source(FileRows(path, name, proved=True), NAMES, lambda t: Quotes(*t.columns))

    return written


def random_quotes(seed: int, rows: int) -> Quotes:
    random = np.random.default_rng(seed)
    return Quotes(np.cumsum(random.integers(0, 3, rows)), *random.integers(0, 2, (4, rows)))


def test_files_are_read_side_by_side(source: Callable[[Quotes, str], Source]) -> None:
    ours, theirs = random_quotes(1, 100), random_quotes(2, 230)
    state = streamed(CENSUS, source(ours, "ours"), source(theirs, "theirs"))
    assert state == CENSUS.observe(ours, theirs)
    assert 0 < state.all_equal < state.compared


@pytest.mark.parametrize("at", [3, 6, 7, 50])
def test_what_is_out_of_its_turn_is_left_to_the_whole(
    source: Callable[[Quotes, str], Source], at: int
) -> None:
    ours, theirs = random_quotes(1, 100), random_quotes(2, 230)
    ids = np.asarray(ours.update_id) + np.arange(100)
    ids[at] = ids[at - 1] - 1
    spoilt = ours._replace(update_id=ids)
    assert streamed(CENSUS, source(spoilt, "ours"), source(theirs, "theirs")) is None
    with pytest.raises(InputError, match="descends"):
        CENSUS.observe(spoilt, theirs)


def test_few_rows_wait(source: Callable[[Quotes, str], Source], monkeypatch: Any) -> None:
    """However long the files are, what is held beyond a piece of each side is a piece."""
    held: list[int] = []
    piece = PairedCensus.piece

    def counting(self: PairedCensus, past: Past, ours: Side, theirs: Side) -> Any:
        held.append(ours.ids.size + theirs.ids.size)
        return piece(self, past, ours, theirs)

    monkeypatch.setattr(PairedCensus, "piece", counting)
    ours, theirs = random_quotes(1, 3000), random_quotes(2, 3000)
    streamed(CENSUS, source(ours, "ours"), source(theirs, "theirs"))
    assert sum(held) == 6000
    assert max(held) <= 6 * 7


def test_only_readers_whose_quotes_stand_alone_are_read_so() -> None:
    assert USDM.quotes_stand_alone
    assert not getattr(SPOT, "quotes_stand_alone", False)
