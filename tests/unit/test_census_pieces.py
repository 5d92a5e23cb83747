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

from karat.compute import side_by_side
from karat.compute.census_stream import merged, streamed, trades_merged, trades_streamed
from karat.compute.file_rows import FileRows
from karat.compute.side_by_side import Source, Waiting
from karat.errors import InputError
from karat.messages.binance import USDM
from karat.messages.kraken import SPOT
from karat.states import PairedCensus, TradeCensus, Trades
from karat.states.census import Quotes, side_of
from karat.states.census_past import NO_QUOTES, Past, Side
from karat.states.trade_census import NO_TRADES
from karat.states.trade_census import Side as TradeSide
from karat.states.trade_census import side_of as trades_of

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
        Waiting(cut(side(one), own), NO_QUOTES)
        for one, own in zip((candidate, golden), ends, strict=True)
    )
    assert merged(CENSUS, *waiting) == CENSUS.observe(candidate, golden)


NAMES = ["id", "a", "b", "c", "d"]


@pytest.fixture
def source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Quotes, str], Source[Side]]:
    monkeypatch.setattr(side_by_side, "PIECE", 7)

    def written(of: Quotes, name: str) -> Source[Side]:
        path = tmp_path / name
        pq.write_table(pa.table(dict(zip(NAMES, of, strict=True))), path, row_group_size=11)
        return Source(
            FileRows(path, name, proved=True), NAMES, lambda t: side_of(Quotes(*t.columns))
        )

    return written


def random_quotes(seed: int, rows: int) -> Quotes:
    random = np.random.default_rng(seed)
    return Quotes(np.cumsum(random.integers(0, 3, rows)), *random.integers(0, 2, (4, rows)))


def test_files_are_read_side_by_side(source: Callable[[Quotes, str], Source[Side]]) -> None:
    ours, theirs = random_quotes(1, 100), random_quotes(2, 230)
    state = streamed(CENSUS, source(ours, "ours"), source(theirs, "theirs"))
    assert state == CENSUS.observe(ours, theirs)
    assert 0 < state.all_equal < state.compared


@pytest.mark.parametrize("at", [3, 6, 7, 50])
def test_what_is_out_of_its_turn_is_left_to_the_whole(
    source: Callable[[Quotes, str], Source[Side]], at: int
) -> None:
    ours, theirs = random_quotes(1, 100), random_quotes(2, 230)
    ids = np.asarray(ours.update_id) + np.arange(100)
    ids[at] = ids[at - 1] - 1
    spoilt = ours._replace(update_id=ids)
    assert streamed(CENSUS, source(spoilt, "ours"), source(theirs, "theirs")) is None
    with pytest.raises(InputError, match="descends"):
        CENSUS.observe(spoilt, theirs)


def test_few_rows_wait(source: Callable[[Quotes, str], Source[Side]], monkeypatch: Any) -> None:
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


TRADES = TradeCensus()
FIELD = st.none() | st.integers(0, 1)
TRADE = st.tuples(FIELD, FIELD, FIELD, FIELD)
BOOK = st.dictionaries(st.integers(-5, 60), TRADE, max_size=40)


def trades(book: dict[int, tuple[int | None, ...]]) -> Trades:
    """Return trades by rising id."""
    rows = [(one, *book[one]) for one in sorted(book)]
    columns = zip(*rows, strict=True) if rows else [[]] * 5
    return Trades(*(pa.array(column, pa.int64()) for column in columns))


def trades_cut(whole: TradeSide, ends: list[int]) -> Iterator[TradeSide]:
    for end in ends:
        piece = whole.rows(slice(0, end))
        yield piece
        whole = whole.beyond(piece.ids.size)
    yield whole


@given(ours=BOOK, theirs=BOOK, ends=st.tuples(*[st.lists(st.integers(0, 9), max_size=5)] * 2))
def test_trades_in_step_are_those_of_the_wholes(
    ours: dict[int, tuple[int | None, ...]],
    theirs: dict[int, tuple[int | None, ...]],
    ends: tuple[list[int], list[int]],
) -> None:
    candidate, golden = trades(ours), trades(theirs)
    waiting = [
        Waiting(trades_cut(trades_of(one, "some"), own), NO_TRADES)
        for one, own in zip((candidate, golden), ends, strict=True)
    ]
    whole = TRADES.observe(candidate, golden)
    assert TRADES.encode(trades_merged(TRADES, *waiting)) == TRADES.encode(whole)


@pytest.mark.parametrize("change", ["twice", "late", None])
def test_trade_files_are_read_side_by_side_where_ids_only_rise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str | None
) -> None:
    monkeypatch.setattr(side_by_side, "PIECE", 7)
    random = np.random.default_rng(3)
    sides = []
    for name, rows in (("ours", 90), ("theirs", 110)):
        ids = np.flatnonzero(random.random(2 * rows) < 0.5)
        ids[40] = {"twice": ids[39], "late": ids[5], None: ids[40]}[change]
        table = pa.table([ids, *random.integers(0, 2, (4, ids.size))], names=NAMES)
        pq.write_table(table, tmp_path / name, row_group_size=11)
        file = FileRows(tmp_path / name, name, proved=True)
        sides.append((Source(file, NAMES, lambda t: trades_of(Trades(*t.columns), "some")), table))
    (ours, held), (theirs, captured) = sides
    found = trades_streamed(TRADES, ours, theirs)
    if change:
        assert found is None
    else:
        assert found == TRADES.observe(Trades(*held.columns), Trades(*captured.columns))
        assert found.golden_missing > 0
