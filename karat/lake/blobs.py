"""Bytes as read-only files named by their SHA-256, below ``blobs/<first two digits>/``.

A file appears under its name only when all of it, and its directory, are on the disk: written
under another name, flushed, renamed. What a crash leaves behind lies in ``tmp/``.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from karat.digest import bytes_digest, file_digest
from karat.errors import CorruptError, InputError, ObjectGone
from karat.lake.copying import flushed, kept
from karat.lake.failures import translated
from karat.lake.gate import Gate
from karat.lake.pins import Pin, Pins
from karat.lake.protocol import Source
from karat.lake.source import handed_over, plain
from karat.lake.streams import verified


class FileBlobs:
    """Content-addressed files in `root`."""

    def __init__(self, root: Path) -> None:
        self._root, self._blobs, self._tmp = root, root / "blobs", root / "tmp"
        self.gate = Gate(self._blobs)
        self.pins = Pins(root / "pins", self.gate)

    @property
    def root(self) -> Path:
        """The directory of the lake."""
        return self._root

    def make_folders(self) -> None:
        """Make the directories that are missing."""
        for folder in (self._blobs, self._tmp, self._root / "pins"):
            folder.mkdir(parents=True, exist_ok=True)

    def is_empty(self) -> bool:
        """Tell that nothing was ever put."""
        with translated(self._root):
            return next(self._blobs.iterdir(), None) is None

    def staging(self, branch: str) -> FileStaging:
        """Begin to put bytes that only the session on `branch` knows of."""
        with translated(self._root):
            return FileStaging(self, self.pins.hold(branch))

    def put(
        self, data: Source, *, consume: bool = False, pin: Pin | None = None
    ) -> tuple[str, int]:
        """Keep the bytes; hashed while they are copied, on the disk when this returns."""
        with translated(self._root):
            if consume:
                return self._take(handed_over(data), pin)
            if isinstance(data, bytes | bytearray | memoryview):
                data = plain(data)
                return self._keep(data, bytes_digest(data), pin)
            return self._write(data, None, pin)

    def open(self, content_hash: str, size: int) -> BinaryIO:
        """Return a stream that checks itself."""
        with translated(self._root):
            try:
                file = self.file(content_hash).open("rb", buffering=0)
            except FileNotFoundError:
                raise self._gone(content_hash) from None
            return verified(file, content_hash, size)

    def path(self, content_hash: str, *, verify: bool) -> Path:
        """Return the file itself."""
        path = self.file(content_hash)
        with translated(self._root):
            if not path.is_file():
                raise self._gone(content_hash)
            if verify and file_digest(path) != content_hash:
                raise CorruptError(f"{path} does not hold the bytes of its name: restore it")
        return path

    def file(self, name: str) -> Path:
        """Return where a blob lies, or would."""
        return self._blobs / name[:2] / name

    def files(self) -> Iterator[Path]:
        """Yield the files of all blobs."""
        for folder in sorted(self._blobs.iterdir()):
            yield from sorted(folder.iterdir()) if folder.is_dir() else ()

    def temporary_files(self) -> list[Path]:
        """Return the files that writers have begun, those of dead ones too."""
        return sorted(self._tmp.iterdir())

    def quarantine(self, name: str) -> bool:
        """Move a damaged blob out of the way; tell whether there was one to move."""
        folder = self._root / "quarantine"
        folder.mkdir(exist_ok=True)
        try:
            self.file(name).rename(folder / f"{name}-{token_hex(4)}")
        except FileNotFoundError:
            return False
        sync(folder)
        sync(self.file(name).parent)
        return True

    def _keep(self, data: bytes | memoryview, name: str, pin: Pin | None) -> tuple[str, int]:
        with self.gate.shared():
            if pin is not None:
                pin.add(name)
            if self._holds(name):
                self._flush(name)
                return name, len(data)
        return self._write(data, name, pin)

    def _holds(self, name: str) -> bool:
        """Tell whether the blob is there and whole; who collects sees that it is wanted again."""
        path = self.file(name)
        if not path.is_file() or file_digest(path) != name:
            return False
        try:
            os.utime(path)
        except PermissionError:  # another user's: bring our own
            return False
        return True

    def _write(self, data: Source, name: str | None, pin: Pin | None) -> tuple[str, int]:
        temporary = self._tmp / token_hex(16)  # named first: an interrupt must find it below
        try:
            with temporary.open("x+b", buffering=0) as file:
                fcntl.flock(file, fcntl.LOCK_SH)  # whoever collects sees that it is being written
                os.fchmod(file.fileno(), 0o444)
                name, size = kept(data, file, name)
                self._publish(temporary, name, pin)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        return name, size

    def _take(self, path: Path, pin: Pin | None) -> tuple[str, int]:
        """Keep a file that was handed over: under a second name first, then under that alone."""
        temporary = self._tmp / token_hex(16)
        try:
            name, size = self._link(path, temporary)
        except OSError:  # on another disk, or not ours to link
            name, size = self._write(path, None, pin)
        else:
            try:
                self._publish(temporary, name, pin)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
        path.unlink()
        return name, size

    def _link(self, path: Path, temporary: Path) -> tuple[str, int]:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_nlink > 1:
                raise OSError(f"{path} has another name, under which it may be changed")
            os.fchmod(file.fileno(), 0o444)
            os.link(path, temporary)
            try:
                return flushed(file)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise

    def _publish(self, temporary: Path, name: str, pin: Pin | None) -> None:
        target = self.file(name)
        with self.gate.shared():
            if pin is not None:
                pin.add(name)
            if not target.parent.is_dir():
                target.parent.mkdir(exist_ok=True)
                sync(self._blobs)
            temporary.replace(target)
            sync(target.parent)

    def _flush(self, name: str) -> None:
        """Flush the directories: who put the file may have been killed before."""
        sync(self._blobs)
        sync(self.file(name).parent)

    def _gone(self, name: str) -> ObjectGone:
        return ObjectGone(f"{self.file(name)} is named by a commit and missing: restore it")


class FileStaging:
    """Bytes put by one session, held by `pin` until it is closed."""

    def __init__(self, blobs: FileBlobs, pin: Pin) -> None:
        self._blobs, self._pin = blobs, pin

    def put(self, data: Source, *, consume: bool = False) -> tuple[str, int]:
        """Keep the bytes and return their digest and their count."""
        return self._blobs.put(data, consume=consume, pin=self._pin)

    def close(self) -> None:
        """Let what was put and not committed be collected."""
        with translated(self._blobs.root):
            self._pin.close()


class ClosedBlobs(FileBlobs):
    """The files of a lake that may only be read."""

    def staging(self, branch: str) -> FileStaging:
        """Refuse."""
        raise InputError(
            f"no session on {branch!r}: the lake at {self._root} was opened to be read only"
        )


def sync(folder: Path) -> None:
    """Have the names in `folder` on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
