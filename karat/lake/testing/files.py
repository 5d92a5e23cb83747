"""Reading files and listing them."""
# ruff: noqa: S101, D102, PLR2004 - asserts are the point, and a case's name is its sentence

from __future__ import annotations

import os

import pytest

from karat.digest import file_digest
from karat.errors import InputError, ObjectNotFound, RefNotFound
from karat.lake.protocol import Lake, ObjectInfo, Prefix
from karat.lake.testing.writing import paths, read, write

LAYOUT = ("a", "a-b", "a.b/x", "a/b", "a/c/d", "a/c/e", "ab", "é/x", "z")


class FileRules:
    """What a commit holds."""

    def test_stream_can_be_sought_in(self, lake: Lake) -> None:
        commit = write(lake, "work", {"a": b"0123456789"})
        with lake.open(commit, "a") as stream:
            assert stream.seek(-4, os.SEEK_END) == 6
            assert stream.read(2) == b"67"
            assert stream.seek(0) == 0
            assert stream.read() == b"0123456789"
            assert stream.read() == b""

    def test_local_path_is_a_read_only_file_of_the_bytes(self, lake: Lake) -> None:
        commit = write(lake, "work", {"a": b"1" * 5000})
        path = lake.local_path(commit, "a")
        assert path.read_bytes() == b"1" * 5000
        assert path.stat().st_mode & 0o222 == 0
        assert path == lake.local_path(commit, "a", verify=False)

    def test_content_hash_is_that_of_sha256sum(self, lake: Lake) -> None:
        commit = write(lake, "work", {"a": b"abc"})
        expected = file_digest(lake.local_path(commit, "a"))
        assert lake.stat(commit, "a").content_hash == expected

    def test_missing_file(self, lake: Lake) -> None:
        write(lake, "work", {"a/b": b"1"})
        for path in ("a", "a/b/c", "b", "ax"):
            for ask in (lake.stat, lake.open, lake.local_path):
                with pytest.raises(ObjectNotFound):
                    ask("work", path)

    def test_missing_ref(self, lake: Lake) -> None:
        for ask in (lake.stat, lake.open, lake.local_path, lake.list):
            with pytest.raises(RefNotFound):
                ask("gone", "a")

    def test_old_commits_never_change(self, lake: Lake) -> None:
        first = write(lake, "work", {"a": b"1", "b": b"1"})
        write(lake, "work", {"a": b"2", "b": None})
        assert (read(lake, first, "a"), read(lake, "work", "a")) == (b"1", b"2")
        assert (paths(lake, first), paths(lake, "work")) == (["a", "b"], ["a"])

    def test_list_is_in_the_order_of_bytes(self, lake: Lake) -> None:
        write(lake, "work", dict.fromkeys(LAYOUT, b"1"))
        expected = sorted(LAYOUT, key=str.encode)
        assert paths(lake, "work") == expected

    @pytest.mark.parametrize("prefix", ["a", "a/", "a/c", "a/c/", "a/c/e", "x", "a.b/x", ".", ""])
    def test_list_below_a_prefix(self, lake: Lake, prefix: str) -> None:
        write(lake, "work", dict.fromkeys(LAYOUT, b"1"))
        expected = [path for path in LAYOUT if path.startswith(prefix)]
        assert sorted(paths(lake, "work", prefix)) == sorted(expected)

    def test_list_with_a_delimiter_shows_each_prefix_once(self, lake: Lake) -> None:
        write(lake, "work", dict.fromkeys(LAYOUT, b"1"))
        seen = list(lake.list("work", "a", delimiter="/"))
        assert [entry.path for entry in seen] == ["a", "a-b", "a.b/", "a/", "ab"]
        assert [type(entry) for entry in seen] == [
            ObjectInfo,
            ObjectInfo,
            Prefix,
            Prefix,
            ObjectInfo,
        ]
        inside = [entry.path for entry in lake.list("work", "a/", delimiter="/")]
        assert inside == ["a/b", "a/c/"]

    def test_empty_delimiter_is_refused(self, lake: Lake) -> None:
        with pytest.raises(InputError):
            lake.list("main", delimiter="")

    def test_listing_is_of_one_commit(self, lake: Lake) -> None:
        write(lake, "work", dict.fromkeys(LAYOUT, b"1"))
        listing = lake.list("work")
        write(lake, "work", {"a": None, "zz": b"1"})
        assert len(list(listing)) == len(LAYOUT)

    def test_file_and_directory_of_one_name(self, lake: Lake) -> None:
        write(lake, "work", {"a/b": b"1", "a": b"2"})
        write(lake, "work", {"a": None})
        assert read(lake, "work", "a/b") == b"1"

    def test_same_files_have_the_same_tree_id_however_made(self, lake: Lake) -> None:
        one = write(lake, "one", {"a/b": b"1", "c": b"2"})
        write(lake, "two", {"c": b"2", "d/e": b"3"})
        two = write(lake, "two", {"a/b": b"1", "d/e": None})
        assert lake.commit_info(one).tree_id == lake.commit_info(two).tree_id
        assert lake.commit_info(one).tree_id != lake.commit_info("main").tree_id

    def test_deep_paths(self, lake: Lake) -> None:
        path = "/".join("a" * 400)
        commit = write(lake, "work", {path: b"1"})
        assert paths(lake, commit) == [path]
        assert [change.path for change in lake.diff("main", commit)] == [path]
