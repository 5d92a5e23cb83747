"""A worker takes SIGTERM as any program does, whatever the process that hired it does with one."""

import signal
import time
from collections.abc import Callable
from multiprocessing import active_children
from typing import Any

import pytest

from karat.compute import Processes


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
