"""JSON text, one message a row, to Arrow columns: exact decimals, and errors that name the row."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from karat.errors import InputError
from karat.messages.instrument import DECIMALS

DECIMAL = pa.decimal128(38, DECIMALS)
LEVELS = pa.list_(pa.list_(DECIMAL))
BLOCK = 1 << 20


def parse(payload: pa.Array, rows: Any, schema: pa.Schema, source: str) -> pa.Table:
    """Parse one JSON object a row of `payload` into the columns of `schema`.

    No payload may be null; keys that are not in the schema are passed over. `rows` are the
    capture's row numbers, for errors. Raises InputError naming the first row that is not one JSON
    object, or holds a value that does not fit the schema.
    """
    if not len(payload):
        return schema.empty_table()
    if not pc.all(pc.starts_with(payload, "{")).as_py():
        _blame(payload, rows, schema, source)
    text = pc.binary_join_element_wise(payload, "", "\n").buffers()[2]
    longest = pc.max(pc.binary_length(payload)).as_py()
    try:
        table = pj.read_json(
            pa.BufferReader(text),
            read_options=pj.ReadOptions(block_size=max(BLOCK, 2 * longest + 2)),
            parse_options=pj.ParseOptions(
                explicit_schema=schema, unexpected_field_behavior="ignore"
            ),
        )
    except pa.ArrowInvalid as error:
        _blame(payload, rows, schema, source)
        raise InputError(f"{source}: {error}") from error
    if table.num_rows != len(payload):
        _blame(payload, rows, schema, source)
        raise InputError(f"{source}: a payload holds more than one line of JSON")
    return table.combine_chunks()


def refuse_torn(payload: pa.Array, looked_at: pa.Array, first_row: int, source: str) -> None:
    """Raise InputError for the first of the rows looked at whose text is cut off, or is no JSON.

    For messages that nothing is made of: a text that begins as an object does, has a key and ends
    as one does is not read any further, which would take as long as to parse what is needed.
    `payload` begins at row `first_row`.
    """
    closed = pc.and_(pc.starts_with(payload, '{"'), pc.ends_with(payload, "}"))
    torn = pc.and_not(looked_at, pc.and_(closed, pc.match_substring(payload, '":')))
    if not pc.any(torn).as_py():
        return
    for at in np.flatnonzero(torn.to_numpy(zero_copy_only=False)).tolist():
        _read(payload[at].as_py(), first_row + at, source)


def _read(text: str, row: int, source: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{source}: row {row}: malformed JSON ({error})") from error


def _blame(payload: pa.Array, rows: Any, schema: pa.Schema, source: str) -> None:
    """Raise InputError for the first row that cannot stand alone: slow, and only after a fault."""
    for row, value in zip(rows, payload, strict=True):
        text = value.as_py()
        if not isinstance(_read(text, row, source), dict):
            raise InputError(f"{source}: row {row}: the payload is not a JSON object")
        if "\n" in text or "\r" in text:
            raise InputError(f"{source}: row {row}: the payload spans several lines")
        try:
            pj.read_json(
                pa.BufferReader(text.encode()),
                read_options=pj.ReadOptions(block_size=2 * len(text.encode()) + 2),
                parse_options=pj.ParseOptions(
                    explicit_schema=schema, unexpected_field_behavior="ignore"
                ),
            )
        except pa.ArrowInvalid as error:
            raise InputError(f"{source}: row {row}: {error}") from error
