"""Steps as tables with the columns of their contract: for Arrow, and for pandas."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from karat.contracts import EpisodesRule
from karat.dataset.step_columns import lists
from karat.dataset.steps import Steps


def step_table(rule: EpisodesRule, steps: Steps) -> pa.Table:
    """Return steps under the names of the contract's columns; ``.to_pandas()`` makes a frame.

    What lies side by side is taken apart, so columns of observations are copies.
    """
    found: dict[str, Any] = {}
    for part, columns in lists(rule).items():
        values = getattr(steps, part)
        found |= {name: pa.array(values[:, at]) for at, name in enumerate(columns)}
    for name in ("action", "reward", "terminated", "truncated"):
        found[getattr(rule, name)] = pa.array(getattr(steps, name))
    return pa.table(found)
