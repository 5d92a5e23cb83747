"""Bytes as read-only files named by their SHA-256, below ``blobs/<first two digits>/``.

A file appears under its name only when all of it, and its directory, are on the disk: written
under another name, flushed, renamed. What a crash leaves behind lies in ``tmp/``.
"""

from __future__ import annotations

import os
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from karat.digest import Hasher, bytes_digest, file_digest
from karat.errors import CorruptError, ObjectGone
from karat.lake.failures import translated
from karat.lake.protocol import Source
from karat.lake.source import plain, source_blocks
from karat.lake.streams import verified


class FileBlobs:
    """Content-addressed files in `root`."""

    def __init__(self, root: Path) -> None:
        self._root, self._blobs, self._tmp = root, root / "blobs", root / "tmp"

    def make_folders(self) -> None:
        """Make the directories that are missing."""
        for folder in (self._blobs, self._tmp):
            folder.mkdir(parents=True, exist_ok=True)

    def is_empty(self) -> bool:
        """Tell that nothing was ever put."""
        with translated(self._root):
            return next(self._blobs.iterdir(), None) is None

    def put(self, data: Source) -> tuple[str, int]:
        """Keep the bytes; hashed while they are copied, on the disk when this returns."""
        with translated(self._root):
            if isinstance(data, bytes | bytearray | memoryview):
                data = plain(data)
                name = bytes_digest(data)
                if self._holds(name):
                    self._flush(name)
                    return name, len(data)
            return self._write(data)

    def open(self, content_hash: str, size: int) -> BinaryIO:
        """Return a stream that checks itself."""
        with translated(self._root):
            try:
                file = self._file(content_hash).open("rb", buffering=0)
            except FileNotFoundError:
                raise self._gone(content_hash) from None
            return verified(file, content_hash, size)

    def path(self, content_hash: str, *, verify: bool) -> Path:
        """Return the file itself."""
        path = self._file(content_hash)
        with translated(self._root):
            if not path.is_file():
                raise self._gone(content_hash)
            if verify and file_digest(path) != content_hash:
                raise CorruptError(f"{path} does not hold the bytes of its name: restore it")
        return path

    def _holds(self, name: str) -> bool:
        path = self._file(name)
        return path.is_file() and file_digest(path) == name

    def _write(self, data: Source) -> tuple[str, int]:
        temporary = self._tmp / token_hex(16)  # named first: an interrupt must find it below
        try:
            with temporary.open("xb", buffering=0) as file:
                name, size = _copy(data, file)
                os.fchmod(file.fileno(), 0o444)
                os.fsync(file.fileno())
            self._publish(temporary, name)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        return name, size

    def _publish(self, temporary: Path, name: str) -> None:
        target = self._file(name)
        if not target.parent.is_dir():
            target.parent.mkdir(exist_ok=True)
            _sync(self._blobs)
        temporary.replace(target)
        _sync(target.parent)

    def _flush(self, name: str) -> None:
        """Flush the directories: who put the file may have been killed before."""
        _sync(self._blobs)
        _sync(self._file(name).parent)

    def _file(self, name: str) -> Path:
        return self._blobs / name[:2] / name

    def _gone(self, name: str) -> ObjectGone:
        return ObjectGone(f"{self._file(name)} is named by a commit and missing: restore it")


def _copy(data: Source, file: BinaryIO) -> tuple[str, int]:
    hasher, size = Hasher(), 0
    for block in source_blocks(data):
        hasher.update(block)
        rest = memoryview(block)
        while rest:
            rest = rest[file.write(rest) :]
        size += len(block)
    return hasher.hexdigest(), size


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
