"""Rows of a proved partition as a trainer reads them: float32 side by side, whole or refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from karat.contracts import EpisodesRule
from karat.errors import InputError

BLOCK = 1 << 16
"""Steps of one record batch: every one of a file but the last has so many."""
EXACT = 1 << 24
"""Whole numbers up to this one are float32 without a change."""
Lists = dict[str, tuple[str, ...]]


def lists(rule: EpisodesRule) -> Lists:
    """Return the columns that lie side by side in one list a row, by the list's name."""
    named = {part: getattr(rule, part) for part in ("observation", "next_observation", "payoffs")}
    return {part: columns for part, columns in named.items() if columns}


def needed(rule: EpisodesRule) -> list[str]:
    """Return the columns that are read, each once."""
    single = [rule.action, rule.reward, rule.terminated, rule.truncated]
    return list(dict.fromkeys([*single, *(name for part in lists(rule).values() for name in part)]))


def step_batches(rule: EpisodesRule, rows: Iterator[Any], what: str) -> Iterator[pa.RecordBatch]:
    """Yield the steps of record batches in pieces of `BLOCK` rows; one without rows for none.

    Raises InputError naming `what`, the column and the row for a value that is not there, that
    float32 would change though it is a whole number, or a flag that is neither 0 nor 1.
    """
    at, given = 0, False
    for piece in _blocks(rows):
        yield _steps(rule, piece, f"{what}: row {at} or later")
        at, given = at + piece.num_rows, True
    if not given:
        columns = {name: pa.array([], pa.int64()) for name in needed(rule)}
        yield _steps(rule, pa.table(columns), what)


def _blocks(rows: Iterator[Any]) -> Iterator[pa.Table]:
    held: list[Any] = []
    for batch in rows:
        held.append(batch)
        while sum(len(one) for one in held) >= BLOCK:
            table = pa.Table.from_batches(held)
            yield table.slice(0, BLOCK)
            held = table.slice(BLOCK).to_batches()
    if sum(len(one) for one in held):
        yield pa.Table.from_batches(held)


def _steps(rule: EpisodesRule, table: pa.Table, where: str) -> pa.RecordBatch:
    found = {part: _listed(table, columns, where) for part, columns in lists(rule).items()}
    action = _there(table, rule.action, where)
    if action.dtype.kind not in "iub":
        raise InputError(f"{where}: column {rule.action!r} holds floats; actions are numbered")
    found["action"] = pa.array(action.astype(np.int64))
    found["reward"] = pa.array(_floats(table, rule.reward, where))
    found["terminated"] = _flags(table, rule.terminated, where)
    found["truncated"] = _flags(table, rule.truncated, where)
    return pa.RecordBatch.from_arrays([*found.values()], names=[*found])


def _listed(table: pa.Table, columns: Sequence[str], where: str) -> pa.Array:
    values = np.empty((table.num_rows, len(columns)), np.float32)
    for at, name in enumerate(columns):
        values[:, at] = _floats(table, name, where)
    return pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), len(columns))


def _there(table: pa.Table, name: str, where: str) -> NDArray[Any]:
    column = table[name].combine_chunks()
    if column.null_count:
        raise InputError(f"{where}: column {name!r} is empty; a trainer needs every value")
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    values: NDArray[Any] = column.to_numpy(zero_copy_only=False)
    if values.dtype.kind not in "iuf":
        raise InputError(f"{where}: column {name!r} is {column.type}; numbers are needed")
    return values


def _floats(table: pa.Table, name: str, where: str) -> NDArray[np.float32]:
    values = _there(table, name, where)
    if values.dtype.kind in "iu" and values.size:
        least, most = int(values.min()), int(values.max())
        if max(-least, most) > EXACT:
            far = least if -least > most else most
            raise InputError(
                f"{where}: {name} {far} is no float32: give changes or other units, up to {EXACT}"
            )
    return values.astype(np.float32)


def _flags(table: pa.Table, name: str, where: str) -> pa.Array:
    values = _there(table, name, where)
    if values.size and not np.isin(values, (0, 1)).all():
        raise InputError(f"{where}: column {name!r} is a flag; write 0 or 1")
    return pa.array(values.astype(np.uint8))
