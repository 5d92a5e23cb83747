"""Stretches of a capture that are parsed at the same time: the result is that of one by one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pytest

from karat.errors import InputError
from karat.messages import Messages, Rebuilt, rebuild
from karat.messages.binance import USDM, BinanceReader
from tests.unit.test_messages_input import UNIT, Row, delta, snapshot, trade

WriteCapture = Callable[[Path, Sequence[Row]], Path]
ROWS, STRETCH, LIMIT_S = 400, 7, 30


@dataclass(frozen=True, slots=True)
class Watched:
    """Binance's reader, which notes how many stretches it is asked for at once.

    Where several are expected the first ones wait for each other.
    """

    inner: BinanceReader
    meet: threading.Barrier | None = None
    now: list[int] = field(default_factory=list)
    most: list[int] = field(default_factory=lambda: [0])
    raw_columns: ClassVar[tuple[str, ...]] = USDM.raw_columns
    opening_columns: ClassVar[tuple[str, ...]] = USDM.opening_columns

    @property
    def rows_stand_alone(self) -> bool:
        return self.meet is not None

    def opens_book(self, raw: pa.RecordBatch, first_row: int, source: str) -> Any:
        return self.inner.opens_book(raw, first_row, source)

    def messages(self, raw: pa.RecordBatch, *where: Any) -> Messages:
        self.now.append(where[1])
        if self.meet and where[1] <= STRETCH * self.meet.parties:
            self.meet.wait(LIMIT_S)
        self.most[0] = max(self.most[0], len(self.now))
        made = self.inner.messages(raw, *where)
        self.now.remove(where[1])
        return made


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a stretch be a few rows, and this machine two cores."""
    monkeypatch.setattr("karat.messages.capture_file.BATCH_ROWS", STRETCH)
    monkeypatch.setattr("karat.messages.rebuilding.pa.cpu_count", lambda: 2)


def capture(folder: Path, write: WriteCapture, spoiled: Sequence[int] = ()) -> Path:
    rows = [snapshot(), *(trade(t=n) if n % 5 == 0 else delta(n) for n in range(1, ROWS))]
    for at in spoiled:
        rows[at] = (at, "depth", f'{{"data": {at}')
    return write(folder / "raw", rows)


def built(folder: Path, raw: Path, reader: Any) -> tuple[Rebuilt, bytes]:
    out = folder / "out.parquet"
    found = rebuild(raw, out, reader=reader, instrument=UNIT, opening=None, source="day.parquet")
    return found, out.read_bytes()


def test_several_at_once_make_what_one_by_one_do(
    tmp_path: Path, write_capture: WriteCapture
) -> None:
    raw = capture(tmp_path, write_capture)
    alone, beside = Watched(USDM), Watched(USDM, threading.Barrier(3))
    one_by_one, at_once = built(tmp_path, raw, alone), built(tmp_path, raw, beside)
    assert at_once[1] == one_by_one[1]
    assert at_once[0].closing.digest == one_by_one[0].closing.digest
    assert (at_once[0].rows, at_once[0].counts) == (one_by_one[0].rows, one_by_one[0].counts)
    assert (alone.most, beside.most) == ([1], [3]), "a reader that does not say it may is not asked"


def test_where_arrow_has_one_thread_there_are_no_more(
    tmp_path: Path, write_capture: WriteCapture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("karat.messages.rebuilding.pa.cpu_count", lambda: 1)
    reader = Watched(USDM, threading.Barrier(1))
    built(tmp_path, capture(tmp_path, write_capture), reader)
    assert reader.most == [1]


@pytest.mark.parametrize("spoiled", [(4,), (STRETCH - 1, STRETCH), (60, 61, 68, 200)], ids=str)
def test_the_first_bad_row_is_named_whoever_finds_his_first(
    tmp_path: Path, write_capture: WriteCapture, spoiled: tuple[int, ...]
) -> None:
    raw = capture(tmp_path, write_capture, spoiled)
    for _ in range(5):
        with pytest.raises(InputError, match=rf"^day\.parquet: row {spoiled[0] + 1}: malformed"):
            built(tmp_path, raw, USDM)
    assert [path.name for path in tmp_path.iterdir()] == [raw.name]
    assert not [one for one in threading.enumerate() if "ThreadPool" in one.name]
