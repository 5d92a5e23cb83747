"""`karat simulate`: captures of a market that does not exist, and faults for exercises."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from karat.cli.bar import bar
from karat.cli.exercise import SEVERITY, Fault, exercise
from karat.cli.options import AsJson
from karat.cli.output import answer, size
from karat.cli.teaching import teaching
from karat.errors import InputError

if TYPE_CHECKING:
    from karat.telemetry import Progress

NAME = "simulate"
FAULTS = "Exercises"
EPILOG = teaching(
    "karat simulate captures --days 3",
    "karat simulate captures -i sim-usdm-btcusdt -i sim-spot-ethusdt",
    "karat simulate captures --fault side_flip --fault-day 2024-01-02 \\\n"
    "      --sealed answer.json",
)
INSTRUMENT = typer.Option(
    "--instrument", "-i", help="sim-usdm-SYMBOL or sim-spot-SYMBOL; may be repeated."
)
BARE = typer.Option(
    metavar="DATE",
    help="A day without a snapshot; may be repeated. Default: every sixth after the first.",
)
FAULT_DAY = typer.Option(rich_help_panel=FAULTS, metavar="DATE", help="The day to spoil.")
SHARE = typer.Option(
    rich_help_panel=FAULTS, help=f"Share of depth messages, up to 1. Default: {SEVERITY}."
)
SEALED = typer.Option(
    rich_help_panel=FAULTS, metavar="FILE", help="Takes the place of the fault; outside FOLDER."
)


def command(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the capture files go.")],
    *,
    instrument: Annotated[list[str], INSTRUMENT] = ["sim-usdm-btcusdt"],  # noqa: B006
    first_day: Annotated[str, typer.Option(metavar="DATE", help="YYYY-MM-DD.")] = "2024-01-01",
    days: Annotated[int, typer.Option(min=1, help="How many days.")] = 2,
    messages: Annotated[int, typer.Option(help="About how many raw messages a day.")] = 20_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 1,
    without_snapshot: Annotated[list[str] | None, BARE] = None,
    fault: Annotated[
        Fault | None, typer.Option(rich_help_panel=FAULTS, help="Spoil one day with this.")
    ] = None,
    fault_day: Annotated[str | None, FAULT_DAY] = None,
    severity: Annotated[float | None, SHARE] = None,
    sealed: Annotated[Path | None, SEALED] = None,
    as_json: AsJson = False,
) -> None:
    """Write raw and golden captures of a simulated exchange, with a fault if you ask for one.

    The golden file is written by the exchange's own book, never by the code that rebuilds. A fault
    is of one instrument; a stale book of a message or two may leave each best quote as it was, and
    then nothing shows it.
    """
    from karat.simulation import simulate, write

    dates = [_day(first_day) + dt.timedelta(days=n) for n in range(days)]
    bare = [_day(text) for text in without_snapshot] if without_snapshot else None
    day = _day(fault_day) if fault_day else None
    task = exercise(
        fault, day, severity, sealed, seed, folder=folder, instruments=instrument, dates=dates
    )
    paths: list[Path] = []
    with bar() as progress:
        for at, name in enumerate(instrument):
            made = simulate(
                name, dates, seed=seed, messages_per_day=messages, without_snapshot=bare
            )
            listener = _from(progress, at * days, len(instrument) * days)
            paths += write(folder, task.applied(made) if task else made, listener)
    _tell(folder, paths, sealed if task else None, as_json=as_json)


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"{text!r} is not a day: write YYYY-MM-DD") from error


def _from(progress: Progress, before: int, everything: int) -> Progress:
    """Return a listener that counts on from the instruments before."""

    def hear(stage: str, done: int, total: int, what: str, *, rows: int = 0) -> None:
        progress(stage, before + done, total or everything, what, rows=rows)

    return hear


def _tell(folder: Path, paths: list[Path], sealed: Path | None, *, as_json: bool) -> None:
    """Print what was written, and what comes next."""

    def draw(console: Console) -> None:
        total = size(sum(path.stat().st_size for path in paths))
        console.print(f"{len(paths)} capture files ({total}) in {folder}")
        if sealed:
            console.print(f"where the fault is: sealed in {sealed}")
        console.print(f"[dim]next: karat ingest {folder}[/]")

    body = {
        "folder": str(folder),
        "files": [str(p) for p in paths],
        "sealed": sealed and str(sealed),
    }
    answer(body, draw, as_json=as_json)
