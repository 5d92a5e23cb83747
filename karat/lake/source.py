"""The bytes of whatever `put` is given, in blocks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from karat.digest import blocks
from karat.errors import InputError
from karat.lake.protocol import Source


def source_blocks(data: Source) -> Iterator[bytes | memoryview]:
    """Yield the bytes of `data`, none for an empty one; `InputError` when they cannot be read."""
    if isinstance(data, bytes | bytearray | memoryview):
        yield memoryview(data).cast("B") if len(data) else b""
        return
    try:
        if isinstance(data, Path):
            with data.open("rb") as stream:
                yield from blocks(stream)
        else:
            yield from blocks(data)
    except OSError as error:
        raise InputError(f"cannot read {data} to put it into the lake: {error}") from error
