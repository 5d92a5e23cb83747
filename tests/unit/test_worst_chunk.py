"""A fault of seconds in a long day: what the whole day hides, its worst stretch shows and names."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from karat.contracts import Contract
from karat.explanation import Evidence, explained
from karat.flow.pictures import worst_distance
from karat.flow.stretch_picture import stretch_picture
from karat.golden import GoldenManifest, manifest_of
from karat.verdicts import Finding, Outcome
from karat.verdicts.judging import Candidate, judge
from karat.verdicts.table_sample import TableSample, judge_table
from tests.unit.test_golden import contract

SECOND = 10**9
PROFILE = ("worst_chunk_ns", "worst_chunk_rows", "worst_chunk_distance", "worst_chunk_ratio",
           "chunks", "chunk_median", "chunk_p95")  # fmt: skip
SECONDS, RATE = 3600, 120
REFERENCE, CALIBRATION = 10, 19
RULES: list[dict[str, Any]] = [
    {"name": "size", "column": "x"},
    {"name": "move", "column": "x", "of": "movement"},
    {"name": "digit", "kind": "total_variation", "column": "x", "of": "last_digits"},
]  # fmt: skip


def asked(worst_chunk: str = "gate", rules: list[dict[str, Any]] = RULES) -> Contract:
    blocks = {"time": "time", "width_ns": 60 * SECOND}
    return contract(rules, alpha="0.05", worst_chunk=worst_chunk, blocks=blocks)


def day(seed: int) -> pa.Table:
    """Return an hour of sizes that hang on their neighbours and differ from day to day."""
    rng = np.random.default_rng([7, seed])
    time = np.sort(rng.integers(0, SECONDS * SECOND, SECONDS * RATE))
    noise = rng.normal(size=time.size)
    noise[1:] += 0.5 * noise[:-1]
    sizes = 200 * np.exp(0.4 * noise + rng.normal(0, 0.03))
    return pa.table({"x": sizes.astype(np.int64), "time": time})


def spoiled(table: pa.Table, start_s: int, seconds: int = 5) -> pa.Table:
    """Return the day with sizes that stand still for some seconds."""
    time, sizes = table["time"].to_numpy(), table["x"].to_numpy().copy()
    stale = (time >= start_s * SECOND) & (time < (start_s + seconds) * SECOND)
    sizes[stale] = sizes[int(np.argmax(stale))]
    return pa.table({"x": sizes, "time": time})


@cache
def golden() -> GoldenManifest:
    days = [TableSample(f"i/{n:02}", day(n)) for n in range(REFERENCE + CALIBRATION)]
    return manifest_of(asked(), days[:REFERENCE], days[REFERENCE:])


def judged(table: pa.Table, rules: Contract | None = None) -> dict[str, Finding]:
    found = judge_table(rules or asked(), TableSample("i/99", table), golden())
    return {finding.name: finding for finding in found}


@pytest.mark.parametrize("start_s", [612, 1805, 3590])
def test_five_seconds_that_stand_still_are_found_and_named(start_s: int) -> None:
    whole, table = day(99), spoiled(day(99), start_s)
    assert {f.outcome for f in judged(whole).values()} == {Outcome.PASS}
    # By its distances as a whole the day is like any other.
    unseen = judged(table, asked("none"))
    assert {f.outcome for f in unseen.values()} == {Outcome.PASS}
    assert "worst_chunk" not in unseen["move"].numbers
    found = judged(table)
    assert found["score"].outcome is found["move"].outcome is Outcome.FAIL
    worst = found["score"].numbers["worst_chunk_of"]
    assert found["score"].numbers["worst"] == f"{worst}, worst chunk"
    for finding in (found["score"], found["move"]):
        start = finding.numbers["worst_chunk_ns"]
        assert start == start_s // 10 * 10 * SECOND
        assert finding.numbers["worst_chunk_s"] == 10
        minute, second = divmod(start_s // 10 * 10, 60)
        assert finding.numbers["worst_chunk"] == f"1970-01-01T00:{minute:02}:{second:02}Z, 10 s"
    assert f"worst chunk 1970-01-01T00:{minute:02}:{second:02}Z, 10 s: " in found["move"].reason


def test_a_finding_tells_the_profile_of_its_stretches() -> None:
    numbers: dict[str, Any] = dict(judged(spoiled(day(99), 612))["move"].numbers)
    assert numbers["chunks"] == SECONDS // 10
    assert 0 < numbers["chunk_median"] < numbers["chunk_p95"] < numbers["worst_chunk_distance"] < 1
    assert numbers["worst_chunk_rows"] > 1000


def test_every_number_is_found_again_by_hand() -> None:
    table = spoiled(day(99), 612)
    found = judge_table(asked(), TableSample("i/99", table), golden())
    evidence = Evidence(asked(), table, golden().usable(asked()), found)
    for finding in found:
        worked = explained(evidence, finding)
        assert worked.agrees, finding.name
        names = {one.name for one in worked.compared}
        assert names >= ({"score", "worst"} if finding.name == "score" else set(PROFILE))


def test_the_picture_is_of_stretches_where_one_counts_most() -> None:
    one = golden().usable(asked())["move"]
    by_chunk = one.by_chunk()
    assert by_chunk is not None
    for table, title in ((day(99), ""), (spoiled(day(99), 612), "move: farthest at 00:10:10 UTC")):
        whole = one.distance(one.measure().observe(table))
        for q in (None, Fraction(3)):
            figure = stretch_picture(one, by_chunk.observe(table), whole, q)
            told = figure.texts[0].get_text() if figure else ""
            assert told.startswith(title)
            assert bool(told) is bool(title)
            drawn = [line.get_gid() for line in figure.axes[0].lines] if figure else []
            assert ("most" in drawn) is (bool(title) and q is not None)
    assert worst_distance(list(judged(spoiled(day(99), 612)).values())) == "move"


def test_a_warning_shows_and_does_not_decide() -> None:
    shown = judged(spoiled(day(99), 612), asked("warn"))
    assert {f.outcome for f in shown.values()} == {Outcome.PASS}
    assert shown["score"].numbers["worst_chunk_of"] in ("move", "digit")
    assert shown["score"].numbers["worst"] in ("size", "move", "digit")
    assert shown["move"].numbers["worst_chunk_ns"] == 610 * SECOND
    unseen = judged(spoiled(day(99), 612), asked("none"))
    assert shown["score"].numbers["q"] == unseen["score"].numbers["q"]


def test_healthy_days_are_no_worse_for_it() -> None:
    """Scores of a few days more, each held against q: the score alone is what alpha is for."""
    outcomes = [judged(day(seed))["score"].outcome for seed in range(100, 120)]
    assert outcomes.count(Outcome.FAIL) <= 3
    assert Outcome.INCONCLUSIVE not in outcomes


def test_golden_days_that_were_not_cut_prove_nothing_about_stretches() -> None:
    plain = contract(RULES, alpha="0.05", blocks=None)
    days = [TableSample(f"i/{n:02}", day(n).slice(0, 2000)) for n in range(24)]
    uncut = manifest_of(plain, days[:5], days[5:])
    found = {f.name: f for f in judge_table(asked(), TableSample("i/99", day(99).slice(0, 2000)), uncut)}  # fmt: skip  # noqa: E501
    for name in ("size", "move", "digit"):
        assert found[name].outcome is Outcome.INCONCLUSIVE
        assert found[name].reason.endswith("build and adopt a golden again")
    free = judge_table(asked("warn"), TableSample("i/99", day(99).slice(0, 2000)), uncut)
    assert all("worst_chunk" not in finding.numbers for finding in free)


def test_a_candidate_without_a_stretch_of_rows_enough_is_open() -> None:
    sparse = day(99).take(pa.array(np.arange(0, SECONDS * RATE, 20)))
    found = judged(sparse)
    assert found["size"].outcome is Outcome.INCONCLUSIVE
    assert "no stretch of 10 s has 100 rows to measure on" in found["size"].reason
    assert "worst_chunk" not in found["size"].numbers


def test_a_threshold_is_judged_again_from_states() -> None:
    """Another role, another alpha, another tolerance: the same states are asked for."""
    held = golden().usable(asked())
    table = spoiled(day(99), 612)
    measures = [m for one in held.values() for m in (one.measure(), one.by_chunk()) if m]
    states = [(measure, measure.observe(table)) for measure in measures]
    case = Candidate("i/99", "on trial", len(table))
    for role, outcome in (("gate", Outcome.FAIL), ("warn", Outcome.PASS)):
        rules = asked(role, [rule | {"min_rows": 190} for rule in RULES])
        for one in golden().usable(rules).values():
            assert one.measure() in measures
            assert one.by_chunk() in measures
        score, *_ = judge(rules, case, states, None, golden())
        assert score.outcome is outcome
