"""A vendor's restatement that differs from the first file and tells the same book."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

CLOCK_CORRECTION_NS = 1_270_000_000


def corrected(raw: pa.Table) -> pa.Table:
    """Return `raw` with the receive clock put right by +1.27 s and everything else equal.

    A table without rows comes back as it is.
    """
    times = pc.add(raw["recv_ts_ns"], CLOCK_CORRECTION_NS)
    place = raw.schema.get_field_index("recv_ts_ns")
    return raw.set_column(place, raw.schema.field(place), times)
