"""Rows of plain values as columns: what many rows say alike is written once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

FEW = 8
"""Texts of which there is but one in so many rows are listed once, and named by their places."""
Row = Sequence[Any]


def columns_of(rows: Sequence[Row]) -> list[Any]:
    """Return rows of one length as plain values, column by column; [] for no rows.

    >>> columns_of([("a", 1), ("b", 2)])
    [('a', 'b'), (1, 2)]
    """
    return [_column(values) for values in zip(*rows, strict=True)]


def rows_of(columns: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return the rows that `columns_of` wrote; ValueError, TypeError or LookupError otherwise.

    >>> rows_of(columns_of([("a", 1), ("b", 2)]))
    [('a', 1), ('b', 2)]
    """
    return list(zip(*map(_values, columns), strict=True))


def _column(values: Row) -> Any:
    if set(map(type, values)) == {str}:
        texts = list(dict.fromkeys(values))
        if len(texts) * FEW <= len(values):
            place = {text: number for number, text in enumerate(texts)}
            return {"texts": texts, "places": [place[one] for one in values]}
    return values


def _values(column: Any) -> Row:
    if isinstance(column, dict):
        texts: Row = column["texts"]
        return [texts[place] for place in column["places"]]
    found: Row = column
    return found
