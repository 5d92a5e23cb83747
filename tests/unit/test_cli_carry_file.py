"""A book in a file: what was written comes back, and nothing else passes for one."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.cli.carry_file import read_carry, write_carry
from karat.errors import CorruptError, InputError
from karat.messages import Carry

TICKS = st.lists(st.integers(1, 1 << 60), unique=True, max_size=6)


def carry(bids: list[int], asks: list[int], sequence: int = 7) -> Carry:
    up, down = np.array(sorted(bids), np.int64), np.array(sorted(asks, reverse=True), np.int64)
    return Carry(sequence, up, np.ones_like(up), down, np.ones_like(down))


@given(TICKS, TICKS, st.integers(0, 1 << 62))
def test_what_is_written_comes_back(
    tmp_path_factory: pytest.TempPathFactory, bids: list[int], asks: list[int], sequence: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "book.arrow"
    book = carry(bids, asks, sequence)
    write_carry(path, book)
    assert read_carry(path).digest == book.digest


def test_a_second_book_replaces_the_first(tmp_path: Path) -> None:
    path = tmp_path / "book.arrow"
    write_carry(path, carry([1], [2]))
    write_carry(path, carry([3], [4]))
    assert read_carry(path).bid_ticks.tolist() == [3]
    assert [p.name for p in tmp_path.iterdir()] == ["book.arrow"]


def test_any_program_can_read_it(tmp_path: Path) -> None:
    write_carry(tmp_path / "book.arrow", carry([1, 2], [5]))
    table = pa.ipc.open_file(tmp_path / "book.arrow").read_all()
    assert table["side"].to_pylist() == [1, 1, -1]
    assert table["price_ticks"].to_pylist() == [1, 2, 5]


def test_another_book_under_the_same_name(tmp_path: Path) -> None:
    path = tmp_path / "book.arrow"
    write_carry(path, carry([1], [2]))
    table = pa.ipc.open_file(path).read_all()
    place = table.schema.get_field_index("size_lots")
    changed = table.set_column(place, table.schema.field(place), pa.array([9, 9], pa.int64()))
    with pa.ipc.new_file(tmp_path / "changed", changed.schema) as writer:
        writer.write_table(changed)
    with pytest.raises(CorruptError, match="holds the book"):
        read_carry(tmp_path / "changed")


def test_what_is_no_book(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("bids and asks")
    for path in (tmp_path / "text", tmp_path / "nowhere", tmp_path):
        with pytest.raises(InputError, match="not a book"):
            read_carry(path)


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        write_carry(tmp_path / "nowhere" / "book", carry([1], [2]))
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        write_carry(tmp_path / "folder", carry([1], [2]))
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]
