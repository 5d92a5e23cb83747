import subprocess
import sys
import threading
import time
from collections.abc import Generator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.messages import Messages
from karat.messages.ahead import ahead
from karat.messages.levels import Levels
from karat.messages.message import concatenate
from karat.messages.part import Part, interleave

# One entry a row of the batch: which of three parts it is of (None: a row passed over) and its
# levels on either side.
blocks = st.lists(st.integers(0, 99), max_size=3)
batches = st.lists(st.tuples(st.sampled_from([None, 0, 1, 2]), blocks, blocks), max_size=15)
Batch = list[tuple[int | None, list[int], list[int]]]


def part(kind: int, batch: Batch) -> Part:
    at = [i for i, (of, _, _) in enumerate(batch) if of == kind]
    position = np.array(at, np.int64)
    return Part(
        *(kind, position, position * 10, position * 2, position * 3, position * 4),
        levels=[levels([batch[i][1] for i in at], 1), levels([batch[i][2] for i in at], 2)],
    )


def levels(sizes: list[list[int]], s: int) -> Levels:
    flat = np.array([v for one in sizes for v in one], np.int64)
    counts = np.array([len(one) for one in sizes], np.int64)
    return Levels(counts, np.full(len(flat), 3 - 2 * s, np.int8), flat + 1000, flat)


def woven(batch: Batch, first_row: int) -> Messages:
    received = np.arange(len(batch)) + 7
    return interleave([part(kind, batch) for kind in range(3)], received, first_row)


@given(batches, st.integers(1, 1000))
def test_messages_come_back_in_the_order_of_their_rows(batch: Batch, first_row: int) -> None:
    got = woven(batch, first_row)
    rows = [i for i, (of, _, _) in enumerate(batch) if of is not None]
    assert got.row.tolist() == [i + first_row for i in rows]
    assert got.kind.tolist() == [batch[i][0] for i in rows]
    assert got.receive_time_ns.tolist() == [i + 7 for i in rows]
    for name, factor in (("event_time_ns", 10), ("first_id", 2), ("last_id", 3)):
        assert getattr(got, name).tolist() == [i * factor for i in rows]
    assert got.start.tolist()[0] == 0
    for n, i in enumerate(rows):
        own = slice(got.start[n], got.start[n + 1])
        assert got.size_lots[own].tolist() == [*batch[i][1], *batch[i][2]]
        assert got.side[own].tolist() == [1] * len(batch[i][1]) + [-1] * len(batch[i][2])
        assert (got.price_ticks[own] - 1000).tolist() == got.size_lots[own].tolist()


@given(st.lists(batches, min_size=1, max_size=4))
def test_concatenated_batches_are_one_batch(several: list[Batch]) -> None:
    begins = np.cumsum([0] + [len(batch) for batch in several])
    parts = [woven(b, int(begin) + 1) for b, begin in zip(several, begins, strict=False)]
    joined = concatenate(parts)
    whole = woven([row for batch in several for row in batch], 1)
    for name in ("kind", "row", "start", "side", "price_ticks", "size_lots"):
        assert getattr(joined, name).tolist() == getattr(whole, name).tolist()
        assert getattr(joined, name).dtype == getattr(whole, name).dtype
    assert joined.length == whole.length


def counted(stop: int, closed: list[int]) -> Generator[int, None, None]:
    try:
        for n in range(stop):
            if n == 3:
                raise ValueError("three")
            yield n
    finally:
        closed.append(1)


def test_work_ahead_keeps_order_and_errors() -> None:
    seen: list[int] = []
    with pytest.raises(ValueError, match="three"):
        seen.extend(ahead(counted(9, [])))
    assert list(ahead(counted(3, []))) == [0, 1, 2]
    assert list(ahead(counted(0, []))) == []


def test_work_ahead_ends_what_it_was_given() -> None:
    closed: list[int] = []
    working = ahead(ahead(counted(3, closed)))
    assert next(working) == 0
    working.close()
    assert closed == [1]


def test_an_interrupt_while_a_thread_starts_closes_what_was_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The thread runs, the pool does not know it: closing must wait for the item under way."""
    under_way, closed = threading.Event(), []

    def slow() -> Generator[int, None, None]:
        try:
            under_way.set()
            time.sleep(0.2)
            yield 0
        finally:
            closed.append(1)

    def interrupt(thread: threading.Thread) -> None:
        start(thread)
        under_way.wait()
        raise KeyboardInterrupt

    start = threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", interrupt)
    with pytest.raises(KeyboardInterrupt):
        next(ahead(slow()))
    assert closed == [1]


def test_the_compiler_waits_until_it_is_needed() -> None:
    code = "import sys, karat.messages; sys.exit('numba' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
