"""Bytes on their way to lakeFS: hashed before, so that the digest goes with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lakefs_sdk import ObjectStats

from karat.digest import Hasher, bytes_digest, file_digest
from karat.errors import InputError, RefNotFound
from karat.lake.lakefs_cache import Cache
from karat.lake.lakefs_calls import Calls, drained
from karat.lake.protocol import Source
from karat.lake.source import Buffer, handed_over, plain, source_blocks

META = "x-lakefs-meta-"
SENT = 16_384
"""Bytes handed to the connection at once, as those of a file are: a server on a busy machine took
two to three times as long over 1 MB that came in one go."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is to be sent: bytes, or a file; its digest and size; and who is to be removed."""

    data: bytes | memoryview | Path
    content_hash: str
    size: int
    given: Path | None = None

    @contextmanager
    def body(self) -> Iterator[Iterator[memoryview] | _Hashed]:
        """Give the bytes to be sent: those of a file may have changed, and are hashed again."""
        if not isinstance(self.data, Path):
            data = memoryview(self.data)
            yield (data[at : at + SENT] for at in range(0, self.size, SENT))
            return
        with self.data.open("rb") as stream:
            yield _Hashed(stream, self.size, self.data)


def parcel(data: Source, cache: Cache, *, consume: bool) -> Parcel:
    """Return `data` ready to be sent; a stream is read to its end, into the cache. InputError."""
    given = handed_over(data) if consume else None
    if isinstance(data, Buffer):
        content = plain(data)
        return Parcel(content, bytes_digest(content), len(content))
    if isinstance(data, Path):
        try:
            return Parcel(data, file_digest(data), data.stat().st_size, given)
        except OSError as error:
            raise InputError(f"cannot read {data} to put it into the lake: {error}") from error
    name, size = cache.keep(source_blocks(data))
    return Parcel(cache.file(name), name, size)


def upload(
    calls: Calls, branch: str, path: str, sent: Parcel, kind: str, facts: Mapping[str, str]
) -> ObjectStats:
    """Send a parcel, and return what the server tells of the file; InputError if it changed."""
    headers = {META + key: value for key, value in facts.items()}
    headers |= {
        "Content-Type": kind,
        "Content-Length": str(sent.size),
        "Accept": "application/json",
    }

    def once() -> ObjectStats:
        with sent.body() as body:
            where = f"branches/{branch}/objects"
            answer = calls.send("POST", where, {"path": path}, headers, body)
            told = ObjectStats.from_json(drained(answer).decode())
        if told is None:
            raise TypeError("the answer is null")
        if isinstance(body, _Hashed):
            body.check(sent.content_hash)
        return told

    missing = RefNotFound(f"no branch {branch!r}: it was deleted meanwhile")
    told: ObjectStats = calls.change(f"put {path!r}", once, missing)
    if sent.given is not None:
        sent.given.unlink()
    return told


class _Hashed:
    """A file of `size` bytes on its way, and the digest of what was read of it."""

    def __init__(self, stream: BinaryIO, size: int, file: Path) -> None:
        self._stream, self._left, self._file, self._hasher = stream, size, file, Hasher()

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; InputError at an end that comes too early, for a server waits."""
        block = self._stream.read(self._left if size < 0 else min(size, self._left))
        if not block and self._left:
            raise self._changed()
        self._left -= len(block)
        self._hasher.update(block)
        return block

    def check(self, content_hash: str) -> None:
        """Raise InputError unless what was read has this digest."""
        if self._hasher.hexdigest() != content_hash:
            raise self._changed()

    def _changed(self) -> InputError:
        return InputError(f"{self._file} changed while it was put into the lake: put it again")
