"""Bytes that go into a lake: whatever they come from, whatever stops them half-way."""

import io
import os
import resource
import stat
import threading
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from karat.digest import BLOCK, bytes_digest
from karat.errors import CorruptError, InputError, LakeUnusable, ObjectGone
from karat.lake.blobs import FileBlobs
from karat.lake.memory import MemoryBlobs
from karat.lake.protocol import Source
from karat.lake.source import source_blocks

LARGE = bytes(range(251)) * 20_000


@pytest.fixture
def blobs(tmp_path: Path) -> FileBlobs:
    made = FileBlobs(tmp_path)
    made.make_folders()
    return made


def held(root: Path) -> dict[str, bytes]:
    """Return every file below the root, by name."""
    return {path.name: path.read_bytes() for path in root.rglob("*") if path.is_file()}


class Stream(io.RawIOBase):
    """Gives what it is told to give, piece by piece; raises what is an error. Cannot seek."""

    def __init__(self, *pieces: object) -> None:
        self._pieces = iter(pieces)

    def read(self, size: int = -1) -> bytes:
        del size
        piece = next(self._pieces, b"")
        if isinstance(piece, BaseException):
            raise piece
        return cast("bytes", piece)

    def seekable(self) -> bool:
        return False


def stream(*pieces: object) -> BinaryIO:
    return cast("BinaryIO", Stream(*pieces))


class Broken(io.FileIO):
    """A file on a disk that fails."""

    def readinto(self, buffer: object) -> int:
        raise OSError(5, "Input/output error", str(buffer))


def closed() -> BinaryIO:
    found = io.BytesIO(b"abc")
    found.close()
    return found


SOURCES = {
    "bytes": (LARGE, LARGE),
    "nothing": (b"", b""),
    "no numbers": (memoryview(array("d")), b""),
    "numbers": (memoryview(array("i", range(5))), array("i", range(5)).tobytes()),
    "every second byte": (memoryview(b"abcdef")[::2], b"ace"),
    "a table": (memoryview(bytes(12)).cast("B", (3, 4)), bytes(12)),
    "uneven pieces": (stream(b"a", bytearray(b"bc"), memoryview(b"def")), b"abcdef"),
    "an empty stream": (stream(), b""),
}


@pytest.mark.parametrize("what", SOURCES)
def test_any_source_is_kept_as_its_bytes(blobs: FileBlobs, tmp_path: Path, what: str) -> None:
    source, content = SOURCES[what]
    if isinstance(source, io.IOBase):
        expected = bytes_digest(content), len(content)
        assert blobs.put(cast("BinaryIO", source)) == expected
    else:
        name = bytes_digest(content)
        assert blobs.put(cast("Source", source)) == (name, len(content))
        assert MemoryBlobs().put(cast("Source", source)) == (name, len(content))
    assert held(tmp_path) == {bytes_digest(content): content}
    with blobs.open(bytes_digest(content), len(content)) as found:
        assert found.read() == content


WRONG: dict[str, Callable[[], object]] = {
    "a closed stream": closed,
    "a stream of text": lambda: io.StringIO("abc"),
    "an empty stream of text": lambda: io.StringIO(""),
    "a stream that is not ready": lambda: stream(b"a", None, b"b"),
    "a disk that breaks": lambda: stream(b"a", OSError(5, "Input/output error")),
    "a folder": lambda: Path("/"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_cannot_be_read_is_told_and_leaves_nothing(
    blobs: FileBlobs, tmp_path: Path, what: str
) -> None:
    for place in (blobs, MemoryBlobs()):
        with pytest.raises(InputError, match="cannot read"):
            place.put(cast("Source", WRONG[what]()))
    assert held(tmp_path) == {}


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("mine"), CorruptError("x")])
def test_an_interrupted_put_leaves_nothing_and_says_why(
    blobs: FileBlobs, tmp_path: Path, error: BaseException
) -> None:
    with pytest.raises(type(error)):
        blobs.put(stream(LARGE, error))
    assert held(tmp_path) == {}
    assert blobs.put(LARGE)


