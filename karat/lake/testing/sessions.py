"""Writing on private branches."""
# ruff: noqa: S101, D102, PT012 - asserts are the point, and a case's name is its sentence

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest

from karat.digest import bytes_digest
from karat.errors import (
    HeadMoved,
    InputError,
    NothingToCommit,
    ObjectExists,
    ObjectNotFound,
    RefNotFound,
)
from karat.lake.protocol import Lake, Source
from karat.lake.testing.writing import paths, read, write

MEGABYTES = bytes(range(256)) * (9 << 10)


class Stop(Exception):  # noqa: N818 - no error of ours
    """Something went wrong in a session."""


class SessionRules:
    """Stage, commit, discard."""

    def test_put_tells_what_was_put(self, lake: Lake) -> None:
        with lake.session("main") as session:
            info = session.put("a", b"abc", metadata={"k": "v"}, content_type="text/plain")
            assert lake.stat(session.commit("one"), "a") == info
        assert (info.size, info.content_hash) == (3, bytes_digest(b"abc"))
        assert (info.metadata, info.content_type) == ({"k": "v"}, "text/plain")

    @pytest.mark.parametrize("data", [b"", b"x", MEGABYTES], ids=["empty", "byte", "megabytes"])
    @pytest.mark.parametrize("kind", ["bytes", "bytearray", "memoryview", "path", "stream"])
    def test_every_source_gives_the_same(
        self, lake: Lake, tmp_path: Path, kind: str, data: bytes
    ) -> None:
        file = tmp_path / "source"
        file.write_bytes(data)
        sources: dict[str, Source] = {"bytes": data, "path": file, "stream": BytesIO(data)}
        sources |= {"bytearray": bytearray(data), "memoryview": memoryview(data)}
        with lake.session("main") as session:
            session.put("a", sources[kind])
            assert read(lake, session.commit("one"), "a") == data
        assert file.read_bytes() == data

    def test_what_another_commit_holds_is_taken(self, lake: Lake) -> None:
        with lake.session("main", branch="side") as session:
            put = session.put("a", b"old", metadata={"k": "v"}, content_type="text/plain")
            old = session.commit("old")
            session.put("a", b"new")
            session.commit("new")
            assert session.take("a", old) == put
            again = session.commit("old again")
        assert read(lake, again, "a") == b"old"
        assert lake.stat(again, "a") == put == lake.stat(old, "a")

    def test_what_is_taken_may_be_nothing_new(self, lake: Lake) -> None:
        with lake.session("main", branch="side") as session:
            session.put("a", b"old")
            old = session.commit("old")
            session.take("a", old)
            with pytest.raises(NothingToCommit):
                session.commit("the same")

    def test_nothing_cannot_be_taken(self, lake: Lake) -> None:
        with lake.session("main") as session:
            with pytest.raises(ObjectNotFound, match="'a'"):
                session.take("a", "main")
            with pytest.raises(RefNotFound):
                session.take("a", "nowhere")

    def test_stream_is_read_from_where_it_stands(self, lake: Lake) -> None:
        stream = BytesIO(b"abc")
        stream.seek(1)
        with lake.session("main") as session:
            session.put("a", stream)
            assert read(lake, session.commit("one"), "a") == b"bc"

    def test_file_handed_over_is_kept_and_gone(self, lake: Lake, tmp_path: Path) -> None:
        given = tmp_path / "given"
        given.write_bytes(b"1" * 70_000)
        with lake.session("main") as session:
            info = session.put("a", given, consume=True)
            assert not given.exists()
            commit = session.commit("one")
        assert (info.size, read(lake, commit, "a")) == (70_000, b"1" * 70_000)

    def test_only_a_file_can_be_handed_over(self, lake: Lake, tmp_path: Path) -> None:
        (tmp_path / "given").write_bytes(b"1")
        (tmp_path / "link").symlink_to(tmp_path / "given")
        with lake.session("main") as session:
            for data in (b"1", BytesIO(b"1"), tmp_path, tmp_path / "no", tmp_path / "link"):
                with pytest.raises(InputError):
                    session.put("a", data, consume=True)
        assert (tmp_path / "given").read_bytes() == b"1"

    def test_missing_source_file_is_named(self, lake: Lake, tmp_path: Path) -> None:
        with lake.session("main") as session, pytest.raises(InputError, match="nowhere"):
            session.put("a", tmp_path / "nowhere")

    def test_staged_is_seen_by_nobody_until_committed(self, lake: Lake) -> None:
        with lake.session("main") as session:
            session.put("a", b"1")
            assert not paths(lake, session.branch)
            session.commit("one")
            assert paths(lake, session.branch) == ["a"]
        assert not paths(lake, "main")

    def test_commit_says_where_it_came_from(self, lake: Lake) -> None:
        base = lake.head("main")
        with lake.session("main") as session:
            session.put("a", b"1")
            commit = session.commit("one", {"Any key": "any\ntext"})
        info = lake.commit_info(commit)
        assert (info.id, info.parents, info.message) == (commit, (base,), "one")
        assert info.metadata == {"Any key": "any\ntext"}
        assert lake.head(session.branch) == commit

    def test_several_commits_in_one_session(self, lake: Lake) -> None:
        with lake.session("main") as session:
            session.put("a", b"1")
            first = session.commit("one")
            session.put("b", b"2")
            second = session.commit("two")
        assert lake.commit_info(second).parents == (first,)
        assert paths(lake, second) == ["a", "b"]

    def test_delete(self, lake: Lake) -> None:
        write(lake, "work", {"a": b"1", "b/c": b"2"})
        commit = write(lake, "work", {"b/c": None, "gone": None})
        assert paths(lake, commit) == ["a"]

    def test_nothing_to_commit(self, lake: Lake) -> None:
        write(lake, "work", {"a": b"1"})
        with lake.session("main", branch="work") as session:
            session.put("a", b"1")
            session.delete("gone")
            session.put("b", b"2")
            session.delete("b")
            with pytest.raises(NothingToCommit):
                session.commit("same")

    def test_empty_commit_when_allowed(self, lake: Lake) -> None:
        with lake.session("main") as session:
            commit = session.commit("empty", allow_empty=True)
        assert lake.commit_info(commit).tree_id == lake.commit_info("main").tree_id
        assert commit != lake.head("main")

    @pytest.mark.parametrize("other", [{"metadata": {"k": "v"}}, {"content_type": "text/plain"}])
    def test_metadata_and_content_type_are_part_of_a_file(self, lake: Lake, other: object) -> None:
        write(lake, "work", {"a": b"1"})
        with lake.session("main", branch="work") as session:
            session.put("a", b"1", **other)  # type: ignore[arg-type]
            commit = session.commit("described")
        assert [change.type for change in lake.diff("main", commit)] == ["added"]

    def test_if_absent(self, lake: Lake) -> None:
        write(lake, "work", {"a": b"1"})
        with lake.session("main", branch="work") as session:
            session.put("b", b"2", if_absent=True)
            for path in ("a", "b"):
                with pytest.raises(ObjectExists):
                    session.put(path, b"3", if_absent=True)
            session.delete("a")
            session.put("a", b"4", if_absent=True)
            assert read(lake, session.commit("two"), "a") == b"4"

    def test_branches_named_by_the_lake_differ(self, lake: Lake) -> None:
        with lake.session("main") as one, lake.session("main") as two:
            assert one.branch != two.branch
            assert {one.branch, two.branch} <= {ref.name for ref in lake.branches("session-")}
        assert not list(lake.branches("session-"))

    def test_exception_discards_what_is_staged_and_the_branch(self, lake: Lake) -> None:
        with pytest.raises(Stop), lake.session("main") as session:
            session.put("a", b"1")
            raise Stop
        with pytest.raises(RefNotFound):
            lake.head(session.branch)

    def test_exception_keeps_what_is_committed(self, lake: Lake) -> None:
        with pytest.raises(Stop), lake.session("main") as session:
            session.put("a", b"1")
            session.commit("one")
            session.put("b", b"2")
            raise Stop
        assert paths(lake, session.branch) == ["a"]

    def test_named_branch_is_kept_and_carried_on(self, lake: Lake) -> None:
        first = write(lake, "work", {"a": b"1"})
        with pytest.raises(Stop), lake.session("main", branch="work"):
            raise Stop
        second = write(lake, "work", {"b": b"2"})
        assert lake.commit_info(second).parents == (first,)
        assert paths(lake, "work") == ["a", "b"]

    def test_leaving_with_something_staged_is_told(self, lake: Lake) -> None:
        with pytest.raises(InputError, match="not committed"), lake.session("main") as session:
            session.put("a", b"1")

    def test_closed_session_takes_nothing(self, lake: Lake) -> None:
        with lake.session("main") as session:
            pass
        with pytest.raises(InputError):
            session.put("a", b"1")
        with pytest.raises(InputError):
            session.commit("late", allow_empty=True)

    def test_only_one_of_two_sessions_on_a_branch_commits(self, lake: Lake) -> None:
        with (
            pytest.raises(HeadMoved),
            lake.session("main", branch="work") as one,
            lake.session("main", branch="work") as two,
        ):
            one.put("a", b"1")
            first = one.commit("one")
            two.put("b", b"2")
            two.commit("two")
        assert lake.head("work") == first

    def test_session_on_a_branch_deleted_meanwhile(self, lake: Lake) -> None:
        with pytest.raises(RefNotFound), lake.session("main", branch="work") as session:
            session.put("a", b"1")
            lake.delete_branch("work")
            session.commit("one")

    def test_missing_file_is_a_file_not_found(self, lake: Lake) -> None:
        with pytest.raises(ObjectNotFound) as caught:
            lake.stat("main", "gone")
        assert isinstance(caught.value, FileNotFoundError)
