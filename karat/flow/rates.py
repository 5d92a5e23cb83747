"""How fast this machine reads and counts: measured once, in a moment, and kept in the store.

Two rates for all columns and all states, so an estimate is good to within a small factor. They
steer what is done, never what is found.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from io import BytesIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from karat.compute.content import table_content
from karat.digest import digest
from karat.states import ReferenceCounts
from karat.store import Store
from karat.store.understood import understood
from karat.telemetry import elapsed_s

ROWS = 1 << 17
KEY = digest("rates/1")
PER_PARTITION = 0.05
"""Seconds a partition takes beside its rows: the lake, the ledger, the signature."""
NANO = 1e9


@dataclass(frozen=True, slots=True)
class Rates:
    """Nanoseconds to read and name a decoded byte, and to make a state of a row."""

    read_ns: float
    state_ns: float

    def seconds(self, decoded: int, rows: int) -> float:
        """Return the time for reading `decoded` bytes, and for `rows` rows over all states."""
        return (decoded * self.read_ns + rows * self.state_ns) / NANO


def known_rates(store: Store) -> Rates | None:
    """Return the rates measured before, None before the first time."""
    return understood(store, [KEY], lambda data: Rates(**json.loads(data))).get(KEY)


def rates(store: Store) -> Rates:
    """Return this machine's rates, measured now if they are not in `store` yet."""
    if known := known_rates(store):
        return known
    measured = _measured()
    store.put(KEY, json.dumps(asdict(measured)).encode())
    return measured


def _measured() -> Rates:
    """Time what is done most, on numbers like those of book events."""
    draw = np.random.Generator(np.random.PCG64(1))
    values = {f"c{n}": draw.integers(0, 10 ** (2 + n), ROWS) for n in range(4)}
    table, file = pa.table(values), BytesIO()
    pq.write_table(table, file)
    cells = ReferenceCounts.from_golden(values["c3"][: ROWS // 2])
    reading = _best_of(lambda: table_content(pq.read_table(BytesIO(file.getvalue()))))
    counting = _best_of(lambda: cells.observe(table["c3"]))
    return Rates(NANO * reading / table.nbytes, NANO * counting / ROWS)


def _best_of(work: Callable[[], object], times: int = 3) -> float:
    took = []
    for _ in range(times):
        begun = elapsed_s()
        work()
        took.append(elapsed_s() - begun)
    return min(took)
