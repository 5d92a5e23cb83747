"""A lake whose calls are counted and timed, so that what the gate itself takes can be told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import local
from typing import Any, cast

from karat.lake import Lake
from karat.telemetry import elapsed_s

LISTS = {"list", "diff"}
CALLS = LISTS | {"head", "resolve", "commit_info", "stat", "open", "local_path", "confirm"}


class Meter(local):
    """What the calls of this thread came to."""

    def __init__(self) -> None:
        self.calls, self.seconds = 0, 0.0

    def timed(self, call: Callable[..., Any], *given: Any, **options: Any) -> Any:
        """Return what a call gives; it is counted, and its time is added."""
        began = elapsed_s()
        try:
            return call(*given, **options)
        finally:
            self.calls, self.seconds = self.calls + 1, self.seconds + elapsed_s() - began


class _Metered:
    """Passes everything on; lists are brought whole, so that all of their time counts."""

    def __init__(self, lake: Lake, meter: Meter) -> None:
        self._lake, self._meter = lake, meter

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._lake, name)
        if name not in CALLS:
            return call
        work = _whole(call) if name in LISTS else call

        def counted(*given: Any, **options: Any) -> Any:
            return self._meter.timed(work, *given, **options)

        self.__dict__[name] = counted
        return counted


def metered(lake: Lake, meter: Meter) -> Lake:
    """Return the same lake; `meter` counts what is asked of it."""
    return cast("Lake", _Metered(lake, meter))


def _whole(call: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    return lambda *given, **options: iter(list(call(*given, **options)))
