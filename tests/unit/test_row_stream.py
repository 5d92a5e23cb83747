"""Rows streamed from a file: who decodes them."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from karat.compute.file_rows import FileRows

GROUPS, ROWS = 200, 1_000


@pytest.fixture
def file(tmp_path: Path) -> FileRows:
    path = tmp_path / "rows.parquet"
    table = pa.table({"a": np.arange(GROUPS * ROWS), "b": np.arange(GROUPS * ROWS) % 7})
    pq.write_table(table, path, row_group_size=ROWS)
    return FileRows(path, "rows", proved=True)


@pytest.fixture
def one_thread() -> Iterator[None]:
    before = pa.cpu_count()
    pa.set_cpu_count(1)
    yield
    pa.set_cpu_count(before)


def waits() -> int:
    """Return how often this thread has waited for something."""
    return resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw


@pytest.mark.usefixtures("one_thread")
def test_where_arrow_has_one_thread_nobody_is_waited_for(file: FileRows) -> None:
    with file.stream() as stream:
        begun = waits()
        found = [stream.rows(at * ROWS, (at + 1) * ROWS) for at in range(GROUPS)]
        assert waits() - begun < GROUPS // 2  # each group was a wait, and each column one more
    assert pa.concat_tables(found).equals(pq.read_table(file.path))


def test_rows_are_the_same_by_several_threads(file: FileRows) -> None:
    first, count = ROWS // 2, GROUPS * ROWS - 1 - ROWS // 2
    with file.stream(["b", "a"]) as stream:
        found = stream.rows(first, first + count)
    assert found.equals(pq.read_table(file.path, columns=["b", "a"]).slice(first, count))
