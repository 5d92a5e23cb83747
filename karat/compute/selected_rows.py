"""Chosen rows of a file: of a large one, read piece by piece, so that only they are held."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from karat.compute.reading import Reading
from karat.contracts import Condition, select
from karat.store import Store

PIECE = 1 << 20


def selected(
    reading: Reading, columns: Sequence[str], rows: tuple[Condition, ...], store: Store
) -> pa.Table:
    """Return `columns` of the rows that meet every condition, in the file's order.

    Each condition looks at one of `columns`. Errors as `Reading.table`.
    """
    file = reading.rows(store)
    if file.count < reading.cut.many:
        return select(reading.table(columns), rows)
    with file.stream(columns) as stream:
        pieces = ((at, min(at + PIECE, file.count)) for at in range(0, file.count, PIECE))
        return pa.concat_tables(select(stream.rows(*piece), rows) for piece in pieces)
