"""What a worker process does: takes an item, sends back its result or its error, until told to end.

Nothing here outlives the process that asked: a worker whose parent is gone ends at once, whatever
it is doing.
"""

from __future__ import annotations

import os
import signal
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import connection, parent_process
from multiprocessing.reduction import ForkingPickler
from types import FunctionType
from typing import Any, Literal, NamedTuple

import pyarrow as pa

from karat.compute.courtesy import give_way
from karat.compute.kept_memory import settle
from karat.errors import InputError, KaratError


class Answer(NamedTuple):
    """What came of an item: its result, or its error in parts; `ready` says that work may come."""

    kind: Literal["ready", "result", "error", "unusable"]
    value: Any = None

    def get(self) -> Any:
        """Return the result, or raise the error as it was raised."""
        if self.kind == "result":
            return self.value
        raise _whole(*self.value)


def packed(what: object, told: str) -> bytes:
    """Return the bytes that another process makes `what` of; `InputError` where there are none."""
    try:
        return bytes(ForkingPickler.dumps(what))
    except KaratError:  # a value that says itself why it cannot be elsewhere
        raise
    except Exception as error:
        why = f"{told} cannot be sent to another process ({error})"
        raise InputError(f"{why}: give a function of a module and plain values") from error


def serve(line: connection.Connection, gives_way: bool, of: int = 1) -> None:
    """Take a function, then items, and answer each, until the other end of `line` is closed.

    It is one `of` so many processes: Arrow's threads are its share of the cores.
    """
    pa.set_cpu_count(max(1, pa.cpu_count() // of))
    if gives_way:
        give_way()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the parent's to tell
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # whatever the parent does with one
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        _serve(line)


def _serve(line: connection.Connection) -> None:
    data = line.recv_bytes()
    try:
        function = ForkingPickler.loads(data)
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent is told and raises it
        line.send(Answer("unusable", _parts(error)))
        return
    settle()
    line.send(Answer("ready"))
    while True:
        _send(line, _answer(function, line.recv()))


def _answer(function: Callable[[Any], Any], item: Any) -> Answer:
    try:
        return Answer("result", function(item))
    except Exception as error:  # noqa: BLE001 - it is raised where the result is waited for
        return Answer("error", _parts(error))


def _send(line: connection.Connection, answer: Answer) -> None:
    try:
        data = packed(answer, "a result")
    except InputError as error:
        data = packed(Answer("error", _parts(error)), "an error")
    line.send_bytes(data)


def _parts(error: Exception) -> tuple[type[Exception], tuple[Any, ...], dict[str, Any]]:
    """Return what `_whole` makes the error of: not every exception is made of its own `args`."""
    if not isinstance(error, KaratError):  # nobody foresaw it: where it was raised must be known
        error.add_note("in a worker process:\n" + "".join(traceback.format_exception(error)))
    parts = type(error), error.args, vars(error)
    try:
        same = str(_whole(*ForkingPickler.loads(ForkingPickler.dumps(parts)))) == str(error)
    except Exception:  # noqa: BLE001 - an exception of any make, which must not be lost
        same = False
    told = f"{type(error).__name__}: {error}"
    notes = {"__notes__": list(getattr(error, "__notes__", []))}
    return parts if same else (RuntimeError, (told,), notes)


def _whole(kind: type[Exception], args: tuple[Any, ...], state: dict[str, Any]) -> Exception:
    own = isinstance(kind.__init__, FunctionType)  # made of other things than its `args`
    error = kind.__new__(kind, *args) if own else kind(*args)
    vars(error).update(state)
    return error


def _end_with_parent() -> None:
    """Wait for the end of the parent process, and end this one then."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
