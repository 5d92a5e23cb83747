"""The benchmark of the gate: every answer is looked at, and what the issue asks is told."""

import json
from pathlib import Path

import pytest

from benchmarks import bench_gate
from benchmarks.gate_served import questions
from benchmarks.gated_lake import gated_lake
from karat.gate import judge_merge
from karat.lake.layout import MAIN
from karat.store import MemoryStore
from karat.verdicts import Ledger


def test_one_path_and_many_are_measured_and_held_to_their_goals() -> None:
    many, one, lake, whole, refused = rows = bench_gate.run(instruments=2, days=3, questions=20)
    assert many.goal is None  # only of 100,000 paths is something asked
    assert one.goal is not None
    assert (one.goal.must, one.goal.unit) == (10, "ms")
    assert "6 changed paths" in many.what
    assert "calls to the lake" in many.ours
    assert "calls to the lake" in lake.what
    assert "over HTTP" in whole.what
    assert "nan" not in refused.ours
    assert json.loads(json.dumps([row.plain() for row in rows]))


def test_the_lake_is_really_proved_and_a_wrong_answer_stops_it(tmp_path: Path) -> None:
    gated = gated_lake(tmp_path, 2, 2)
    assert len(Ledger(gated.lake).history.records) == 8
    assert not list(gated.lake.list(MAIN, "gated/"))
    one = gated.partitions[0]
    asked = gated.merge(one)
    ruling = judge_merge(gated.lake, [gated.contract], asked, store=MemoryStore())
    assert (ruling.admitted, ruling.root) == (True, "PASS")
    assert {c.path for c in gated.lake.diff(MAIN, asked.commit)} == set(gated.files[one])
    said = questions(gated, 1)
    assert said["published"] == len(list(gated.lake.list(MAIN, "gated/"))) == 3
    with bench_gate.served(1, 2, 1) as gate, pytest.raises(RuntimeError, match="answered with"):
        gate.admitted(gate.said["bare"], 1)
