"""A vendor's restatement that differs from the first file and tells the same book."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from karat.errors import InputError

CLOCK_CORRECTION_NS = 1_270_000_000


def require(raw: pa.Table, *columns: str) -> None:
    """Raise `InputError` unless a raw table has these columns."""
    missing = [name for name in columns if name not in raw.column_names]
    if missing:
        raise InputError(f"the raw table has no column {missing[0]!r}; has {raw.column_names}")


def corrected(raw: pa.Table) -> pa.Table:
    """Return `raw` with the receive clock put right by +1.27 s and everything else equal.

    A table without rows comes back as it is. `InputError` when it has no receive clock.
    """
    require(raw, "recv_ts_ns")
    times = pc.add(raw["recv_ts_ns"], CLOCK_CORRECTION_NS)
    place = raw.schema.get_field_index("recv_ts_ns")
    return raw.set_column(place, raw.schema.field(place), times)
