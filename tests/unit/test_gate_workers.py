"""Threads that answer: in time or not at all, and none of them in the way of another."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from karat.gate.workers import Workers


def ran(work: Callable[[], Any], workers: Workers, within_s: float = 10.0) -> Any:
    return asyncio.run(workers.run(work, within_s))


def until(told: Callable[[], bool]) -> None:
    for _ in range(1000):
        if told():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come about")


def test_what_work_gives_or_raises_comes_back() -> None:
    workers = Workers()
    assert ran(lambda: 42, workers) == 42
    with pytest.raises(ValueError, match="none"):
        ran(lambda: int("none"), workers)
    until(lambda: workers.under_way == 0)


def test_as_many_at_once_as_there_are_threads_and_no_more() -> None:
    workers, now, most, lock = Workers(3), 0, 0, threading.Lock()

    def work() -> None:
        nonlocal now, most
        with lock:
            now, most = now + 1, max(most, now + 1)
        time.sleep(0.02)
        with lock:
            now -= 1

    async def many() -> None:
        await asyncio.gather(*(workers.run(work, 10) for _ in range(9)))

    asyncio.run(many())
    assert most == 3


def test_who_waits_too_long_is_told_and_the_work_goes_on() -> None:
    workers, go, done = Workers(1), threading.Event(), []

    def work() -> None:
        go.wait()
        done.append("all of it")

    with pytest.raises(TimeoutError):
        ran(work, workers, 0.05)
    with pytest.raises(TimeoutError):  # it waits for the one thread there is
        ran(lambda: done.append("nobody waits for this"), workers, 0.05)
    assert workers.under_way == 2
    go.set()
    until(lambda: workers.under_way == 0)
    assert done == ["all of it"]
    assert ran(lambda: "and on", workers) == "and on"


def test_no_thread_keeps_the_process() -> None:
    workers, go = Workers(), threading.Event()
    with pytest.raises(TimeoutError):
        ran(go.wait, workers, 0.01)
    own = [one for one in threading.enumerate() if one.name == "karat-gate"]
    assert own
    assert all(one.daemon for one in own)
    go.set()
