"""Spawned worker processes, each doing one item at a time; one that dies is replaced."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import connection, current_process, get_context, resource_tracker
from multiprocessing.context import SpawnProcess
from threading import current_thread, main_thread
from typing import Any

from karat.compute.errand import Answer, packed, serve
from karat.errors import InputError, UnavailableError

PATIENCE_S = 5.0
"""How long a process that was told to end may take before it is killed."""
STARTS = 3
"""So many workers in a row may die before they have begun with anything."""


@dataclass
class Worker:
    """A process, the line to it, and the number of the item it works on, None for none."""

    process: SpawnProcess
    line: connection.Connection
    ready: bool = False
    item: int | None = None

    @property
    def idle(self) -> bool:
        """Return whether it waits for work."""
        return self.ready and self.item is None

    @property
    def died(self) -> str:
        """Return how it ended, in words."""
        self.process.join(PATIENCE_S)
        code = self.process.exitcode
        if code is None or code >= 0:
            return f"exit code {code}"
        why = ", perhaps for want of memory" if code == -signal.SIGKILL else ""
        return f"signal {-code}{why}"


@dataclass
class Crew:
    """At most `count` workers that apply `function`, as `packed` gives it."""

    count: int
    function: bytes
    gives_way: bool = False
    workers: list[Worker] = field(default_factory=list)
    lost: int = 0

    def idle(self, waiting: int) -> list[Worker]:
        """Return the workers without work; hire more where `waiting` items have need of them.

        Where the machine gives no more processes, those there are do all; UnavailableError where
        it gives none, InputError in a worker, which may have no workers of its own.
        """
        free = sum(one.item is None for one in self.workers)
        for _ in range(min(waiting - free, self.count - len(self.workers))):
            try:
                self._hire()
            except OSError as error:
                if not self.workers:
                    raise UnavailableError(
                        f"no worker process can be started ({error}): free memory, or raise the "
                        "limits of processes and open files"
                    ) from error
                break
        return [one for one in self.workers if one.idle]

    def give(self, worker: Worker, number: int, item: Any) -> None:
        """Have an idle worker do an item; `InputError` when it cannot be sent."""
        data = packed(item, f"item {item!r}")
        worker.item = number
        try:
            worker.line.send_bytes(data)
        except OSError:
            return  # it is dead, which `heard` tells

    def heard(self) -> Iterator[tuple[int, Answer | str]]:
        """Wait for news; yield each item's number with its answer, or how its worker died.

        Raises UnavailableError when workers die as they start, and what the function raised when
        it could not be made there.
        """
        lines = {one.line: one for one in self.workers if not one.idle}
        for line in connection.wait(list(lines)):
            worker = lines[line]  # type: ignore[index] # lines are all that is waited for
            try:
                answer: Answer = worker.line.recv()
            except (EOFError, OSError):
                yield from self._buried(worker)
                continue
            if answer.kind == "unusable":
                answer.get()
            if answer.kind == "ready":
                worker.ready, self.lost = True, 0
                continue
            number, worker.item = worker.item, None
            if number is not None:
                yield number, answer

    def close(self, *, at_once: bool) -> None:
        """Let the workers end, or end them `at_once`; none is left when this returns."""
        with uninterrupted():
            for worker in self.workers:
                worker.line.close()
                if at_once:
                    worker.process.terminate()
            for worker in self.workers:
                worker.process.join(PATIENCE_S)
                if worker.process.is_alive():
                    worker.process.kill()
                    worker.process.join()
                worker.process.close()
            self.workers.clear()

    def _hire(self) -> None:
        if current_process().daemon:
            raise InputError("a worker process cannot have workers of its own: use Threads there")
        context = get_context("spawn")
        resource_tracker.ensure_running()  # it would let interrupts through again
        with uninterrupted():  # what is started inherits this: an interrupt is the parent's to tell
            ours, theirs = context.Pipe()
            process = context.Process(
                target=serve,
                args=(theirs, self.gives_way, self.count),
                name="karat-worker",
                daemon=True,
            )
            try:
                process.start()
            except BaseException:
                ours.close()
                raise
            finally:
                theirs.close()
            self.workers.append(Worker(process, ours))
        try:
            ours.send_bytes(self.function)
        except OSError:
            return  # it is dead, which `heard` tells

    def _buried(self, worker: Worker) -> Iterator[tuple[int, str]]:
        """Take a dead worker off the list; what it worked on, if anything, is to be done again."""
        how = worker.died
        self.workers.remove(worker)
        worker.line.close()
        if worker.item is not None:
            yield worker.item, how
        if not worker.ready:
            self.lost += 1
        if self.lost >= STARTS:
            raise UnavailableError(
                f"worker processes end as they start ({how}): free memory; a script of your own "
                'must begin its work below `if __name__ == "__main__":`'
            )


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold SIGINT back until the block ends, also from what the block starts.

    A mask alone does not: where another thread takes the signal, Python runs its handler in the
    main thread whatever that holds back.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        with _noted():
            yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _noted() -> Iterator[None]:
    """Have the main thread note a SIGINT, and send it again when the block ends."""
    handler = signal.getsignal(signal.SIGINT)
    if current_thread() is not main_thread() or not callable(handler):
        yield
        return
    came: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if came:
            signal.raise_signal(signal.SIGINT)
