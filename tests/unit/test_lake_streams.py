"""Streams that check what they read: at once, in pieces or by a library, no wrong byte is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.digest import BLOCK, bytes_digest
from karat.errors import CorruptError
from karat.lake.streams import VerifiedFile, verified

SIZES = [0, 1, 8191, 8192, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 5]


def in_pieces(stream: Any) -> bytes:
    return b"".join(iter(lambda: stream.read(1000), b""))


def pieces(stream: BinaryIO, sizes: Sequence[int]) -> bytes:
    """Read so many bytes each time, then the rest."""
    return b"".join([*(stream.read(size) for size in sizes), stream.read()])


READ: dict[str, Callable[[Any], bytes]] = {
    "at once": lambda one: one.read(),
    "in pieces": in_pieces,
}


def data_of(size: int) -> bytes:
    return bytes(n * 7 % 251 for n in range(size))


def opened(path: Path, data: bytes, held: bytes | None = None) -> BinaryIO:
    path.write_bytes(data if held is None else held)
    return verified(path.open("rb"), bytes_digest(data), len(data))


@pytest.mark.parametrize("read", READ)
@pytest.mark.parametrize("size", SIZES)
def test_what_is_read_is_what_was_kept(tmp_path: Path, size: int, read: str) -> None:
    data = data_of(size)
    with opened(tmp_path / "blob", data) as stream:
        assert READ[read](stream) == data
        assert stream.read() == b""
    assert stream.closed


@pytest.mark.parametrize("read", READ)
@pytest.mark.parametrize("size", SIZES[1:])
@pytest.mark.parametrize("at", [0, -1])
def test_another_byte_is_told(tmp_path: Path, size: int, at: int, read: str) -> None:
    data = data_of(size)
    wrong = bytearray(data)
    wrong[at] ^= 1
    with (
        opened(tmp_path / "blob", data, bytes(wrong)) as stream,
        pytest.raises(CorruptError, match="blob does not hold the bytes of its name"),
    ):
        READ[read](stream)


@pytest.mark.parametrize("read", READ)
def test_a_file_cut_off_after_it_was_opened_is_told(tmp_path: Path, read: str) -> None:
    data = data_of(3 * BLOCK)
    with opened(tmp_path / "blob", data) as stream:
        (tmp_path / "blob").write_bytes(data[: 2 * BLOCK])
        with pytest.raises(CorruptError):
            READ[read](stream)


@given(st.lists(st.integers(0, 3000), max_size=6), st.booleans())
def test_any_pieces_and_the_rest_at_once_are_the_whole(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], spoiled: bool
) -> None:
    data = data_of(9000)
    held = data[:-1] + b"!" if spoiled else data
    with opened(tmp_path_factory.mktemp("any") / "blob", data, held) as stream:
        if spoiled:
            with pytest.raises(CorruptError):
                pieces(stream, sizes)
        else:
            assert pieces(stream, sizes) == data


def test_the_rest_is_read_by_one_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    real = VerifiedFile.readinto

    def noted(self: VerifiedFile, buffer: Any) -> int:
        asked.append(len(buffer))
        return real(self, buffer)

    monkeypatch.setattr(VerifiedFile, "readinto", noted)
    data = data_of(3 * BLOCK)
    with opened(tmp_path / "blob", data) as stream:
        assert stream.read() == data
    assert asked == [len(data), 0]
