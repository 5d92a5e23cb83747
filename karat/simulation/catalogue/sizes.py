"""Row 19: every size too large or too small by one factor."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from karat.simulation.catalogue.events import events, written
from karat.simulation.catalogue.severity import factor

SIZES = ("size_lots", "best_bid_lots", "best_ask_lots")


def sizes_scaled(
    table: pa.Table, severity: float, _seed: int = 0, _yesterday: pa.Table | None = None
) -> pa.Table:
    """Return `table` with all sizes times `severity`, in whole lots (row 19).

    What was a size stays one (at least a lot), and a removal stays a removal. Sizes of a few
    lots do not move under a small factor: the lot hides it.
    """
    day, times = events(table), factor(severity)
    if times == 1.0:
        return table
    sizes = {name: day.column(name) for name in SIZES}
    scaled = {name: np.rint(lots * times).astype(np.int64) for name, lots in sizes.items()}
    return written(
        table, **{name: np.where(sizes[name] > 0, np.maximum(scaled[name], 1), 0) for name in SIZES}
    )
