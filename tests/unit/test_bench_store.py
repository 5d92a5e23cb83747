"""The benchmark of the store: it compares every answer, and tells what the design asks."""

import json

import pytest

from benchmarks import bench_store
from karat.store import MemoryStore


def test_every_tier_is_measured_and_held_to_its_goal() -> None:
    rows = bench_store.run(entries=60, asked=20)
    goals = {row.what.partition(":")[0]: row.goal for row in rows if row.goal}
    assert {where: goal.must for where, goal in goals.items()} == {
        "memory": 0.05, "disk": 1, "lake objects": 100,
    }  # fmt: skip
    assert all(goal.value > 0 for goal in goals.values())
    assert all(row.ours for row in rows)
    assert json.loads(json.dumps([row.plain() for row in rows])), "as --json prints them"


def test_a_wrong_answer_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MemoryStore, "get", lambda *_: b"something else")
    with pytest.raises(RuntimeError, match="something else"):
        bench_store.run(entries=3, asked=2)
