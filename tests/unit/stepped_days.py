"""Days of steps of episodes, proved, published and cut: what a trainer may read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from karat import dataset, open_lake
from karat.contracts import Contract
from karat.dataset import Dataset, Split
from karat.dataset.step_columns import BLOCK
from karat.flow import publish_together, rebuild_partitions, validate
from karat.lake.append import append
from karat.lake.layout import MAIN, Partition
from karat.signing import KeyFiles
from karat.store import MemoryStore

SIZES = (700, 1, BLOCK + 37, 300)
LENGTH = 25
PLAIN = ("row", "episode", "step", "action", "reward", "terminated", "truncated", "level")
RULE = {
    "episode": "episode",
    "step": "step",
    "action": "action",
    "reward": "reward",
    "terminated": "terminated",
    "truncated": "truncated",
    "observation": ["row", "level"],
    "payoffs": ["sell", "hold", "buy"],
}


def contract(**changes: object) -> Contract:
    names = (*PLAIN, "sell", "hold", "buy")
    body = {
        "dataset": "steps",
        "first_day": "2024-01-01",
        "source": {"folder": "made_steps", "made_by": "as_received"},
        "columns": {name: {"type": "int64", "unit": name} for name in names},
        "families": {"invariants": "gate"},
        "locator": "row",
        "episodes": RULE,
    }
    return Contract.model_validate(body | changes)


def day(number: int, size: int) -> pa.Table:
    """Return a day of episodes of `LENGTH` steps, the last one as long as there are rows."""
    random = np.random.default_rng(number)
    at = np.arange(size)
    ends = (at % LENGTH == LENGTH - 1) | (at == size - 1)
    move = random.integers(-3, 4, size)
    action = random.integers(0, 3, size)
    payoffs = np.stack([-move, 0 * move, move])
    return pa.table({
        "row": at + sum(SIZES[:number]), "episode": at // LENGTH, "step": at % LENGTH,
        "action": action, "reward": payoffs[action, at], "terminated": 0 * at,
        "truncated": ends.astype(np.int64), "level": random.integers(-9, 9, size),
        "sell": payoffs[0], "hold": payoffs[1], "buy": payoffs[2],
    })  # fmt: skip


def cut_days(
    home: Path,
    sizes: tuple[int, ...] = SIZES,
    made: Callable[[int, int], pa.Table] = day,
    split: Split | None = None,
) -> Dataset:
    """Return a dataset of such days in a lake below `home`, opened."""
    lake = open_lake(f"file://{home / 'lake'}", files=KeyFiles.below(home))
    store, rules = MemoryStore(), contract()
    days = [Partition("made-up-steps", f"2024-01-{n + 1:02}") for n in range(len(sizes))]
    for number, (one, size) in enumerate(zip(days, sizes, strict=True)):
        pq.write_table(made(number, size), home / "day.parquet")
        path = {f"made_steps/{one}.parquet": home / "day.parquet"}
        append(lake, MAIN, path, message=f"Bring {one}")
    batch = rebuild_partitions(lake, rules, days, store=store)
    assert batch.branch is not None, batch.failed
    validate(lake, rules, batch.branch, days, store=store)
    publish_together(lake, rules, {batch.branch: None}, store=store)
    version = dataset.cut(lake, rules, "steps", split=split, store=store).version
    return dataset.open(lake, f"steps@{version}")
