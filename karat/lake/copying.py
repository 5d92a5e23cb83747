"""Bytes copied into a file and named on the way: one thread writes while another hashes."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import BinaryIO

from karat.digest import BLOCK, Hasher, file_digest
from karat.lake.protocol import Source
from karat.lake.source import source_blocks

FICLONE = 0x40049409
"""Linux: share the blocks of another file until one of the two is written."""
AHEAD = 8
Block = bytes | memoryview


def copied(data: Source, file: BinaryIO, name: str | None = None) -> tuple[str, int]:
    """Write `data` to the open `file`; return the digest (`name`, where known) and the size.

    Where the disk can, blocks of a file are shared and not copied.
    """
    if isinstance(data, Path) and _shared(data, file):
        return name or file_digest(Path(file.name)), data.stat().st_size
    blocks = source_blocks(data)
    if name is not None:
        return name, sum(_write(block, file) for block in blocks)
    first = next(blocks, b"")
    second = next(blocks, None)
    if second is None:
        hasher = Hasher()
        hasher.update(first)
        return hasher.hexdigest(), _write(first, file)
    return _while_hashed(_chained(first, second, blocks), file)


def _while_hashed(blocks: Iterator[Block], file: BinaryIO) -> tuple[str, int]:
    hasher, queue, free = Hasher(), SimpleQueue[Block | None](), SimpleQueue[None]()
    for _ in range(AHEAD):
        free.put(None)

    def hash_all() -> None:
        while (block := queue.get()) is not None:
            hasher.update(block)
            free.put(None)

    thread = Thread(target=hash_all, name="karat-hash", daemon=True)
    thread.start()
    size = 0
    try:
        for block in blocks:
            free.get()  # never more than a few blocks ahead
            queue.put(block)
            size += _write(block, file)
    finally:
        queue.put(None)
        thread.join()
    return hasher.hexdigest(), size


def _chained(first: Block, second: Block, rest: Iterator[Block]) -> Iterator[Block]:
    yield first
    yield second
    yield from rest


def _write(block: Block, file: BinaryIO) -> int:
    rest = memoryview(block)
    while rest:
        rest = rest[file.write(rest) :]
    return len(block)


def _shared(source: Path, file: BinaryIO) -> bool:
    """Tell whether the disk could share the blocks of `source`; small files are copied."""
    try:
        with source.open("rb") as stream:
            if source.stat().st_size <= BLOCK:
                return False
            fcntl.ioctl(file.fileno(), FICLONE, stream.fileno())
    except OSError:  # most disks cannot; what is wrong with the source is told by who copies it
        return False
    return True
