"""Threads that answer questions, none of which holds up the others or the end of the process.

A lake that does not answer keeps a thread until it gives up. Who asked has been told by then, and
what nobody waits for any more is not begun.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, TypeVar

T = TypeVar("T")
MOST = 32


class Workers:
    """At most `most` threads, started when they are needed."""

    def __init__(self, most: int = MOST) -> None:
        self._most, self._lock = most, Lock()
        self._queue: SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = SimpleQueue()
        self._threads, self._under_way = 0, 0

    @property
    def under_way(self) -> int:
        """Return how much work is begun or waits, that which nobody waits for among it."""
        return self._under_way

    async def run(self, work: Callable[[], T], within_s: float) -> T:
        """Return what `work` gives; TimeoutError after `within_s` seconds, and it goes on."""
        future: Future[T] = Future()
        with self._lock:
            self._under_way += 1
            if self._under_way > self._threads and self._threads < self._most:
                self._threads += 1
                Thread(target=self._serve, name="karat-gate", daemon=True).start()
        self._queue.put((future, work))
        return await asyncio.wait_for(asyncio.wrap_future(future), within_s)

    def _serve(self) -> None:
        while True:
            future, work = self._queue.get()
            if future.set_running_or_notify_cancel():
                try:
                    result = work()
                except BaseException as error:  # noqa: BLE001 - whoever waits is told
                    future.set_exception(error)
                else:
                    future.set_result(result)
            with self._lock:
                self._under_way -= 1
            del future, work  # nothing of a question is kept until the next one
