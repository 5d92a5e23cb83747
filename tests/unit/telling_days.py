"""Days from which something can be learned: the sign of what is seen tells the better action."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from tests.unit.stepped_days import day


def telling(number: int, size: int) -> pa.Table:
    """Return a day on which the sign of the level tells the better action, most of the time."""
    table = day(number, size)
    level = table["level"].to_numpy()
    noise = np.random.default_rng(100 + number).integers(-3, 4, size)
    move = 2 * np.sign(level) + noise
    payoffs = np.stack([-move, 0 * move, move])
    own = {"sell": payoffs[0], "hold": payoffs[1], "buy": payoffs[2], "row": np.arange(size)}
    own["reward"] = payoffs[table["action"].to_numpy(), np.arange(size)]
    for name, values in own.items():
        table = table.set_column(table.column_names.index(name), name, pa.array(values))
    return table


def flipped(table: pa.Table) -> pa.Table:
    """Return the day with buying and selling exchanged in what each would have gained."""
    names = {"buy": "sell", "sell": "buy"}
    return table.rename_columns([names.get(name, name) for name in table.column_names])
