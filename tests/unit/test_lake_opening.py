"""A lake that stands is opened, and read, while another process holds the write lock."""

import sqlite3
from pathlib import Path

from karat.lake import open_lake
from karat.lake.testing.writing import publish, read


def test_a_writer_does_not_keep_readers_out(tmp_path: Path) -> None:
    publish(open_lake(tmp_path / "lake"), {"a": b"1"})
    writer = sqlite3.connect(tmp_path / "lake" / "lake.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    try:
        assert read(open_lake(tmp_path / "lake"), "main", "a") == b"1"
    finally:
        writer.execute("ROLLBACK")
        writer.close()
