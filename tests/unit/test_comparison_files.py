"""Files as people have them: tabs, compression, row groups, damage; and who hears of progress."""

import gzip
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import karat
from karat.comparison.files import columns_of_file, columns_of_folder
from karat.comparison.source import source_of
from karat.errors import InputError

ROWS = 4_000
TABLE = pa.table({"id": np.arange(ROWS), "x": np.random.default_rng(3).normal(size=ROWS)})


def written(table: pa.Table, delimiter: str) -> bytes:
    lines = [delimiter.join(table.column_names)]
    rows = zip(*(table[name].to_pylist() for name in table.column_names), strict=True)
    lines += [delimiter.join(map(repr, row)) for row in rows]
    return ("\n".join(lines) + "\n").encode()


@pytest.mark.parametrize("name", ["rows.tsv", "rows.TXT", "rows.csv.gz"])
def test_text_with_tabs_and_compressed(name: str, tmp_path: Path) -> None:
    data = written(TABLE, "\t" if name.endswith("tsv") else ",")
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    assert karat.compare(tmp_path / name, TABLE).outcome == "SAME"


def test_a_csv_with_rows_of_two_lengths_says_where(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,2\n3\n")
    with pytest.raises(InputError, match=r"a\.csv: cannot be read .*Row #3"):
        karat.compare(tmp_path / "a.csv", TABLE)


def test_row_groups_and_codecs_change_nothing(tmp_path: Path) -> None:
    for name, options in (("a", {"row_group_size": 77}), ("b", {"compression": "zstd"})):
        pq.write_table(TABLE, tmp_path / name, **options)
    found = karat.compare(tmp_path / "a", tmp_path / "b", "id")
    assert (found.outcome, found.rows) == ("SAME", (ROWS, ROWS))


def test_only_the_columns_that_both_have_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(TABLE, path)
    data = bytearray(path.read_bytes())
    start = pq.read_metadata(path).row_group(0).column(1).dictionary_page_offset
    data[start : start + 60] = b"\xff" * 60
    path.write_bytes(data)
    found = karat.compare(path, TABLE.drop_columns("x"))
    assert [column.name for column in found.columns] == ["id"]
    with pytest.raises(InputError, match=r"a\.parquet: column 'x' is damaged"):
        karat.compare(path, TABLE)


def test_a_folder_holds_files_below_it_and_names_the_bad_one(tmp_path: Path) -> None:
    for at in range(3):
        folder = tmp_path / f"day={at}"
        folder.mkdir()
        pq.write_table(TABLE.slice(at * 1000, 1000), folder / "part.parquet")
    opened = columns_of_folder(tmp_path)
    assert (opened.rows, list(opened.names)) == (3000, ["id", "x"])
    assert opened.read("id").to_pylist() == list(range(3000))
    (tmp_path / "z.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match=r"z\.parquet: cannot be read"):
        columns_of_folder(tmp_path)


def test_a_folder_is_no_file_and_a_name_is_a_path(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        columns_of_file(tmp_path)
    pq.write_table(TABLE, tmp_path / "a.parquet")
    assert source_of(str(tmp_path / "a.parquet"), "candidate").label.endswith("a.parquet")


def test_progress_hears_of_every_column_and_of_the_end() -> None:
    heard: list[tuple[str, int, int, str]] = []
    karat.compare(TABLE, TABLE, progress=lambda *step, **_: heard.append(step))
    assert heard == [
        ("compare", 0, 2, "id"),
        ("compare", 1, 2, "x"),
        ("compare", 2, 2, "rules of two columns"),
    ]
