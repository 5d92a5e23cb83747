"""Columns that can be read one by one, wherever they lie."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pyarrow as pa


class Columns(NamedTuple):
    """Row count, names and Arrow types of the columns, and what reads one of them by its name."""

    rows: int
    names: Sequence[str]
    types: Sequence[Any]
    read: Callable[[str], pa.ChunkedArray]
