"""A progress bar on standard error, only where somebody watches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from karat.telemetry import Progress as Listener
from karat.telemetry import silent


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
        TextColumn("[dim]{task.fields[what]}[/]"),
        console=console,
        transient=True,
    ) as shown:
        yield _listener(shown)


def _listener(shown: Progress) -> Listener:
    stages = {}

    def hear(stage: str, done: int, total: int, what: str) -> None:
        if stage not in stages:
            stages[stage] = shown.add_task(stage, total=None, what="")
        shown.update(stages[stage], completed=done, total=total or None, what=what)

    return hear
