"""Names of bytes and of results."""

import hashlib
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.digest import Hasher, bytes_digest, digest, file_digest, framed, joined_digest

parts = st.lists(st.one_of(st.text(), st.binary(), st.integers()), max_size=4)


def plain(domain: str, *of: str | bytes | int) -> str:
    """Return what the docstring says, written out."""
    text = b""
    for part in (domain, *of):
        kind = b"b" if isinstance(part, bytes) else b"s" if isinstance(part, str) else b"i"
        data = part if isinstance(part, bytes) else str(part).encode()
        text += kind + len(data).to_bytes(8, "little") + data
    return hashlib.sha256(text).hexdigest()


@given(st.text(), parts)
def test_a_name_is_what_it_says(domain: str, of: list[Any]) -> None:
    assert digest(domain, *of) == plain(domain, *of)


@given(parts, parts)
def test_two_lists_of_parts_have_two_names(one: list[Any], other: list[Any]) -> None:
    alike = [(type(p), p) for p in one] == [(type(p), p) for p in other]
    assert (digest("x", *one) == digest("x", *other)) == alike


@pytest.mark.parametrize("part", [1.5, None, bytearray(b"x"), ("a",)])
def test_what_has_no_one_spelling_has_no_name(part: Any) -> None:
    with pytest.raises(TypeError, match=type(part).__name__):
        digest("x", part)


@given(st.lists(st.binary(), max_size=5))
def test_pieces_make_the_whole(pieces: list[bytes]) -> None:
    hasher = Hasher()
    for piece in pieces:
        hasher.update(piece)
    assert hasher.hexdigest() == bytes_digest(b"".join(pieces))


def test_a_file_has_the_name_that_sha256sum_prints(tmp_path: Path) -> None:
    path = tmp_path / "some"
    path.write_bytes(b"lots\n" * 300_000)
    printed = subprocess.run(["sha256sum", path], capture_output=True, text=True, check=True)
    assert file_digest(path) == printed.stdout.split()[0] == bytes_digest(path.read_bytes())


@given(st.lists(st.text(max_size=140) | st.integers() | st.binary(max_size=9)))
def test_parts_that_were_framed_give_the_same_name(parts: list[str | int | bytes]) -> None:
    for cut in range(len(parts) + 1):
        joined = joined_digest("node/1", framed(*parts[:cut]), framed(*parts[cut:]))
        assert joined == digest("node/1", *parts)
