"""Diffs and merges."""
# ruff: noqa: S101, D102 - asserts are the point, and a case's name is its sentence

from __future__ import annotations

import pytest

from karat.errors import HeadMoved, InputError, MergeConflict, NothingToMerge, RefNotFound
from karat.lake.append import append
from karat.lake.protocol import Lake
from karat.lake.testing.writing import files, paths, publish, read, write

Seen = tuple[str, str, int | None, int | None]


def seen(lake: Lake, left: str, right: str, prefix: str = "", *, three: bool = False) -> list[Seen]:
    """Return path, type and the two sizes of each change."""
    changes = lake.diff(left, right, prefix, mode="three-dot" if three else "two-dot")
    return [
        (c.path, c.type, c.left.size if c.left else None, c.right.size if c.right else None)
        for c in changes
    ]


class MergeRules:
    """Whole files, one commit, all or nothing."""

    def test_two_dot_diff(self, lake: Lake) -> None:
        one = publish(lake, {"a": b"1", "b/c": b"1", "d": b"1"})
        two = publish(lake, {"a": b"22", "b/c": None, "e": b"333"})
        there = [("a", "changed", 1, 2), ("b/c", "removed", 1, None), ("e", "added", None, 3)]
        back = [("a", "changed", 2, 1), ("b/c", "added", None, 1), ("e", "removed", 3, None)]
        assert seen(lake, one, two) == there
        assert seen(lake, two, one) == back
        assert seen(lake, one, two, "b") == there[1:2]
        assert not seen(lake, one, one)

    def test_three_dot_diff_is_what_the_right_did(self, lake: Lake) -> None:
        publish(lake, {"a": b"1", "b": b"1", "c": b"1"})
        write(lake, "work", {"a": b"22", "b": b"22", "c": None, "d": b"22"})
        publish(lake, {"b": b"333", "c": None, "e": b"333"})
        assert seen(lake, "main", "work", three=True) == [
            ("a", "changed", 1, 2),
            ("b", "conflict", 3, 2),
            ("d", "added", None, 2),
        ]
        assert seen(lake, "main", "work", "d", three=True) == [("d", "added", None, 2)]

    def test_identical_upload_is_no_diff(self, lake: Lake) -> None:
        one = write(lake, "one", {"a": b"1"})
        two = write(lake, "two", {"a": b"1"})
        assert not seen(lake, one, two)
        assert files(lake, one) == files(lake, two)

    def test_merge_has_two_parents_destination_first_and_never_skips(self, lake: Lake) -> None:
        head, source = lake.head("main"), write(lake, "work", {"a": b"1"})
        commit = lake.merge("work", "main", message="publish", metadata={"k": "v"})
        info = lake.commit_info("main")
        assert (info.id, info.parents, info.message) == (commit, (head, source), "publish")
        assert info.metadata == {"k": "v"}
        assert paths(lake, "main") == ["a"]

    def test_merge_takes_both_sides(self, lake: Lake) -> None:
        publish(lake, {"a": b"1", "b": b"1", "both": b"1"})
        write(lake, "work", {"a": b"2", "new": b"2", "both": b"2"})
        publish(lake, {"b": None, "other": b"3", "both": b"2"})
        commit = lake.merge("work", "main", message="publish")
        assert paths(lake, commit) == ["a", "both", "new", "other"]
        assert read(lake, commit, "a") == b"2"

    @pytest.mark.parametrize(("ours", "theirs"), [(b"2", b"3"), (None, b"3"), (b"2", None)])
    def test_conflict_names_the_paths_and_moves_nothing(
        self, lake: Lake, ours: bytes | None, theirs: bytes | None
    ) -> None:
        publish(lake, {"a": b"1", "b": b"1"})
        write(lake, "work", {"a": theirs, "b": b"9"})
        head = publish(lake, {"a": ours})
        with pytest.raises(MergeConflict) as caught:
            lake.merge("work", "main", message="publish")
        assert caught.value.paths == ("a",)
        assert lake.head("main") == head

    def test_both_added_differently_is_a_conflict(self, lake: Lake) -> None:
        write(lake, "work", {"a": b"1"})
        publish(lake, {"a": b"2"})
        with pytest.raises(MergeConflict):
            lake.merge("work", "main", message="publish")

    def test_lines_of_one_file_are_never_merged(self, lake: Lake) -> None:
        publish(lake, {"a": b"1\n2\n3\n4\n5\n"})
        write(lake, "work", {"a": b"one\n2\n3\n4\n5\n"})
        publish(lake, {"a": b"1\n2\n3\n4\nfive\n"})
        with pytest.raises(MergeConflict):
            lake.merge("work", "main", message="publish")

    def test_expected_head(self, lake: Lake) -> None:
        old = lake.head("main")
        head = publish(lake, {"a": b"1"})
        write(lake, "work", {"b": b"1"})
        with pytest.raises(HeadMoved) as caught:
            lake.merge("work", "main", message="publish", expected_head=old)
        assert (caught.value.expected, caught.value.actual) == (old, head)
        assert lake.head("main") == head
        lake.merge("work", "main", message="publish", expected_head=head)

    def test_nothing_to_merge(self, lake: Lake) -> None:
        write(lake, "work", {"a": b"1"})
        lake.merge("work", "main", message="publish")
        for source in ("work", "main", lake.head("work")):
            with pytest.raises(NothingToMerge):
                lake.merge(source, "main", message="again")

    def test_nothing_to_merge_when_the_same_was_done(self, lake: Lake) -> None:
        write(lake, "work", {"a": b"1"})
        publish(lake, {"a": b"1"})
        with pytest.raises(NothingToMerge):
            lake.merge("work", "main", message="again")

    def test_second_merge_brings_only_what_is_new(self, lake: Lake) -> None:
        write(lake, "work", {"a": b"1"})
        lake.merge("work", "main", message="one")
        publish(lake, {"a": b"3"})
        write(lake, "work", {"b": b"2"})
        lake.merge("work", "main", message="two")
        assert (read(lake, "main", "a"), read(lake, "main", "b")) == (b"3", b"2")

    def test_merge_needs_a_branch_and_a_source(self, lake: Lake) -> None:
        commit = write(lake, "work", {"a": b"1"})
        lake.create_tag("v1.0.0", commit)
        with pytest.raises(RefNotFound):
            lake.merge("gone", "main", message="publish")
        with pytest.raises(RefNotFound):
            lake.merge("work", "gone", message="publish")
        assert lake.merge("v1.0.0", "main", message="publish") == lake.head("main")

    def test_bad_metadata_moves_nothing(self, lake: Lake) -> None:
        head = lake.head("main")
        write(lake, "work", {"a": b"1"})
        with pytest.raises(InputError):
            lake.merge("work", "main", message="publish", metadata={"a\n": "b"})
        assert lake.head("main") == head

    def test_append_is_one_merge_and_leaves_no_branch(self, lake: Lake) -> None:
        head = append(lake, "ledger", {"a": b"1", "b": b"2"}, message="note")
        assert (lake.head("ledger"), paths(lake, "ledger")) == (head, ["a", "b"])
        assert [ref.name for ref in lake.branches()] == ["ledger", "main"]
        assert append(lake, "ledger", {"b": b"2"}, message="again") == head
        assert append(lake, "ledger", {}, message="nothing") == head

    def test_append_with_a_moved_head(self, lake: Lake) -> None:
        old = lake.head("main")
        append(lake, "main", {"a": b"1"}, message="one", expected_head=old)
        with pytest.raises(HeadMoved):
            append(lake, "main", {"b": b"1"}, message="two", expected_head=old)
        assert paths(lake, "main") == ["a"]
