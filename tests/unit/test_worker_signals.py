"""A worker takes SIGTERM as any program does, whatever the process that hired it does with one."""

import os
import signal
import time
from collections.abc import Callable
from multiprocessing import active_children
from threading import Event, Thread
from typing import Any

import pytest

from karat.compute import Processes
from karat.compute.crew import uninterrupted


def takes_sigterm(_: int) -> bool:
    held_back = signal.pthread_sigmask(signal.SIG_BLOCK, set())
    usual = signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    return usual and signal.SIGTERM not in held_back


def stuck(item: int) -> int:
    time.sleep(600 * item)
    return item


def ignored() -> Callable[[], object]:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    return lambda: signal.signal(signal.SIGTERM, before)


def held_back() -> Callable[[], object]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    return lambda: signal.pthread_sigmask(signal.SIG_SETMASK, before)


@pytest.mark.parametrize("done_with", [ignored, held_back])
def test_workers_end_though_their_parent_takes_no_sigterm(
    done_with: Callable[[], Any],
) -> None:
    put_back = done_with()
    try:
        assert list(Processes(1).map(takes_sigterm, [0])) == [True]
        results = Processes(2).map(stuck, range(9))
        assert next(results) == 0
        results.close()  # type: ignore[attr-defined] # it is a generator
        assert active_children() == []
    finally:
        put_back()


def interrupted() -> None:
    """Take SIGINT, as a process of several threads does, and give the interpreter time to act."""
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.05)


def interrupted_inside(ends: list[str]) -> None:
    with uninterrupted():
        interrupted()
        ends.append("reached")


def test_an_interrupt_waits_though_another_thread_takes_it() -> None:
    stop, ends = Event(), list[str]()
    other = Thread(target=stop.wait)
    other.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            interrupted_inside(ends)
        assert ends == ["reached"]
        assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, set())
        with pytest.raises(KeyboardInterrupt):
            interrupted()
    finally:
        stop.set()
        other.join()


def test_where_nothing_comes_nothing_is_raised() -> None:
    handler = signal.getsignal(signal.SIGINT)
    with uninterrupted():
        assert signal.getsignal(signal.SIGINT) != handler
    assert signal.getsignal(signal.SIGINT) == handler
