"""Logs and ancestors."""
# ruff: noqa: S101, D102, PLR2004 - asserts are the point, and a case's name is its sentence

from __future__ import annotations

import pytest

from karat.errors import RefNotFound
from karat.lake.protocol import Lake
from karat.lake.testing.writing import publish, write


class HistoryRules:
    """Where commits came from."""

    def test_log_has_each_commit_once_before_its_parents(self, lake: Lake) -> None:
        write(lake, "work", {"a": b"1"})
        publish(lake, {"b": b"1"})
        lake.merge("work", "main", message="publish")
        order = [commit.id for commit in lake.log("main")]
        assert len(order) == len(set(order)) == 5
        for commit in lake.log("main"):
            assert all(order.index(commit.id) < order.index(p) for p in commit.parents)

    def test_log_of_first_parents_is_what_the_branch_was(self, lake: Lake) -> None:
        heads = [lake.head("main")]
        heads += [publish(lake, {"a": bytes([value])}) for value in range(3)]
        assert [c.id for c in lake.log("main", first_parent=True)] == heads[::-1]

    @pytest.mark.parametrize("limit", [0, 1, 2, 99])
    def test_log_limit(self, lake: Lake, limit: int) -> None:
        publish(lake, {"a": b"1"})
        whole = list(lake.log("main"))
        assert list(lake.log("main", limit=limit)) == whole[:limit]

    def test_merge_base(self, lake: Lake) -> None:
        fork = publish(lake, {"a": b"1"})
        work = write(lake, "work", {"b": b"1"})
        main = publish(lake, {"c": b"1"})
        assert lake.merge_base("main", "work") == lake.merge_base("work", "main") == fork
        lake.merge("work", "main", message="publish")
        assert lake.merge_base("main", "work") == work
        assert lake.merge_base(main, main) == main

    def test_is_ancestor(self, lake: Lake) -> None:
        first = lake.head("main")
        work = write(lake, "work", {"b": b"1"})
        assert lake.is_ancestor(first, "work")
        assert lake.is_ancestor("work", "work")
        assert not lake.is_ancestor("work", "main")
        lake.merge("work", "main", message="publish")
        assert lake.is_ancestor(work, "main")
        assert not lake.is_ancestor("main", "work")

    def test_missing_refs(self, lake: Lake) -> None:
        with pytest.raises(RefNotFound):
            lake.log("gone")
        with pytest.raises(RefNotFound):
            lake.merge_base("main", "gone")
        with pytest.raises(RefNotFound):
            lake.diff("main", "gone")

    def test_commit_time_is_told_in_seconds(self, lake: Lake) -> None:
        times = [commit.created_at_s for commit in lake.log(publish(lake, {"a": b"1"}))]
        assert all(isinstance(time, int) for time in times)
        assert times == sorted(times, reverse=True)
