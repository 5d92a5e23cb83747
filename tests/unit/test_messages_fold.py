"""The compiled fold against a book of two dictionaries."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from karat.messages import Carry, Messages
from karat.messages.fold import Fold
from karat.messages.rebuilding import _events

Level = tuple[int, int, int]
Plain = tuple[int, int, int, int, Sequence[Level]]
MessagesOf = Callable[[Sequence[Plain]], Messages]
SNAPSHOT, DELTA, TRADE, STALE, DUPLICATE = 1, 2, 3, 4, 5
CLOSING, REPLAYED, UNKNOWN = 1, 2, 4


@dataclass
class Book:
    """What the fold should do, in plain Python."""

    sides: dict[int, dict[int, int]] = field(default_factory=lambda: {1: {}, -1: {}})
    stands: int | None = None
    bridging: bool = False
    rows: list[tuple[int | None, ...]] = field(default_factory=list)
    places: list[tuple[str, int, int, int]] = field(default_factory=list)

    def write(
        self, m: int, sequence: int, previous: int, kind: int, row: Level | None, flags: int
    ) -> None:
        side, price, size = row or (0, None, None)
        bid, ask = (
            max(self.sides[1].items(), default=(None, None)),
            min(self.sides[-1].items(), default=(None, None)),
        )
        spread = None if bid[0] is None or ask[0] is None else ask[0] - bid[0]
        times = (m * 1000, m * 1000 + 5)
        what = (kind, side, price, size, *bid, *ask, spread, flags)
        self.rows.append((sequence, previous, *times, *what))

    def feed(self, plain: Sequence[Plain]) -> None:
        """Apply all messages; deltas before the first snapshot wait for it."""
        waiting: list[int] = []
        for m, message in enumerate(plain):
            if message[0] == DELTA and self.stands is None:
                waiting.append(m)
                continue
            self.apply(m, message, 0)
            if message[0] == SNAPSHOT:
                for early in waiting:
                    self.apply(early, plain[early], REPLAYED)
                waiting.clear()

    def apply(self, m: int, message: Plain, flags: int) -> None:
        kind, _, last, previous, levels = message
        if kind == TRADE:
            self.write(m, last, last, kind, levels[0], CLOSING)
        elif (dropped := self.judge(m, message)) is not None:
            self.write(m, last, previous, dropped, None, flags | CLOSING)
        else:
            self.stands, self.bridging = last, kind == SNAPSHOT
            if kind == SNAPSHOT:
                self.sides = {1: {}, -1: {}}
            for n, level in enumerate(levels):
                known = self.set(*level)
                closing = CLOSING * (n == len(levels) - 1)
                marks = flags | closing | UNKNOWN * (not known)
                self.write(m, last, previous, kind, level, marks)
            if not levels:
                self.write(m, last, previous, kind, None, flags | CLOSING)

    def judge(self, m: int, message: Plain) -> int | None:
        """Note what is wrong with a message; return the kind it is dropped as, if it is."""
        kind, first, last, previous, _ = message
        old = self.stands is not None and last <= self.stands
        if old:
            stale = kind == SNAPSHOT or self.bridging
            self.places.append(("stale" if stale else "duplicate", m + 1, first, last))
            return STALE if stale else DUPLICATE
        if kind == DELTA and self.stands is not None:
            if previous > self.stands:
                self.places.append(("gap", m + 1, self.stands + 1, previous))
            elif previous < self.stands and not self.bridging:
                self.places.append(("overlap", m + 1, previous + 1, self.stands))
        return None

    def set(self, side: int, price: int, size: int) -> bool:
        if size:
            self.sides[side][price] = size
            return True
        return self.sides[side].pop(price, None) is not None


level = st.tuples(st.sampled_from([1, -1]), st.integers(1, 12), st.integers(0, 3))
levels = st.lists(level, max_size=5)


@st.composite
def streams(draw: st.DrawFn, *, linked: bool) -> list[Plain]:
    """Return messages whose ids mostly link up; `linked` names the id a delta follows."""
    plain: list[Plain] = []
    stands = 10
    for _ in range(draw(st.integers(1, 25))):
        kind = draw(st.sampled_from([DELTA] * 6 + [TRADE, TRADE, SNAPSHOT]))
        slip = draw(st.sampled_from([0] * 6 + [-3, -1, 1, 4]))
        step = draw(st.integers(1, 4))
        last = stands + slip + step
        if kind == TRADE:
            plain.append((TRADE, last, last, last, [draw(level)]))
        elif kind == SNAPSHOT:
            full = [(s, p, q) for s, p, q in draw(levels) if q]
            plain.append((SNAPSHOT, last, last, last, full))
        else:
            first = stands + slip + 1
            first, previous = (first + 7, stands + slip) if linked else (first, first - 1)
            plain.append((DELTA, first, last, previous, draw(levels)))
            stands = max(stands, last)
    return plain


either = st.one_of(streams(linked=True), streams(linked=False))


def rows_of(table: pa.Table) -> list[tuple[int | None, ...]]:
    return [tuple(row.values()) for row in table.to_pylist()]


def opened(plain: Sequence[Plain]) -> list[Plain]:
    """Return `plain` with a snapshot put in where it would be needed."""
    if any(message[0] == SNAPSHOT for message in plain):
        return list(plain)
    return [*plain[:3], (SNAPSHOT, 12, 12, 12, [(1, 5, 1), (-1, 7, 2)]), *plain[3:]]


def book_of(carry: Carry) -> dict[int, dict[int, int]]:
    return {
        1: dict(zip(carry.bid_ticks.tolist(), carry.bid_lots.tolist(), strict=True)),
        -1: dict(zip(carry.ask_ticks.tolist(), carry.ask_lots.tolist(), strict=True)),
    }


def cut(messages: Messages, begin: int, end: int) -> Messages:
    a, b = messages.start[begin], messages.start[end]
    own = {f: getattr(messages, f)[begin:end].copy() for f in Messages._fields[:7]}
    flat = {f: getattr(messages, f)[a:b].copy() for f in Messages._fields[8:11]}
    return Messages(**own, **flat, start=messages.start[begin : end + 1] - a)


def folded(pieces: Iterator[Messages], fold: Fold) -> list[tuple[int | None, ...]]:
    return [row for table in _events(pieces, fold, "raw/x") for row in rows_of(table)]


@given(plain=either)
def test_the_fold_is_that_of_two_dictionaries(messages_of: MessagesOf, plain: list[Plain]) -> None:
    plain = opened(plain)
    book, fold = Book(), Fold()
    book.feed(plain)
    assert rows_of(fold.apply(messages_of(plain))) == book.rows
    assert [(p.what, p.row, p.first_id, p.last_id) for p in fold.places()] == book.places
    closing = fold.closing()
    assert (closing.sequence, book_of(closing)) == (book.stands, book.sides)
    counts = fold.counts()
    for what in ("stale", "duplicate", "gap", "overlap"):
        assert counts[what] == sum(place[0] == what for place in book.places)
    kinds = [message[0] for message in plain]
    assert counts["trades"] == kinds.count(TRADE)
    assert counts["levels"] == sum(len(p[4]) for p in plain if p[0] == DELTA)
    assert counts["unknown_delete"] == sum(bool((row[-1] or 0) & UNKNOWN) for row in book.rows)
    dropped = [row[4] for row in book.rows].count(DUPLICATE)
    stale = sum(1 for what, at, _, _ in book.places if what == "stale" and kinds[at - 1] == DELTA)
    assert counts["deltas"] == kinds.count(DELTA) - dropped - stale


@given(plain=either, cuts=st.lists(st.integers(0, 25), max_size=6))
def test_any_batching_gives_the_same(
    messages_of: MessagesOf, plain: list[Plain], cuts: list[int]
) -> None:
    plain = opened(plain)
    messages, whole, pieces = messages_of(plain), Fold(), Fold()
    bounds = sorted({0, len(plain), *(c for c in cuts if c < len(plain))})
    batches = (cut(messages, a, b) for a, b in pairwise(bounds))
    assert folded(batches, pieces) == rows_of(whole.apply(messages))
    assert pieces.closing().digest == whole.closing().digest
    assert (pieces.counts(), pieces.places()) == (whole.counts(), whole.places())


@given(plain=either, at=st.integers(1, 25))
def test_a_carry_goes_on_where_it_was_left(
    messages_of: MessagesOf, plain: list[Plain], at: int
) -> None:
    plain = opened(plain)
    assume(at < len(plain) and any(row[0] == SNAPSHOT for row in plain[:at]))
    messages = messages_of(plain)
    before, whole = Fold(), Fold()
    first = folded(iter([cut(messages, 0, at)]), before)
    books = [row[4] for row in first if row[4] in {SNAPSHOT, DELTA, STALE, DUPLICATE}]
    assume(before.synced and books[-1] == DELTA)
    after = Fold(before.closing())
    carried = folded(iter([cut(messages, at, len(plain))]), after)
    assert first + carried[1:] == folded(iter([messages]), whole)
    assert after.closing().digest == whole.closing().digest
    stands, top = before.closing().sequence, carried[0]
    assert top[:6] == (stands, stands, at * 1000, at * 1000 + 5, 0, 0)
    assert top[6:] == (None, None, *first[-1][8:13], CLOSING)


def test_books_grow_beyond_their_first_room(messages_of: MessagesOf) -> None:
    rng = np.random.default_rng(7)
    prices, sizes = rng.integers(1, 30_000, 20_000), rng.integers(0, 3, 20_000)
    sides = rng.choice([1, -1], 20_000)
    changes = list(zip(sides.tolist(), prices.tolist(), sizes.tolist(), strict=True))
    plain: list[Plain] = [(SNAPSHOT, 1, 1, 1, [(1, 5, 1)])]
    plain += [(DELTA, n + 2, n + 2, n + 1, changes[n * 20 : n * 20 + 20]) for n in range(1000)]
    expected: dict[int, dict[int, int]] = {1: {5: 1}, -1: {}}
    for side, price, size in changes:
        expected[side][price] = size
    live = {s: {p: q for p, q in book.items() if q} for s, book in expected.items()}
    fold = Fold()
    table = fold.apply(messages_of(plain))
    assert book_of(fold.closing()) == live
    assert min(len(book) for book in live.values()) > 1 << 12
    assert table["best_bid_ticks"][-1].as_py() == max(live[1])
    assert table["best_ask_ticks"][-1].as_py() == min(live[-1])
    again = Fold(fold.closing())
    assert again.closing().digest == fold.closing().digest


@pytest.mark.parametrize("fault", [0, 1])
def test_only_the_first_thousand_places_are_kept(messages_of: MessagesOf, fault: int) -> None:
    plain: list[Plain] = [(SNAPSHOT, 1, 1, 1, [])]
    plain += [(DELTA, n, 3 * n, 3 * n - 3 + fault, []) for n in range(1, 1500)]
    fold = Fold()
    fold.apply(messages_of(plain))
    assert fold.counts()["gap"] == 1498 * fault
    assert len(fold.places()) == 1000 * fault
