"""What may be a path, a name, metadata."""
# ruff: noqa: S101, D102, PT012 - asserts are the point, and a case's name is its sentence

from __future__ import annotations

import pytest

from karat.errors import InputError, InvalidPath, InvalidRef
from karat.lake.protocol import Lake

BAD_PATHS = {
    "empty": "",
    "absolute": "/a",
    "trailing-slash": "a/",
    "empty-segment": "a//b",
    "dot": ".",
    "dot-inside": "a/./b",
    "up": "..",
    "up-inside": "a/../b",
    "backslash": "a\\b",
    "newline": "a\nb",
    "trailing-newline": "a\n",
    "nul": "a\0b",
    "delete": "a\x7fb",
    "c1-control": "a\x85b",
    "line-separator": "a\u2028b",
    "surrogate": "a\ud800b",
    "not-nfc": "e\u0301",
    "reserved": "_lakefs_actions/x",
    "too-long": "a" * 1025,
    "too-long-in-bytes": "é" * 513,
}
BAD_BRANCHES = {
    "empty": "",
    "slash": "wap/run",
    "dot": "v1.0",
    "dash-first": "-x",
    "hex": "deadbeef",
    "digits": "2024",
    "trailing-newline": "work\n",
    "not-ascii": "wörk",
    "arabic-digit": "work\u0661",
    "expression": "main~1",
    "too-long": "x" * 256,
}
BAD_TAGS = {
    "slash": "v/1",
    "two-dots": "v1..2",
    "dot-last": "v1.",
    "lock": "v1.lock",
    "at": "@",
    "space": "v 1",
    "hex": "abc123",
    "commit": "a" * 64,
}
BAD_REFS = {
    "parent": "main^",
    "ancestor": "main~2",
    "upstream": "main@{1}",
    "range": "main..work",
    "pathspec": "main:a",
    "short-commit": "0123abcd",
}


def cases(values: dict[str, str]) -> pytest.MarkDecorator:
    """Return the parametrization of ``value``, each case under its name."""
    return pytest.mark.parametrize("value", list(values.values()), ids=list(values))


class NameRules:
    """Checked before anything is touched."""

    @cases(BAD_PATHS)
    def test_bad_path_is_refused(self, lake: Lake, value: str) -> None:
        with lake.session("main") as session, pytest.raises(InvalidPath):
            session.put(value, b"")
        with pytest.raises(InvalidPath):
            lake.stat("main", value)

    @pytest.mark.parametrize("path", ["a", "a b/c", "é/ü.parquet", "a.", "..a", "x" * 1024])
    def test_good_path_is_taken(self, lake: Lake, path: str) -> None:
        with lake.session("main") as session:
            session.put(path, b"1")
            assert lake.stat(session.commit("one"), path).path == path

    @pytest.mark.parametrize("prefix", ["/", "a//", "../", "a/./", "a\\", "a\n"])
    def test_bad_prefix_is_refused(self, lake: Lake, prefix: str) -> None:
        with pytest.raises(InvalidPath):
            lake.list("main", prefix)
        with pytest.raises(InvalidPath):
            lake.diff("main", "main", prefix)

    @cases(BAD_BRANCHES)
    def test_bad_branch_is_refused(self, lake: Lake, value: str) -> None:
        with pytest.raises(InvalidRef):
            lake.create_branch(value, "main")
        with pytest.raises(InvalidRef):
            lake.session("main", branch=value)

    @cases(BAD_TAGS)
    def test_bad_tag_is_refused(self, lake: Lake, value: str) -> None:
        with pytest.raises(InvalidRef):
            lake.create_tag(value, "main")

    @cases(BAD_REFS)
    def test_ref_expression_is_refused(self, lake: Lake, value: str) -> None:
        with pytest.raises(InvalidRef):
            lake.resolve(value)

    @pytest.mark.parametrize("key", ["", "A", "a_b", "é", "a\n"])
    def test_bad_object_metadata_key_is_refused(self, lake: Lake, key: str) -> None:
        with lake.session("main") as session, pytest.raises(InputError):
            session.put("a", b"", metadata={key: "x"})

    def test_control_character_in_object_metadata_is_refused(self, lake: Lake) -> None:
        with lake.session("main") as session, pytest.raises(InputError):
            session.put("a", b"", metadata={"a": "x\r\ny"})

    def test_bad_commit_metadata_is_refused_and_nothing_moves(self, lake: Lake) -> None:
        head = lake.head("main")
        with pytest.raises(InputError), lake.session("main", branch="work") as session:
            session.put("a", b"")
            session.commit("one", {"": "x"})
        assert lake.head("work") == head
