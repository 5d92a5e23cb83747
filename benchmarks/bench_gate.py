"""The gate where people merge: one changed path at 200 questions a second, and very many at once.

Counted is judging time: calls to the lake are timed apart and shown beside it, because they are
another machine's on lakeFS. The ledger is warm: each record was verified when it was first asked
for. Every answer is looked at: what is proved is admitted, and what is not is refused.

A long run (``KARAT_SOAK=1``) has 100,000 partitions, a short one 10,000, and says so.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.gated_lake import Gated, gated_lake
from benchmarks.goals import Goal
from benchmarks.timing import Row
from karat.gate import Asked, Judge, Ruling
from karat.store import DiskStore, Tiered

WHOLE = 100_000
PER_SECOND, QUESTIONS, SOURCES = 200, 2_000, 50
THREADS = 8
FEW, YEAR = 2, 365
"""The lake in memory goes through all paths for each list: one of few leaves it little to do."""


def run(instruments: int = 100, days: int | None = None, questions: int = QUESTIONS) -> list[Row]:
    """Return the rows; RuntimeError when a merge is not answered as it should be."""
    if days is None:
        days = WHOLE // instruments if os.environ.get("KARAT_SOAK") else 100
    with TemporaryDirectory() as folder:
        many, few = gated_lake(instruments, days), gated_lake(FEW, min(days, YEAR))
        all_at_once = _many(_judge(many, Path(folder) / "many"), many)
        judge = _judge(few, Path(folder) / "few")
        return [all_at_once, _one_at_a_time(judge, few, questions), _refusal(judge, few)]


def _judge(gated: Gated, folder: Path) -> Judge:
    return Judge(gated.lake, [gated.contract], store=Tiered(DiskStore(folder)))


def _many(judge: Judge, gated: Gated) -> Row:
    """Return what it takes to judge a merge of all partitions, once everything was seen."""
    merge = gated.merge(*gated.partitions)
    first = _admitted(judge.judge(merge), len(gated.partitions))
    warm = min((_admitted(judge.judge(merge), first.partitions) for _ in range(3)), key=_judging)
    count = len(gated.partitions)
    goal = Goal(warm.judging_s, 5, unit="s") if count >= WHOLE else None
    told = f"{warm.judging_s:.2f} s, and {warm.lake_s:.2f} s in {warm.calls} calls to the lake"
    cold = f"first time {first.judging_s:.1f} s and {first.calls:,} calls"
    return Row(f"{count:,} changed paths in one merge", told, cold, goal=goal)


def _one_at_a_time(judge: Judge, gated: Gated, questions: int) -> Row:
    """Return what one changed path takes when so many a second are asked about."""
    step = max(1, len(gated.partitions) // SOURCES)
    merges = [gated.merge(one) for one in gated.partitions[::step]]
    for merge in merges:
        _admitted(judge.judge(merge), 1)
    took = sorted(_judging(one) for one in _paced(judge, merges, questions))
    p50, p99 = took[len(took) // 2] * 1e3, took[min(len(took) - 1, len(took) * 99 // 100)] * 1e3
    days = len(gated.partitions) // len({one.instrument for one in gated.partitions})
    what = f"one changed path, instruments of {days:,} days, {PER_SECOND} questions/s"
    return Row(what, f"p50 {p50:.2f} ms, p99 {p99:.2f} ms", goal=Goal(p99, 10, unit="ms"))


def _paced(judge: Judge, merges: list[Asked], questions: int) -> list[Ruling]:
    """Ask at the same pace whatever the answers take, as many callers would."""
    began, waiting = time.perf_counter(), list[Future[Ruling]]()
    with ThreadPoolExecutor(THREADS) as pool:
        for number in range(questions):
            time.sleep(max(0.0, began + number / PER_SECOND - time.perf_counter()))
            waiting.append(pool.submit(judge.judge, merges[number % len(merges)]))
        return [_admitted(one.result(), 1) for one in waiting]


def _refusal(judge: Judge, gated: Gated) -> Row:
    """Return what it takes to refuse a path whose note is missing."""
    one = gated.partitions[-1]
    path, data = next(iter(gated.files[one].items()))
    bare = Gated(gated.lake, gated.contract, gated.partitions, {one: {path: data}})
    ruling = judge.judge(bare.merge(one))
    if ruling.admitted or set(ruling.reasons) != {str(one)}:
        raise RuntimeError(f"bytes without a note were answered with {ruling.plain()}")
    return Row("one path refused", f"{ruling.judging_s * 1e3:.2f} ms")


def _admitted(ruling: Ruling, partitions: int) -> Ruling:
    if not ruling.admitted or ruling.partitions != partitions:
        raise RuntimeError(f"a proved merge was answered with {ruling.plain()}")
    return ruling


def _judging(ruling: Ruling) -> float:
    return ruling.judging_s
