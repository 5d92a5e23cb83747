"""Files whose names are no UTF-8 are named in an error, whoever opens or writes them."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks.partitions import lean_table
from karat.cli.carry_file import write_carry
from karat.cli.main import app
from karat.compute import file_content
from karat.errors import InputError, InvalidPath
from karat.flow.file_sample import FileSample
from karat.flow.profiling import profile
from karat.lake.memory import MemoryLake
from karat.messages import Carry
from karat.messages.capture_file import parquet_file
from karat.messages.file_name import utf8_name
from karat.simulation import whole


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """Return a Parquet file whose name is not UTF-8."""
    import pyarrow.parquet as pq

    pq.write_table(lean_table(1, 50), tmp_path / "a.parquet")
    path = tmp_path / os.fsdecode(b"day\xff.parquet")
    try:
        (tmp_path / "a.parquet").rename(path)
    except OSError:
        pytest.skip("this file system takes no such name")
    return path


READERS: dict[str, Callable[[Path], object]] = {
    "content": file_content,
    "capture": lambda path: parquet_file(path, ["value"], str(path)),
    "sample": lambda path: FileSample("day", path)._read(["value"]),
    "profile": lambda path: profile([path], "d"),
    "carry": lambda path: write_carry(path, Carry(7, *(np.array([n]) for n in (1, 2, 3, 4)))),
}


@pytest.mark.parametrize("read", READERS.values(), ids=list(READERS))
def test_it_is_told_of(bad: Path, read: Callable[[Path], object]) -> None:
    with pytest.raises(InputError, match=r"day\\xff\.parquet.*not UTF-8: rename") as told:
        read(bad)
    assert str(told.value).isprintable()


def test_a_folder_of_days_and_a_comparison_say_so_too(bad: Path) -> None:
    for words in (["compare", str(bad), str(bad)], ["profile", str(bad.parent)]):
        found = CliRunner().invoke(app, words)
        assert isinstance(found.exception, InputError | SystemExit), words
        assert "UnicodeEncodeError" not in found.output


def test_a_lake_takes_no_such_path(bad: Path) -> None:
    with MemoryLake().session("main") as session, pytest.raises(InvalidPath, match="path"):
        session.put(f"raw/{bad.name}", b"1")


@pytest.mark.parametrize("name", ["plain.parquet", "größe µs.parquet", "a b\tc.parquet"])
def test_any_other_name_is_itself(name: str, tmp_path: Path) -> None:
    assert utf8_name(tmp_path / name) == str(tmp_path / name)
    whole.put(tmp_path / name, lambda at: at.write_bytes(b"1"))
