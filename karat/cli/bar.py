"""A progress bar on standard error, only where somebody watches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from karat.telemetry import Progress as Listener
from karat.telemetry import elapsed_s, silent

MILLION = 1e6


@contextmanager
def bar(console: Console | None = None) -> Iterator[Listener]:
    """Yield a listener that shows one bar a stage until the block ends; silent off terminals."""
    console = console or Console(stderr=True)
    if not console.is_terminal:
        yield silent
        return
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("[dim]left[/]"),
        TimeRemainingColumn(),
        TextColumn("[dim]{task.fields[pace]}{task.fields[what]}[/]"),
        console=console,
        transient=True,
    ) as shown:
        yield _listener(shown)


def _listener(shown: Progress) -> Listener:
    stages: dict[str, TaskID] = {}
    began: dict[str, tuple[int, float]] = {}
    before: dict[str, int] = {}

    def hear(stage: str, done: int, total: int, what: str, *, rows: int = 0) -> None:
        if stage not in stages:
            stages[stage] = shown.add_task(stage, total=None, what="", pace="")
        task = stages[stage]
        if done < before.get(stage, done + 1):  # the first step, or the first of another file
            shown.reset(task)
            began[stage] = rows, elapsed_s()
        before[stage] = done
        pace = in_words(rows - began[stage][0], elapsed_s() - began[stage][1])
        shown.update(task, completed=done, total=total or None, what=what, pace=pace)

    return hear


def in_words(rows: int, seconds: float) -> str:
    """Return how many rows a second that is; nothing for no rows, or before any time went by.

    >>> in_words(3_000_000, 2), in_words(5_000, 2), in_words(0, 2)
    ('1.5 M rows/s ', '2 k rows/s ', '')
    """
    if not (rows and seconds):
        return ""
    pace = rows / seconds
    return f"{pace / 1e6:.1f} M rows/s " if pace >= MILLION else f"{pace / 1e3:.0f} k rows/s "
