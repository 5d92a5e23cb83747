"""Row 12: buyers taken for sellers."""

from __future__ import annotations

import pyarrow as pa

from karat.messages.schema import Kind
from karat.simulation.catalogue.events import events, written
from karat.simulation.catalogue.severity import draws, share_of, some


def sides_flipped(
    table: pa.Table, severity: float, seed: int, _yesterday: pa.Table | None = None
) -> pa.Table:
    """Return `table` with the aggressor of a share of its trades on the other side (row 12).

    The real fault is a misread "buyer is maker". Levels keep their side: a book folded with
    levels on the wrong side is crossed at once, which is another fault.
    """
    day = events(table)
    trades = day.of_kind(Kind.TRADE)
    flipped = some(draws("sides_flipped", seed), trades, share_of(severity, len(trades)))
    side = day.column("side").copy()
    side[day.rows(flipped)] *= -1
    return written(table, side=side)
