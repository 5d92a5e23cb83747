"""Names for bytes: SHA-256, the same that `sha256sum` prints; all but what one machine caches.

Two kinds of name. `bytes_digest` and `file_digest` name content as it lies. `digest` names a
*result by its inputs*: a domain such as ``"state/1"`` and parts, each length-prefixed, so that
no two lists of parts give the same bytes.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

Part = str | bytes | memoryview | int
BLOCK = 1 << 20
SHORT = 4096
"""Bytes up to which a part is copied behind its length: one call more takes longer."""

_TEXTS = [b"s" + size.to_bytes(8, "little") for size in range(129)]
"""What stands before a short text, by its length: to make it takes longer than to hash it."""

_STARTS = [one.decode() for one in _TEXTS[:128]]
"""The same as text, where it is ASCII: many texts are put together so, and encoded once."""


class Hasher:
    """SHA-256 of bytes that arrive in pieces.

    >>> h = Hasher(); h.update(b"a"); h.update(b"b"); h.hexdigest() == bytes_digest(b"ab")
    True
    """

    def __init__(self) -> None:
        self._sha = hashlib.sha256()

    def update(self, data: bytes | memoryview) -> None:
        """Add the next bytes."""
        self._sha.update(data)

    def hexdigest(self) -> str:
        """Return the 64 hex digits of all bytes so far."""
        return self._sha.hexdigest()


def bytes_digest(data: bytes | memoryview) -> str:
    """Return the 64 hex digits of the SHA-256 of `data`."""
    return hashlib.sha256(data).hexdigest()


def file_digest(path: Path) -> str:
    """Return the 64 hex digits of the SHA-256 of a file, read in blocks of 1 MiB."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def quick_digest(data: bytes | memoryview) -> str:
    """Return the 64 hex digits of the BLAKE3 of `data`: five times as quick as SHA-256.

    It names nothing: it is for files that one machine makes, keeps and looks at again and again.
    """
    from blake3 import blake3

    return blake3(data).hexdigest()


def digest(domain: str, *parts: Part) -> str:
    """Return the name of what `domain` makes of `parts`: 64 hex digits.

    Each part is its kind (one byte), its length (8 bytes, little-endian) and its bytes; integers
    are their decimal text, and memory is hashed where it lies.

    >>> digest("node/1", "ab", "c") == digest("node/1", "a", "bc")
    False
    >>> digest("node/1", 1) == digest("node/1", "1")
    False
    """
    return digest_of(domain, parts)


def digest_of(domain: str, parts: Iterable[Part]) -> str:
    """Return the `digest` of parts that come one by one: each is hashed before the next is asked.

    >>> digest_of("node/1", iter(["ab", "c"])) == digest("node/1", "ab", "c")
    True
    """
    sha = hashlib.sha256(_head(b"s", domain.encode()))
    for part in parts:
        if type(part) is str and len(part) < len(_TEXTS) and part.isascii():
            sha.update(_TEXTS[len(part)] + part.encode())
            continue
        kind, data = _bytes(part)
        if len(data) > SHORT:
            sha.update(_head(kind, b"", len(data)))
            sha.update(data)
        else:
            sha.update(_head(kind, data))
    return sha.hexdigest()


def framed(*parts: Part) -> bytes:
    """Return short parts as `digest` takes them in, to be joined for many names that share some.

    >>> joined_digest("node/1", framed("ab", 1), framed("c")) == digest("node/1", "ab", 1, "c")
    True
    """
    return b"".join([
        _TEXTS[len(part)] + part.encode()
        if type(part) is str and len(part) < len(_TEXTS) and part.isascii()
        else _head(*_bytes(part))
        for part in parts
    ])  # fmt: skip


def framed_texts(texts: Iterable[str]) -> list[bytes]:
    """Return each text `framed` by itself.

    >>> framed_texts(["a", "é"]) == [framed("a"), framed("é")]
    True
    """
    return [
        _TEXTS[len(text)] + text.encode()
        if len(text) < len(_TEXTS) and text.isascii()
        else _head(*_bytes(text))
        for text in texts
    ]


def framed_together(texts: Sequence[str]) -> bytes:
    """Return all texts `framed`, one after the other.

    >>> framed_together(["a", "é"]) == framed("a", "é") and framed_together([]) == b""
    True
    """
    if max(map(len, texts), default=0) >= len(_STARTS) or not "".join(texts).isascii():
        return framed(*texts)
    return "".join([_STARTS[len(text)] + text for text in texts]).encode()


def joined_digest(domain: str, *frames: bytes) -> str:
    """Return the `digest` of all parts that were `framed`."""
    return bytes_digest(_head(b"s", domain.encode()) + b"".join(frames))


def joined_digests(domain: str, rows: Iterable[Iterable[bytes]]) -> list[str]:
    """Return the `joined_digest` of each row of frames.

    >>> joined_digests("node/1", [[framed("a"), framed(1)]]) == [digest("node/1", "a", 1)]
    True
    """
    head = _head(b"s", domain.encode())
    return [hashlib.sha256(b"".join((head, *row))).hexdigest() for row in rows]


def crc32(data: bytes) -> int:
    """Return the CRC-32 of `data` (ISO 3309, as in gzip): a venue's checksum, never a name.

    >>> crc32(b"123456789") == 0xCBF43926
    True
    """
    return zlib.crc32(data)


def _head(kind: bytes, data: bytes | memoryview, size: int | None = None) -> bytes:
    """Return a part's kind, its length, and `data`, which is all of it unless `size` is said."""
    return kind + (len(data) if size is None else size).to_bytes(8, "little") + data


def _bytes(part: Part) -> tuple[bytes, bytes | memoryview]:
    if isinstance(part, str):
        return b"s", part.encode()
    if isinstance(part, bytes):
        return b"b", part
    if isinstance(part, memoryview):
        return b"b", part.cast("B") if part.nbytes else b""
    if isinstance(part, int):
        return b"i", str(part).encode()
    raise TypeError(f"a digest is of text, bytes and integers, not of {type(part).__name__}")
