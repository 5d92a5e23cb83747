"""The simulated exchange, beside orjson writing the same messages from objects already made.

Ours moves the market, keeps the book and writes the text; orjson only writes the text.
"""

from __future__ import annotations

import datetime as dt

import orjson

from benchmarks.timing import Row, rate, timed
from karat.simulation import Day, simulate

MESSAGES = 200_000
DATES = [dt.date(2024, 1, 2)]


def run() -> list[Row]:
    """Return the rows of the simulation."""
    return [row for name in ("sim-usdm-bench", "sim-spot-bench") for row in _measured(name)]


def _measured(name: str) -> list[Row]:
    day = _simulated(name)
    objects = _agree(day)
    ours, rival = timed(lambda: _simulated(name), lambda: [orjson.dumps(o) for o in objects])
    rows, quotes = day.raw.num_rows, day.golden.num_rows
    return [
        Row(f"{name}: raw messages", rate(rows, ours.wall_s), rate(rows, rival.wall_s),
            rival.wall_s / ours.wall_s),
        Row(f"{name}: raw messages and golden quotes", rate(rows + quotes, ours.wall_s)),
    ]  # fmt: skip


def _simulated(name: str) -> Day:
    (day,) = simulate(name, DATES, seed=1, messages_per_day=MESSAGES, without_snapshot=())
    return day


def _agree(day: Day) -> list[object]:
    """Return the day's messages as objects; RuntimeError unless orjson writes the same text."""
    payloads = day.raw["payload"].to_pylist()
    objects = [orjson.loads(payload) for payload in payloads]
    for payload, made in zip(payloads, objects, strict=True):
        if orjson.dumps(made).decode() != payload:
            raise RuntimeError(f"orjson writes another text than {payload[:60]!r}…")
    return objects
