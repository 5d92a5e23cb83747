"""What does not link up is named, with its row and ids."""

from collections.abc import Callable, Sequence

import pyarrow as pa
import pytest

from karat.messages import Flag, Kind, Messages
from karat.messages.fold import Fold, Place

Plain = tuple[int, int, int, int, Sequence[tuple[int, int, int]]]
MessagesOf = Callable[[Sequence[Plain]], Messages]
BOOK: Plain = (1, 10, 10, 10, [(1, 5, 1), (-1, 7, 1)])


def delta(previous: int, last: int, *levels: tuple[int, int, int]) -> Plain:
    return (2, previous + 1, last, previous, levels or [(1, 5, 2)])


@pytest.fixture
def run(messages_of: MessagesOf) -> Callable[..., tuple[Fold, pa.Table]]:
    def fold_all(*plain: Plain) -> tuple[Fold, pa.Table]:
        fold = Fold()
        return fold, fold.apply(messages_of(plain))

    return fold_all


Run = Callable[..., tuple[Fold, pa.Table]]


def test_nothing_is_said_of_a_good_stream(run: Run) -> None:
    fold, table = run(BOOK, delta(10, 12), delta(12, 13))
    assert fold.places() == []
    assert table["kind"].to_pylist() == [Kind.SNAPSHOT] * 2 + [Kind.DELTA] * 2


def test_a_gap_names_the_missing_ids_and_the_book_goes_on(run: Run) -> None:
    fold, table = run(BOOK, delta(10, 12), delta(15, 16))
    assert fold.places() == [Place("gap", 3, 13, 15)]
    assert fold.closing().sequence == 16
    assert table["kind"][-1].as_py() == Kind.DELTA


def test_a_gap_right_after_the_snapshot_is_seen(run: Run) -> None:
    assert run(BOOK, delta(11, 12))[0].places() == [Place("gap", 2, 11, 11)]


def test_the_first_delta_may_reach_across_the_snapshot(run: Run) -> None:
    assert run(BOOK, delta(8, 12))[0].places() == []


def test_an_overlap_is_named_and_applied(run: Run) -> None:
    fold, table = run(BOOK, delta(10, 14), delta(12, 16, (1, 5, 9)))
    assert fold.places() == [Place("overlap", 3, 13, 14)]
    assert table["best_bid_lots"][-1].as_py() == 9


def test_a_duplicate_is_named_and_not_applied(run: Run) -> None:
    fold, table = run(BOOK, delta(10, 12), delta(10, 12, (1, 6, 9)))
    assert fold.places() == [Place("duplicate", 3, 11, 12)]
    last = table.to_pylist()[-1]
    assert (last["kind"], last["side"], last["price_ticks"]) == (Kind.DUPLICATE, 0, None)
    assert (last["best_bid_ticks"], last["sequence"]) == (5, 12)


def test_stale_deltas_are_named_and_replayed_ones_marked(run: Run) -> None:
    fold, table = run(delta(7, 9), delta(9, 11, (1, 6, 1)), BOOK, delta(11, 12))
    assert fold.places() == [Place("stale", 1, 8, 9)]
    assert fold.counts()["replayed"] == 1
    kinds = [Kind.SNAPSHOT, Kind.SNAPSHOT, Kind.STALE, Kind.DELTA, Kind.DELTA]
    assert table["kind"].to_pylist() == kinds
    marks = [bool(flags & Flag.REPLAYED) for flags in table["flags"].to_pylist()]
    assert marks == [False, False, True, True, False]


def test_a_newer_snapshot_starts_the_book_again(run: Run) -> None:
    newer: Plain = (1, 30, 30, 30, [(1, 4, 8)])
    fold, table = run(BOOK, delta(10, 12), newer, delta(28, 31, (-1, 9, 1)))
    assert fold.places() == []
    last = table.to_pylist()[-1]
    assert (last["best_bid_ticks"], last["best_ask_ticks"], last["spread_ticks"]) == (4, 9, 5)
    assert fold.counts()["snapshots"] == 2


def test_an_older_snapshot_is_named_and_not_applied(run: Run) -> None:
    older: Plain = (1, 11, 11, 11, [(1, 4, 8)])
    fold, table = run(BOOK, delta(10, 12), older, delta(12, 13))
    assert fold.places() == [Place("stale", 3, 11, 11)]
    assert table["kind"].to_pylist()[-2:] == [Kind.STALE, Kind.DELTA]
    assert table["best_ask_ticks"][-1].as_py() == 7


def test_an_unknown_delete_is_marked_on_its_row(run: Run) -> None:
    fold, table = run(BOOK, delta(10, 11, (1, 3, 0), (1, 5, 0), (1, 5, 0)))
    assert fold.counts()["unknown_delete"] == 2
    marks = [bool(flags & Flag.UNKNOWN_DELETE) for flags in table["flags"].to_pylist()]
    assert marks == [False, False, True, False, True]
    assert table["best_bid_ticks"].to_pylist()[-3:] == [5, None, None]
    assert table["spread_ticks"].to_pylist()[-1] is None


def test_a_delta_without_levels_is_one_row(run: Run) -> None:
    fold, table = run(BOOK, (2, 11, 12, 10, []))
    last = table.to_pylist()[-1]
    assert (last["kind"], last["side"], last["flags"]) == (Kind.DELTA, 0, Flag.CLOSING)
    assert (last["price_ticks"], last["size_lots"], last["best_bid_ticks"]) == (None, None, 5)
    assert fold.closing().sequence == 12


def test_a_trade_leaves_the_book_alone(run: Run) -> None:
    fold, table = run(BOOK, (3, 99, 99, 99, [(-1, 5, 1)]), delta(10, 11))
    trade = table.to_pylist()[2]
    assert (trade["sequence"], trade["previous_sequence"]) == (99, 99)
    assert (trade["side"], trade["best_bid_lots"]) == (-1, 1)
    assert fold.places() == []
