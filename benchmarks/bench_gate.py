"""The gate over HTTP: one changed path at 200 questions a second, and very many at once.

Counted is judging time, as the service itself tells it in each answer's `Server-Timing`: calls to
the lake are timed apart and shown beside it, because they are another machine's on lakeFS. The
ledger is warm: each record was verified when it was first asked for, and that first time is shown
too. Every answer is looked at: what is proved is admitted, and what is not is refused.

A long run (``KARAT_SOAK=1``) has 100,000 partitions, a short one 10,000, and says so.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from benchmarks.gate_served import TOKEN
from benchmarks.goals import Goal
from benchmarks.timing import Row
from karat.gate.payload import HEADER, HOOK

WHOLE = 100_000
PER_SECOND, QUESTIONS, ASKED = 200, 2_400, 200
CONNECTIONS = 8
PATIENCE_S = 900


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: its status and body, and seconds of judging, in the lake, and altogether."""

    status: int
    body: dict[str, Any]
    judging_s: float
    lake_s: float
    calls: str
    whole_s: float


class Gate:
    """A service that is asked over connections that stay open."""

    def __init__(self, said: dict[str, Any]) -> None:
        self.said = said
        self._free: SimpleQueue[HTTPConnection] = SimpleQueue()
        for _ in range(CONNECTIONS):
            place = urlsplit(said["url"]).netloc
            self._free.put(HTTPConnection(place, timeout=PATIENCE_S))

    def ask(self, question: dict[str, Any]) -> Told:
        """Return what is answered to one question."""
        connection, body = self._free.get(), json.dumps(question)
        began = time.perf_counter()
        try:
            answer = posted(connection, body)
            told, took = json.loads(answer.read()), answer.getheader("Server-Timing", "")
        finally:
            self._free.put(connection)
        return Told(answer.status, told, *timing(took), time.perf_counter() - began)

    def close(self) -> None:
        """Close the connections; no question may be under way."""
        for _ in range(CONNECTIONS):
            self._free.get().close()

    def admitted(self, question: dict[str, Any], partitions: int) -> Told:
        """Ask for what is proved; RuntimeError when it is not admitted."""
        told = self.ask(question)
        if (told.status, told.body.get("partitions")) != (200, partitions):
            raise RuntimeError(f"a proved merge was answered with {told.status}: {told.body}")
        return told


def posted(connection: HTTPConnection, body: str) -> HTTPResponse:
    """Return the answer to a body; a connection that was closed for lack of use is made anew."""
    try:
        connection.request("POST", HOOK, body, {HEADER: TOKEN})
        return connection.getresponse()
    except ConnectionError:
        connection.close()
        connection.request("POST", HOOK, body, {HEADER: TOKEN})
        return connection.getresponse()


def timing(header: str) -> tuple[float, float, str]:
    """Return the seconds of judging and in the lake, and the calls, of a `Server-Timing`.

    >>> timing('judging;dur=0.5, lake;dur=20;desc="3 calls"')
    (0.0005, 0.02, '3 calls')
    """
    told = dict(part.strip().partition(";dur=")[::2] for part in header.split(","))
    lake, _, calls = told.get("lake", "nan").partition(";desc=")
    return float(told.get("judging", "nan")) / 1e3, float(lake) / 1e3, calls.strip('"')


def run(instruments: int = 100, days: int | None = None, questions: int = QUESTIONS) -> list[Row]:
    """Return the rows; RuntimeError when a merge is not answered as it should be."""
    if days is None:
        days = WHOLE // instruments if os.environ.get("KARAT_SOAK") else 100
    with served(instruments, days) as gate:
        count = instruments * days
        whole = _whole(gate, count)
        return [whole, *_one_at_a_time(gate, days, questions), _refusal(gate)]


@contextmanager
def served(instruments: int, days: int, few: int = ASKED) -> Iterator[Gate]:
    """Run the service in a process of its own while the ``with`` lasts."""
    with TemporaryDirectory(prefix="karat-bench-") as folder:
        words = [folder, str(instruments), str(days), str(few)]
        command = [sys.executable, "-m", "benchmarks.gate_served", *words]
        process = subprocess.Popen(  # noqa: S603 - this Python, and our module
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                raise RuntimeError(f"{' '.join(command)} ended with {process.wait()}")
            with closing(Gate(json.loads(line))) as gate:
                yield gate
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)


def _whole(gate: Gate, count: int) -> Row:
    """Return what it takes to judge a merge of all partitions, once everything was seen."""
    asked = gate.said["whole"]
    first = gate.admitted(asked, count)
    warm = min((gate.admitted(asked, count) for _ in range(3)), key=lambda told: told.judging_s)
    goal = Goal(warm.judging_s, 5, unit="s") if count >= WHOLE else None
    told = f"{warm.judging_s:.2f} s judging, and {warm.lake_s:.2f} s in {warm.calls} to the lake"
    cold = (f"first time {first.judging_s:.1f} s and {first.lake_s:.1f} s in {first.calls}; "
            f"the lake was made in {gate.said['built_s']:.0f} s")  # fmt: skip
    return Row(f"{count:,} changed paths in one merge", told, cold, goal=goal)


def _one_at_a_time(gate: Gate, days: int, questions: int) -> list[Row]:
    """Return what one changed path takes when so many a second are asked about."""
    ones = gate.said["ones"]
    for asked in ones:
        gate.admitted(asked, 1)
    told = paced(gate, ones, questions)
    p50, p99 = (_at(told, "judging_s", part) for part in (50, 99))
    what = (f"one changed path of {days:,} days where main holds {gate.said['published']:,}, "
            f"{PER_SECOND} questions/s for {questions / PER_SECOND:.0f} s")  # fmt: skip
    judging = Row(
        what, f"judging p50 {p50:.2f} ms, p99 {p99:.2f} ms", goal=Goal(p99, 10, unit="ms")
    )
    lake = f"p50 {_at(told, 'lake_s', 50):.2f} ms, p99 {_at(told, 'lake_s', 99):.2f} ms"
    whole = f"p50 {_at(told, 'whole_s', 50):.2f} ms, p99 {_at(told, 'whole_s', 99):.2f} ms"
    calls = max(told, key=lambda one: one.lake_s).calls
    return [judging, Row(f"  its {calls} to the lake", lake), Row("  the answer over HTTP", whole)]


def paced(gate: Gate, questions: list[dict[str, Any]], count: int) -> list[Told]:
    """Ask at the same pace whatever the answers take, as many callers would."""
    began = time.perf_counter()

    def ask(number: int) -> Told:
        return gate.admitted(questions[number % len(questions)], 1)

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        waiting = []
        for number in range(count):
            time.sleep(max(0.0, began + number / PER_SECOND - time.perf_counter()))
            waiting.append(pool.submit(ask, number))
        return [one.result() for one in waiting]


def _at(told: list[Told], what: str, percent: int) -> float:
    """Return a percentile in milliseconds."""
    took = sorted(getattr(one, what) for one in told)
    return float(took[min(len(took) - 1, len(took) * percent // 100)]) * 1e3


def _refusal(gate: Gate) -> Row:
    """Return what it takes to refuse a path whose note is missing."""
    told = gate.ask(gate.said["bare"])
    if told.status != 403 or len(told.body["reasons"]) != 1:
        raise RuntimeError(f"bytes without a note were answered with {told.status}: {told.body}")
    return Row("one path refused", f"{told.judging_s * 1e3:.2f} ms")
