"""How many partitions a command works on at once, and where, as options and environment say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from karat.cli.settings import Settings
from karat.errors import InputError

if TYPE_CHECKING:
    from karat.compute import Compute

SPEED = "How fast"
AtOnce = Annotated[
    int | None,
    typer.Option(
        "--threads",
        min=1,
        rich_help_panel=SPEED,
        help="Partitions at once, in one process: the quicker way where all takes seconds.",
    ),
]
Apart = Annotated[
    int | None,
    typer.Option(
        "--processes",
        min=1,
        rich_help_panel=SPEED,
        help="Partitions at once, each in a process of its own, which may be killed; one that is "
        "judged alone and has 8 M rows to read is shared by them. To start them takes a second or "
        "two: where all takes seconds, --threads is quicker. Default: KARAT_PROCESSES, else none.",
    ),
]
GivesWay = Annotated[
    bool,
    typer.Option(
        "--yield",
        rich_help_panel=SPEED,
        help="Leave the cores to others, such as training: the lowest priority, and a tenth of the "
        "time while all cores are busy.",
    ),
]


def compute_of(threads: int | None, processes: int | None, *, gives_way: bool = False) -> Compute:
    """Return how partitions are worked on: by default one after the other, in this process.

    Where it is this process that works, it keeps the memory it frees, and all that is loaded; it
    `gives_way` itself, else its processes do. Raises InputError when both numbers are there,
    threads that are to give way, or KARAT_PROCESSES is no number.
    """
    from karat.compute import Processes, Serial, Threads
    from karat.compute.courtesy import give_way
    from karat.compute.kept_memory import settle

    if threads and processes:
        raise InputError("--threads and --processes are two ways to do the same: give one")
    if not threads and (processes := processes or Settings.from_environment().processes):
        return Processes(processes, gives_way=gives_way)
    if gives_way:
        if threads:
            raise InputError("--threads cannot give way one by one: use --processes with --yield")
        give_way()
    settle()
    return Threads(threads) if threads and threads > 1 else Serial()
