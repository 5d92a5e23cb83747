"""The benchmark of the gate: every answer is looked at, and what the issue asks is told."""

import json

import pytest

from benchmarks import bench_gate
from benchmarks.gated_lake import gated_lake
from karat.gate import Judge, judge_merge
from karat.lake.layout import MAIN
from karat.store import MemoryStore
from karat.verdicts import Ledger


def test_one_path_and_many_are_measured_and_held_to_their_goals() -> None:
    many, one, refused = bench_gate.run(instruments=2, days=3, questions=20)
    assert many.goal is None  # only of 100,000 paths is something asked
    assert one.goal is not None
    assert (one.goal.must, one.goal.unit) == (10, "ms")
    assert "6 changed paths" in many.what
    assert "calls to the lake" in many.ours
    assert json.loads(json.dumps([row.plain() for row in (many, one, refused)]))


def test_the_lake_is_really_proved_and_nothing_is_published_yet() -> None:
    gated = gated_lake(2, 2)
    assert len(Ledger(gated.lake).history.records) == 8
    assert not list(gated.lake.list(MAIN, "gated/"))
    one = gated.partitions[0]
    asked = gated.merge(one)
    ruling = judge_merge(gated.lake, [gated.contract], asked, store=MemoryStore())
    assert (ruling.admitted, ruling.root) == (True, "PASS")
    assert {c.path for c in gated.lake.diff(MAIN, asked.commit)} == set(gated.files[one])


def test_a_wrong_answer_stops_it() -> None:
    gated = gated_lake(1, 1)
    judge = Judge(gated.lake, [gated.contract], store=MemoryStore())
    ruling = judge.judge(gated.merge(*gated.partitions))
    with pytest.raises(RuntimeError, match="was answered with"):
        bench_gate._admitted(ruling, 2)
