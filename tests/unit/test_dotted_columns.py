"""Columns whose names hold dots, beside nested ones: what is read of them is counted as theirs."""

from collections.abc import Sequence
from io import BytesIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from karat import open_lake
from karat.compute import Reading, partition_content
from karat.compute.leaf_column import column_of
from karat.compute.parquet_footer import footer
from karat.lake.append import append
from karat.lake.layout import MAIN
from karat.messages.borders import Cut
from karat.store import MemoryStore
from tests.unit.chunked_days import FINE, PATH

ROWS = 300
LEVELS = [{"px": {"of.day": at}, "bid.size": 3} for at in range(ROWS)]
TABLE = pa.table(
    {
        "bid": np.arange(ROWS) * 7,
        "bid.size": np.arange(ROWS) % 3,
        "level.of": pa.array(LEVELS),
        "q": np.zeros(ROWS, np.int64),
    }
)


def reading(columns: Sequence[str], cut: Cut) -> tuple[Reading, int]:
    """Return a file of `TABLE` in a lake, and the bytes of some columns as one file of them."""
    sinks = []
    for table in (TABLE, TABLE.select(columns)):
        pq.write_table(table, sink := BytesIO(), row_group_size=100)
        sinks.append(sink)
    lake, data = open_lake("memory:"), sinks[0].getvalue()
    found = Reading(lake, append(lake, MAIN, {PATH: data}, message="Put"), PATH, cut)
    alone = pq.read_metadata(sinks[1])
    groups = (alone.row_group(at) for at in range(alone.num_row_groups))
    parts = (group.column(at) for group in groups for at in range(group.num_columns))
    return found, sum(part.total_compressed_size for part in parts)


@pytest.mark.parametrize("cut", [FINE, Cut()], ids=["many chunks", "one"])
@pytest.mark.parametrize("columns", [["bid"], ["bid.size"], ["q", "bid.size"], ["bid", "q"]])
def test_bytes_are_those_of_the_columns_asked_for(columns: list[str], cut: Cut) -> None:
    found, size = reading(columns, cut)
    content = partition_content(found, MemoryStore(), columns)
    assert list(content.columns) == columns
    assert found.bytes_read == size > 0
    assert footer(found).bytes_of(columns) == size


def test_a_nested_column_has_the_bytes_of_its_parts() -> None:
    found, size = reading(["level.of"], Cut())
    assert found.table(["level.of"]).equals(TABLE.select(["level.of"]))
    assert found.bytes_read == size == footer(found).bytes_of(["level.of"])


def test_a_path_is_of_the_longest_name_or_of_none() -> None:
    names = {"a", "a.b", "c.d"}
    told = {
        "a": "a",
        "a.b": "a.b",
        "a.b.c": "a.b",
        "a.x": "a",
        "c.d.e": "c.d",
        "c": "c",
        "z.y": "z.y",
    }
    assert {path: column_of(path, names) for path in told} == told
