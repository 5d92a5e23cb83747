"""The bytes of whatever `put` is given, in blocks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from karat.digest import BLOCK
from karat.errors import InputError, KaratError
from karat.lake.protocol import Source

Buffer = bytes | bytearray | memoryview


def source_blocks(data: Source) -> Iterator[bytes | memoryview]:
    """Yield the bytes of `data`, none for an empty one; `InputError` when they cannot be read."""
    if isinstance(data, Buffer):
        yield plain(data)
        return
    try:
        if isinstance(data, Path):
            with data.open("rb") as stream:
                yield from _blocks(stream)
        else:
            yield from _blocks(data)
    except KaratError:
        raise
    except (OSError, ValueError) as error:  # a closed stream is a ValueError
        raise InputError(f"cannot read {data} to put it into the lake: {error}") from error


def handed_over(data: Source) -> Path:
    """Return the file that a caller gives away; `InputError` for anything else."""
    if not isinstance(data, Path):
        raise InputError(
            f"consume=True takes a file away, and this is {type(data).__name__}: give a Path"
        )
    if data.is_symlink() or not data.is_file():
        raise InputError(f"cannot take {data} away: it is no regular file")
    return data


def plain(data: Buffer) -> bytes | memoryview:
    """Return the bytes of `data` side by side; copied only where they are not."""
    view = memoryview(data)
    return view.cast("B") if view.contiguous and view.nbytes else view.tobytes()


def _blocks(stream: BinaryIO) -> Iterator[bytes | memoryview]:
    while True:
        block = stream.read(BLOCK)
        if not isinstance(block, Buffer):  # None: not ready; str: opened as text
            raise InputError(
                f"cannot read {stream} to put it into the lake: it gives {type(block).__name__}, "
                "not bytes: open it in binary and blocking mode"
            )
        if not len(block):
            return
        yield plain(block)
