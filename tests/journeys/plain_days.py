"""A dataset of one number a day, quick to bring in by the hundred."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from karat import open_lake
from karat.contracts import Contract
from karat.flow import publish_together, rebuild_partitions, validate
from karat.lake import Lake
from karat.lake.append import append
from karat.lake.layout import MAIN, Partition
from karat.store import MemoryStore
from karat.verdicts.lineage import files

VALUES: dict[str, Any] = {
    "dataset": "plain",
    "first_day": "2024-01-01",
    "source": {"folder": "exports", "made_by": "as_received"},
    "columns": {"x": {"type": "int64", "unit": "one"}},
    "families": {"invariants": "gate"},
    "invariants": [{"name": "positive", "left": "x", "op": ">", "right": 0}],
    "locator": "x",
}


@dataclass
class Plain:
    """Days of two things, a number each, brought in and judged on audit branches."""

    folder: Path
    lake: Lake = field(default_factory=lambda: open_lake("memory:"))
    contract: Contract = field(default_factory=lambda: Contract.model_validate(VALUES))
    store: MemoryStore = field(default_factory=MemoryStore)

    def file(self, value: int) -> bytes:
        pq.write_table(pa.table({"x": [value]}), self.folder / "one.parquet")
        return (self.folder / "one.parquet").read_bytes()

    def bring(self, values: dict[Partition, int]) -> None:
        made: dict[str, Any] = {f"exports/{one}.parquet": self.file(v) for one, v in values.items()}
        append(self.lake, MAIN, made, message="Bring captures")

    def judge(self, days: list[Partition]) -> str:
        batch = rebuild_partitions(self.lake, self.contract, days, store=self.store)
        assert batch.branch is not None
        validate(self.lake, self.contract, batch.branch, days, store=self.store)
        return batch.branch

    def publish(self, values: dict[Partition, int]) -> str:
        """Bring days in, judge and publish them; return main's commit."""
        self.bring(values)
        asked = {self.judge(list(values)): None}
        return publish_together(self.lake, self.contract, asked, store=self.store).commit

    def merges(self) -> int:
        return len(list(self.lake.log(MAIN, first_parent=True)))

    def published(self) -> set[Partition]:
        return {one for one, _ in files(self.lake, self.lake.head(MAIN), "plain/")}


def days(count: int) -> list[Partition]:
    first = date(2024, 1, 1)
    return [
        Partition(f"plant1-hall{n % 2}-oven", str(first + timedelta(days=n // 2)))
        for n in range(count)
    ]
