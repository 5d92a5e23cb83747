"""Branches, tags and what they resolve to."""
# ruff: noqa: S101, D102 - asserts are the point, and a case's name is its sentence

from __future__ import annotations

import pytest

from karat.errors import ProtectedRef, RefExists, RefNotFound
from karat.lake.protocol import Lake, Ref
from karat.lake.testing.writing import publish, write


class RefRules:
    """Names of commits."""

    def test_new_lake_has_main_and_ledger_at_one_commit_without_files(self, lake: Lake) -> None:
        first = lake.head("main")
        assert list(lake.branches()) == [Ref("ledger", first), Ref("main", first)]
        assert lake.commit_info("main").parents == ()
        assert not list(lake.list("main"))

    def test_missing_branch_tag_and_commit(self, lake: Lake) -> None:
        for ask in (lake.head, lake.resolve):
            with pytest.raises(RefNotFound):
                ask("gone")
        with pytest.raises(RefNotFound):
            lake.commit_info("0" * 64)

    def test_resolve_takes_branch_tag_and_commit(self, lake: Lake) -> None:
        head = publish(lake, {"a": b"1"})
        lake.create_tag("v1.0.0", "main")
        assert lake.resolve("main") == lake.resolve("v1.0.0") == lake.resolve(head) == head

    def test_tag_is_no_branch(self, lake: Lake) -> None:
        lake.create_tag("release", "main")
        with pytest.raises(RefNotFound):
            lake.head("release")

    def test_branch_starts_where_told(self, lake: Lake) -> None:
        first = lake.head("main")
        publish(lake, {"a": b"1"})
        assert lake.create_branch("work", first) == first == lake.head("work")

    def test_taken_branch_name(self, lake: Lake) -> None:
        first = lake.create_branch("work", "main")
        with pytest.raises(RefExists):
            lake.create_branch("work", "main")
        assert lake.create_branch("work", "main", exist_ok=True) == first
        publish(lake, {"a": b"1"})
        with pytest.raises(RefExists):
            lake.create_branch("work", "main", exist_ok=True)

    def test_taken_tag_name_and_tags_never_move(self, lake: Lake) -> None:
        first = lake.create_tag("v1.0.0", "main")
        assert lake.create_tag("v1.0.0", "main", exist_ok=True) == first
        publish(lake, {"a": b"1"})
        for exist_ok in (False, True):
            with pytest.raises(RefExists):
                lake.create_tag("v1.0.0", "main", exist_ok=exist_ok)
        assert lake.resolve("v1.0.0") == first

    def test_branch_and_tag_cannot_share_a_name(self, lake: Lake) -> None:
        lake.create_branch("work", "main")
        lake.create_tag("release", "main")
        with pytest.raises(RefExists):
            lake.create_tag("work", "main")
        with pytest.raises(RefExists):
            lake.create_branch("release", "main")

    def test_source_must_exist(self, lake: Lake) -> None:
        for make in (lake.create_branch, lake.create_tag):
            with pytest.raises(RefNotFound):
                make("work", "gone")
        with pytest.raises(RefNotFound):
            lake.session("gone", branch="work")

    def test_refs_are_listed_by_name_and_prefix(self, lake: Lake) -> None:
        for name in ("wap-y", "wap-x", "wap_z"):
            lake.create_branch(name, "main")
        lake.create_tag("v2.0.0", "main")
        lake.create_tag("v1.0.0", "main")
        assert [ref.name for ref in lake.branches("wap-")] == ["wap-x", "wap-y"]
        assert [ref.name for ref in lake.tags()] == ["v1.0.0", "v2.0.0"]
        assert not list(lake.tags("w"))

    def test_deleted_branch_is_gone_and_its_commits_stay(self, lake: Lake) -> None:
        commit = write(lake, "work", {"a": b"1"})
        lake.delete_branch("work")
        assert lake.stat(commit, "a").size == 1
        for ask in (lake.head, lake.delete_branch):
            with pytest.raises(RefNotFound):
                ask("work")

    @pytest.mark.parametrize("name", ["main", "ledger"])
    def test_protected_branch(self, lake: Lake, name: str) -> None:
        with pytest.raises(ProtectedRef):
            lake.delete_branch(name)
        with pytest.raises(ProtectedRef):
            lake.session("main", branch=name)