def test_equal_bytes_are_one_file_that_nobody_may_write(blobs: FileBlobs, tmp_path: Path) -> None:
    file = tmp_path / "source"
    file.write_bytes(LARGE)
    names = {blobs.put(data)[0] for data in (LARGE, bytearray(LARGE), file, io.BytesIO(LARGE))}
    file.unlink()
    assert held(tmp_path) == {names.pop(): LARGE}
    path = blobs.path(bytes_digest(LARGE), verify=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o444
    assert not names


def test_bytes_of_one_source_are_read_in_blocks() -> None:
    sizes = [len(block) for block in source_blocks(io.BytesIO(bytes(2 * BLOCK + 1)))]
    assert sizes == [BLOCK, BLOCK, 1]


def test_a_file_that_vanished_is_gone(blobs: FileBlobs) -> None:
    name, size = blobs.put(b"abc")
    blobs.path(name, verify=False).unlink()
    with pytest.raises(ObjectGone, match=name):
        blobs.open(name, size)
    with pytest.raises(ObjectGone, match=name):
        blobs.path(name, verify=True)
    assert blobs.put(b"abc") == (name, size)
    assert blobs.path(name, verify=True).read_bytes() == b"abc"


def test_a_file_cut_while_it_is_read_is_corrupt(blobs: FileBlobs) -> None:
    name, size = blobs.put(LARGE)
    with blobs.open(name, size) as found:
        assert found.read(10) == LARGE[:10]
        path = blobs.path(name, verify=False)
        path.chmod(0o644)
        os.truncate(path, BLOCK + 3)
        with pytest.raises(CorruptError):
            found.read()


def test_a_disk_that_breaks_under_a_reader_is_told(
    blobs: FileBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, size = blobs.put(LARGE)
    with blobs.open(name, size) as found:
        inner = found.raw._file  # type: ignore[attr-defined]
        monkeypatch.setattr(found.raw, "_file", Broken(inner.fileno(), closefd=False))  # type: ignore[attr-defined]
        with pytest.raises(LakeUnusable, match="Input/output error"):
            found.read()
        inner.close()


@contextmanager
def no_file_over(size: int) -> Iterator[None]:
    """Let no file of this process grow above `size` bytes, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_without_room_leaves_nothing(blobs: FileBlobs, tmp_path: Path) -> None:
    with no_file_over(100_000), pytest.raises(LakeUnusable, match="too large"):
        blobs.put(LARGE)
    assert held(tmp_path) == {}
    assert blobs.put(LARGE)


def test_the_next_put_of_a_file_not_flushed_flushes_it(
    blobs: FileBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever was killed between the rename and the flush leaves a name that a power cut takes."""
    name, _ = blobs.put(b"abc")
    folders: list[str] = []
    flush = os.fsync

    def noted(handle: int) -> None:
        folders.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        flush(handle)

    monkeypatch.setattr(os, "fsync", noted)
    blobs.put(b"abc")
    assert folders == ["blobs", name[:2]]


def test_a_file_handed_over_is_linked_and_not_copied(blobs: FileBlobs, tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.write_bytes(LARGE)
    inode = given.stat().st_ino
    name, size = blobs.put(given, consume=True)
    kept = blobs.path(name, verify=True)
    assert (kept.stat().st_ino, kept.stat().st_nlink, size) == (inode, 1, len(LARGE))
    assert held(tmp_path) == {name: LARGE}
    given.write_bytes(LARGE)
    assert blobs.put(given, consume=True) == (name, size), "what is there already is gone too"
    assert held(tmp_path) == {name: LARGE}


def test_a_file_that_has_another_name_is_copied(blobs: FileBlobs, tmp_path: Path) -> None:
    given, other = tmp_path / "given", tmp_path / "other"
    given.write_bytes(LARGE)
    other.hardlink_to(given)
    name, _ = blobs.put(given, consume=True)
    other.write_bytes(b"changed through its other name")
    assert blobs.path(name, verify=True).read_bytes() == LARGE
    assert not given.exists()


@pytest.mark.parametrize("call", ["link", "fsync", "replace"])
def test_a_file_that_could_not_be_taken_is_left(
    blobs: FileBlobs, tmp_path: Path, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = tmp_path / "given"
    given.write_bytes(LARGE)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, full)
    if call == "link":  # as on another disk: copied
        name, _ = blobs.put(given, consume=True)
        assert held(tmp_path) == {name: LARGE}
    else:
        with pytest.raises(LakeUnusable, match="free some space"):
            blobs.put(given, consume=True)
        assert given.read_bytes() == LARGE
        assert set(held(tmp_path).values()) == {LARGE}


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 20 * BLOCK + 7])
def test_a_copy_of_any_size_is_named_as_sha256sum_names_it(
    blobs: FileBlobs, tmp_path: Path, size: int
) -> None:
    content = os.urandom(size)
    (tmp_path / "file").write_bytes(content)
    for data in (content, tmp_path / "file", io.BytesIO(content)):
        assert blobs.put(data) == (bytes_digest(content), size)
    assert blobs.path(bytes_digest(content), verify=False).read_bytes() == content


def test_a_source_that_fails_late_leaves_no_thread(blobs: FileBlobs) -> None:
    before = threading.active_count()
    with pytest.raises(InputError):
        blobs.put(stream(*[LARGE] * 30, OSError(5, "Input/output error")))
    assert threading.active_count() == before
