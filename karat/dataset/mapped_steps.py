"""A file of the training cache, mapped into memory after its bytes were hashed."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from karat.dataset.step_cache import Beside
from karat.dataset.step_columns import BLOCK
from karat.dataset.steps import Floats, Steps, joined
from karat.digest import quick_digest
from karat.errors import CorruptError
from karat.messages.file_name import utf8_name


def batch_count(steps: int, rows: int) -> int:
    """Return how many batches of at most `rows` a partition gives; none crosses a block."""
    rows = min(rows, BLOCK)
    return steps // BLOCK * -(-BLOCK // rows) + -(-(steps % BLOCK) // rows)


class MappedSteps:
    """The steps of a partition as read-only views of a file; nothing is copied."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._map = pa.memory_map(utf8_name(file))

    def check(self, beside: Beside, partition: str) -> None:
        """Hash what is mapped; CorruptError naming the file when its bytes are not those made.

        It also brings the pages in, so that the thread that trains does not wait for them.
        """
        self._map.seek(0)
        if quick_digest(memoryview(self._map.read_buffer())) != beside.blake3:
            raise CorruptError(
                f"{partition}: {self._file} is damaged, its BLAKE3 is not the one beside it: "
                "delete it, it is made again"
            )

    @cached_property
    def _reader(self) -> Any:
        return pa.ipc.open_file(self._map)

    @cached_property
    def blocks(self) -> list[Steps]:
        """Return the steps of each record batch, in order; each but the last has `BLOCK` steps."""
        return [views(self._reader.get_batch(n)) for n in range(self._reader.num_record_batches)]

    def batch(self, number: int, rows: int) -> Steps:
        """Return the `number`-th of `batch_count` batches."""
        rows = min(rows, BLOCK)
        block, inside = divmod(number, -(-BLOCK // rows))
        return self.blocks[block].part(inside * rows, (inside + 1) * rows)

    def rows(self, start: int, stop: int) -> Steps:
        """Return steps `start` to `stop`: views of one block, copies across several."""
        at = range(start // BLOCK, -(-stop // BLOCK))
        parts = [self.blocks[n].part(max(start - n * BLOCK, 0), stop - n * BLOCK) for n in at]
        return parts[0] if len(parts) == 1 else joined(parts)


def views(batch: Any) -> Steps:
    """Return the steps of a record batch of the cache's columns, without a copy."""

    def plain(name: str) -> Any:
        return batch.column(name).to_numpy(zero_copy_only=True)

    def listed(name: str) -> Floats | None:
        return _matrix(batch.column(name)) if name in batch.schema.names else None

    return Steps(
        _matrix(batch.column("observation")),
        plain("action"),
        plain("reward"),
        plain("terminated").view(np.bool_),
        plain("truncated").view(np.bool_),
        listed("next_observation"),
        listed("payoffs"),
    )


def _matrix(column: Any) -> Floats:
    values: Floats = column.flatten().to_numpy(zero_copy_only=True)
    return values.reshape(len(column), column.type.list_size)
