"""What a Parquet file's footer says: how much there is to read, before any of it is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from karat.compute.leaf_column import column_of
from karat.compute.reading import Reading
from karat.errors import InputError
from karat.messages.file_name import utf8_name

BITS = 8


@dataclass(frozen=True, slots=True)
class Footer:
    """Rows of a file, and each column's bytes: compressed in the file, and decoded in memory.

    `decoded` is what whole numbers and floats take; of text, as much as its uncompressed pages.
    """

    rows: int
    compressed: Mapping[str, int]
    decoded: Mapping[str, int]

    def bytes_of(self, columns: Iterable[str]) -> int:
        """Return the compressed bytes of some columns; one that is not there has none."""
        return sum(self.compressed.get(name, 0) for name in set(columns))

    def memory_of(self, columns: Iterable[str]) -> int:
        """Return the decoded bytes of some columns."""
        return sum(self.decoded.get(name, 0) for name in set(columns))


def footer(reading: Reading) -> Footer:
    """Return the footer of a file, of which no column is read; InputError if it is not Parquet.

    The digest is not verified, which would read the whole file: only estimates are made of this.
    """
    path = utf8_name(reading.lake.local_path(reading.commit, reading.path, verify=False))
    try:
        found, schema = pq.read_metadata(path), pq.read_schema(path)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{reading.path}: not a readable Parquet file ({error})") from error
    compressed = dict.fromkeys(schema.names, 0)
    pages = dict.fromkeys(schema.names, 0)
    for at in range(found.num_row_groups):
        group = found.row_group(at)
        for column in (group.column(n) for n in range(group.num_columns)):
            name = column_of(column.path_in_schema, compressed)
            compressed[name] = compressed.get(name, 0) + column.total_compressed_size
            pages[name] = pages.get(name, 0) + column.total_uncompressed_size
    decoded = {f.name: _width(f.type) * found.num_rows or pages[f.name] for f in schema}
    return Footer(found.num_rows, compressed, decoded)


def _width(kind: pa.DataType) -> int:
    """Return the bytes that one value takes, 0 where values differ in length."""
    try:
        return max(int(kind.bit_width) // BITS, 1)
    except ValueError:
        return 0
