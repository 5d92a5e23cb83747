"""Bytes copied into a file and named on the way: one thread writes while another hashes."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

from karat.digest import BLOCK, Hasher, file_digest
from karat.lake.protocol import Source
from karat.lake.source import source_blocks

FICLONE = 0x40049409
"""Linux: share the blocks of another file until one of the two is written."""
STEP = 8 * BLOCK
AHEAD = 4
"""Steps that the writer may be ahead: what is hashed is still in memory."""
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def kept(data: Source, file: BinaryIO, name: str | None = None) -> tuple[str, int]:
    """Write `data` to the new `file` and have it on the disk; return the digest and the size.

    What is hashed is what was written; `name` is the digest where it is known. Where the disk can,
    blocks of a source file are shared and not copied.
    """
    with ThreadPoolExecutor(1, "karat-hash") as pool:  # starts no thread until it is needed
        hashing = _Hashing(pool, file)
        if not (isinstance(data, Path) and _from_file(data, file, hashing)):
            file.seek(0)
            file.truncate()
            hashing = _Hashing(pool, file)
            for block in source_blocks(data):
                _write(block, file)
                if name is None:
                    hashing.upto(file.tell())
        os.fsync(file.fileno())
        return name or hashing.name(), os.fstat(file.fileno()).st_size


def flushed(file: BinaryIO) -> tuple[str, int]:
    """Have an open file on the disk, and return its digest and size; hashed while it is flushed."""
    size = os.fstat(file.fileno()).st_size
    with ThreadPoolExecutor(1, "karat-flush") as pool:
        flush = pool.submit(os.fsync, file.fileno()) if size > BLOCK else None
        name = file_digest(Path(file.name))
        if flush is None:
            os.fsync(file.fileno())
        else:
            flush.result()
    return name, size


class _Hashing:
    """The digest of `file` as far as it has been written, taken by a thread of `pool`."""

    def __init__(self, pool: ThreadPoolExecutor, file: BinaryIO) -> None:
        self._pool, self._handle = pool, file.fileno()
        self._hasher, self._asked = Hasher(), 0
        self._running: deque[Future[None]] = deque()

    def upto(self, end: int) -> None:
        """Hash on to `end`, when there is a step to do; wait when too much is left behind."""
        while end - self._asked >= STEP:
            self._running.append(self._pool.submit(self._hash, self._asked, self._asked + STEP))
            self._asked += STEP
        while len(self._running) > AHEAD:
            self._running.popleft().result()

    def name(self) -> str:
        """Return the digest of the whole file."""
        for step in self._running:
            step.result()
        self._hash(self._asked, os.fstat(self._handle).st_size)
        return self._hasher.hexdigest()

    def _hash(self, start: int, end: int) -> None:
        while start < end:
            block = os.pread(self._handle, min(BLOCK, end - start), start)
            if not block:
                raise OSError(errno.EIO, "the file is shorter than what was written")
            self._hasher.update(block)
            start += len(block)


def _from_file(source: Path, file: BinaryIO, hashing: _Hashing) -> bool:
    """Copy a file inside the system; False where that cannot be done."""
    try:
        with source.open("rb", buffering=0) as stream:
            facts = os.fstat(stream.fileno())
            if not stat.S_ISREG(facts.st_mode) or not facts.st_size:
                return False
            if _shared(stream, file):
                hashing.upto(facts.st_size)
            else:
                for end in _sent(stream, file):
                    hashing.upto(end)
    except OSError as error:
        if error.errno in NO_ROOM:
            raise
        return False  # what is wrong is told by who reads it block by block
    return True


def _shared(stream: BinaryIO, file: BinaryIO) -> bool:
    """Tell whether the disk could share the blocks of a file; small ones are copied."""
    if os.fstat(stream.fileno()).st_size <= BLOCK:
        return False
    try:
        fcntl.ioctl(file.fileno(), FICLONE, stream.fileno())
    except OSError:  # most disks cannot
        return False
    return True


def _sent(stream: BinaryIO, file: BinaryIO) -> Iterator[int]:
    """Copy what is left of `stream`, and yield how far it came."""
    end = 0
    while count := os.sendfile(file.fileno(), stream.fileno(), None, STEP):
        end += count
        yield end


def _write(block: bytes | memoryview, file: BinaryIO) -> None:
    rest = memoryview(block)
    while rest:
        rest = rest[file.write(rest) :]
