"""A reader that tells of a snapshot and gives none: nothing may be dropped without a word."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from karat.errors import InputError
from karat.messages import instrument_on, instrument_rows, rebuild, shipped_table
from karat.messages.binance import SPOT, BinanceReader

NAME = "binance-spot-btcusdt"
DEPTH = '{{"stream":"x","data":{{"s":"BTCUSDT","E":1,"U":{0},"u":{0},"b":[["1.00","1"]],"a":[]}}}}'


@dataclass(frozen=True, slots=True)
class Boasting(BinanceReader):
    """Says of every row that it opens the book."""

    def opens_book(self, raw: Any, first_row: int, source: str) -> Any:
        mask = BinanceReader.opens_book(self, raw, first_row, source)
        return mask.is_valid()


def test_the_reader_is_blamed_and_no_file_is_left(
    tmp_path: Path, write_capture: Callable[[Path, Sequence[tuple[int, str, str]]], Path]
) -> None:
    path = tmp_path / "raw.parquet"
    write_capture(path, [(n, "depth", DEPTH.format(n)) for n in range(1, 5)])
    instrument = instrument_on(instrument_rows(shipped_table(), NAME), NAME, "2024-08-08")
    out = tmp_path / "out.parquet"
    what: dict[str, Any] = {"instrument": instrument, "opening": None, "source": "raw/x"}
    with pytest.raises(InputError, match="raw/x: its reader tells of a snapshot"):
        rebuild(path, out, reader=Boasting(linked=False), **what)
    with pytest.raises(InputError, match="raw/x: no snapshot"):
        rebuild(path, out, reader=SPOT, **what)
    assert list(tmp_path.iterdir()) == [path]
