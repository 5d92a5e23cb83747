"""States of chunks from their rows, chunk after chunk, each row decoded once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from karat.compute.file_rows import FileRows
from karat.compute.row_stream import RowStream
from karat.contracts import Measure, observed


class Leaves:
    """Reads a file forward; a context manager, which closes it."""

    def __init__(self, rows: FileRows) -> None:
        self._rows = rows
        self._open = ExitStack()
        self._columns: frozenset[str] = frozenset()
        self._stream: RowStream | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open.close()

    def states(self, measures: Sequence[Measure], first: int, stop: int) -> list[Any]:
        """Return the states of the rows `first` to before `stop`, which come after the last."""
        columns = dict.fromkeys(name for measure in measures for name in measure.reads())
        return list(observed(self._of(list(columns)).rows(first, stop), measures))

    def _of(self, columns: list[str]) -> RowStream:
        """Return a stream of just these columns; the one that is open, where it is of them."""
        if self._stream is None or self._columns != frozenset(columns):
            self._open.close()
            self._stream = self._open.enter_context(self._rows.stream(columns))
            self._columns = frozenset(columns)
        return self._stream
