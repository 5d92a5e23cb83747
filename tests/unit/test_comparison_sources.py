"""What can be compared: files of three formats, folders, tables and frames, told apart by Arrow."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

import karat
from karat.comparison.source import source_of
from karat.errors import InputError

TABLE = pa.table({"id": range(300), "size": [n * n % 17 for n in range(300)], "side": ["a"] * 300})


class Stream:
    """A frame of nobody's: it speaks Arrow's stream protocol and nothing else."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return TABLE.__arrow_c_stream__(requested_schema)


class Array:
    """Rows as one array of structs, by the older protocol."""

    def __arrow_array__(self, type: Any = None) -> Any:  # noqa: A002 - the protocol's name
        return TABLE.to_struct_array().combine_chunks()


def stream_file(table: pa.Table, path: Path) -> None:
    with pa.ipc.new_stream(path, table.schema) as writer:
        writer.write_table(table)


WRITERS = {
    "rows.parquet": pq.write_table,
    "rows.csv": pa.csv.write_csv,
    "rows.arrow": lambda table, path: pa.feather.write_feather(table, path, compression="zstd"),
    "rows.arrows": stream_file,
    "no_suffix_parquet": pq.write_table,
}
FRAMES = {
    "table": lambda: TABLE,
    "batch": lambda: TABLE.to_batches()[0],
    "reader": TABLE.to_reader,
    "pandas": TABLE.to_pandas,
    "pandas, sliced": lambda: pd.concat([TABLE.to_pandas()] * 2).iloc[:300],
    "polars": lambda: pl.DataFrame({n: TABLE[n].to_pylist() for n in TABLE.column_names}),
    "stream": Stream,
    "array": Array,
}


@pytest.mark.parametrize("name", WRITERS)
def test_files_of_every_format_hold_the_same_rows(name: str, tmp_path: Path) -> None:
    WRITERS[name](TABLE, tmp_path / name)
    found = karat.compare(tmp_path / name, TABLE)
    assert (found.outcome, found.candidate) == ("SAME", str(tmp_path / name))
    assert karat.compare(TABLE, str(tmp_path / name), on="id").outcome == "SAME"


@pytest.mark.parametrize("name", FRAMES)
def test_frames_come_through_arrow(name: str) -> None:
    found = karat.compare(FRAMES[name](), TABLE)
    assert (found.outcome, found.rows, found.candidate) == ("SAME", (300, 300), "candidate")


def test_a_named_index_is_a_column_and_nulls_are_told() -> None:
    frame = pd.DataFrame({"x": [1.0, None, 3.0]}, index=pd.Index([1, 2, 3], name="id"))
    found = karat.compare(frame, pl.DataFrame({"x": [1.0, None, None], "id": [1, 2, 3]}), "id")
    assert {column.name: column.nulls for column in found.columns}["x"] == (1, 2)
    assert found.census is not None
    assert found.census.columns[0].first == ((3, 3.0, None),)


def test_categories_of_either_library_are_texts() -> None:
    words = ["buy", None, "sell"] * 50
    polars = pl.DataFrame({"n": range(150), "side": pl.Series(words).cast(pl.Categorical)})
    frame = pd.DataFrame({"n": range(150), "side": pd.Categorical(words)})
    for pair in ((polars, frame), (frame, polars)):
        found = karat.compare(*pair)
        assert (found.outcome, found.uncompared, found.types) == ("SAME", {}, {})
        assert karat.compare(pair[0], pair[1], on=["n"]).outcome == "SAME"


def test_files_need_no_big_library(tmp_path: Path) -> None:
    pq.write_table(TABLE, tmp_path / "a.parquet")
    code = (
        "import karat, sys; karat.compare('a.parquet', 'a.parquet', 'id');"
        "print(sorted({'polars', 'scipy', 'numba', 'matplotlib', 'dagster'} & sys.modules.keys()))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_folder_is_its_files_by_path(tmp_path: Path) -> None:
    for day, part in (("2024-01-01", TABLE.slice(0, 100)), ("2024-01-02", TABLE.slice(100))):
        (tmp_path / day).mkdir()
        pq.write_table(part, tmp_path / day / "part.parquet")
    (tmp_path / "notes.txt").write_text("not a table")
    assert karat.compare(tmp_path, TABLE).outcome == "SAME"
    pq.write_table(TABLE.drop_columns("side"), tmp_path / "z.parquet")
    with pytest.raises(InputError, match=r"z\.parquet: its columns are not those of .*01-01"):
        karat.compare(tmp_path, TABLE)


def test_a_csv_whose_first_part_looks_like_integers(tmp_path: Path) -> None:
    lines = ["x", *["7"] * 700_000, "2.5"]
    (tmp_path / "long.csv").write_text("\n".join(lines) + "\n")
    source = source_of(tmp_path / "long.csv", "candidate")
    assert (source.rows, str(source.types["x"])) == (700_001, "double")
    assert source.read("x")[-1].as_py() == 2.5


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("gone.parquet", None, "no such file or folder"),
        ("cut.parquet", b"PAR1 and no more", "cannot be read"),
        ("rows.xlsx", b"PK\3\4", "Parquet, CSV"),
        ("cut.arrow", b"ARROW1\0\0", "cannot be read"),
        ("empty.csv", b"", "cannot be read"),
        ("empty", b"", "this is neither"),
    ],
)
def test_files_that_are_none_are_named(
    name: str, content: bytes | None, told: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=rf"{name}.*{told}"):
        karat.compare(tmp_path / name, TABLE)


def test_a_damaged_column_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"x": np.random.default_rng(1).normal(size=9000)}), path)
    data = bytearray(path.read_bytes())
    data[4:60] = b"\xff" * 56
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"a\.parquet: column 'x' is damaged"):
        karat.compare(path, path)


def test_an_empty_folder_and_things_that_are_no_rows(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no \*\.parquet file"):
        karat.compare(tmp_path, TABLE)
    with pytest.raises(InputError, match="golden is a list: it must be a path"):
        karat.compare(TABLE, [1, 2])
    with pytest.raises(InputError, match="candidate: no table comes out"):
        karat.compare(pd.Series([1, 2]), TABLE)
    twice = pa.table([[1], [2]], names=["x", "x"])
    with pytest.raises(InputError, match="column 'x' is there twice"):
        karat.compare(twice, TABLE)


def test_no_column_in_common_names_what_there_is() -> None:
    other = TABLE.rename_columns(["a", "b", "c"])
    with pytest.raises(InputError, match="candidate has a, b, c; golden has id, size, side"):
        karat.compare(other, TABLE)
