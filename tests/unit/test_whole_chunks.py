"""Rows go into files chunk by chunk, whatever the pieces they come in."""

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from karat.messages import Instrument, rebuild
from karat.messages.binance import USDM
from karat.messages.borders import SLOT_NS, Cut, runs_of
from karat.messages.whole_chunks import whole_chunks

CUT = Cut(many=1, enough=3, most=72)


def rows(seed: int, count: int) -> pa.Table:
    rng = np.random.default_rng(seed)
    slots = np.cumsum(rng.choice([0, 0, 0, 1, 7, 500], count)) + 900_000
    return pa.table({"n": np.arange(count), "time_ns": slots * SLOT_NS + rng.integers(0, 9, count)})


@given(st.integers(0, 2**32), st.integers(0, 300), st.lists(st.integers(0, 300), max_size=7))
def test_each_piece_is_a_chunk(seed: int, count: int, cuts: list[int]) -> None:
    table = rows(seed, count)
    borders = [0, *sorted(min(cut, count) for cut in cuts), count]
    found = list(whole_chunks((table[a:b] for a, b in pairwise(borders)), "time_ns", CUT))
    expected = CUT.blocks(runs_of(table["time_ns"].to_numpy())).rows.tolist()
    assert [piece.num_rows for piece in found] == expected
    assert pa.concat_tables([table[:0], *found]).equals(table)


def test_little_waits() -> None:
    """A chunk comes out while later rows are not there yet."""
    taken = 0

    def arriving() -> Any:
        nonlocal taken
        for at in range(100):
            taken = at + 1
            yield pa.table({"time_ns": np.full(50, at * SLOT_NS)})

    first = next(whole_chunks(arriving(), "time_ns", CUT))
    assert first.num_rows == 50
    assert taken <= 3


def test_nothing_comes_of_nothing() -> None:
    assert list(whole_chunks([], "time_ns", CUT)) == []
    assert list(whole_chunks([rows(1, 0), rows(1, 0)], "time_ns", CUT)) == []


def test_a_rebuild_ends_row_groups_where_chunks_end(
    tmp_path: Path, write_capture: Callable[..., Path]
) -> None:
    """The rows are the same, however they lie in the file."""
    book = {"lastUpdateId": 0, "bids": [["9.9", "2"]], "asks": [["10.1", "3"]]}
    events = [(0, "rest_snapshot", json.dumps(book))]
    for n in range(1, 200):
        size = [["9.9", str(n)]]
        data = {"s": "ABC", "E": n, "U": n, "u": n, "pu": n - 1, "b": size, "a": []}
        events.append((n * SLOT_NS // 3, "depth", json.dumps({"data": data})))
    raw = write_capture(tmp_path / "raw", events)
    unit = Instrument("v-m-abc", "2000-01-01", 10**7, 10**5, "1", "A")
    found = []
    for cut in (CUT, None):
        out = tmp_path / "out.parquet"
        rebuild(raw, out, reader=USDM, instrument=unit, opening=None, source="raw", cut=cut)
        found.append(pq.read_table(out))
        groups = pq.read_metadata(out)
        if cut:
            sizes = [groups.row_group(at).num_rows for at in range(groups.num_row_groups)]
            chunks = cut.blocks(runs_of(found[0]["receive_time_ns"].to_numpy()))
            assert sizes == chunks.rows.tolist()
            assert len(sizes) > 5
    assert found[0].equals(found[1])
