"""`karat validate`: one verdict a partition, by the contract, and what speaks against it."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from karat.cli import validate_file, validate_folder, verdict_plots, verdict_table
from karat.cli.bar import bar
from karat.cli.exits import exit_of
from karat.cli.incidents import telling
from karat.cli.options import (
    AsJson,
    ContractFile,
    Home,
    LakeUrl,
    Level,
    Partitions,
    Spend,
    level_in,
    parsed_budget,
)
from karat.cli.output import answer
from karat.cli.revoked import draw_revoked, revoked
from karat.cli.teaching import teaching
from karat.cli.workers import Apart, AtOnce, GivesWay, compute_of
from karat.cli.workplace import Workplace, parsed, workplace
from karat.errors import InputError

if TYPE_CHECKING:
    from karat.compute import Compute
    from karat.flow import Validation
    from karat.flow.budgets import Budget
    from karat.lake.layout import Partition
    from karat.telemetry import Progress
    from karat.verdicts.level import Lesser

NAME = "validate"
OWN = "Without a lake"
NOT_REBUILT = "its newest raw capture is not rebuilt: run karat rebuild"
FOLDERS_ONLY = "--data DIR goes with --golden DIR, one contract, -v and --json, and nothing else"
EPILOG = teaching(
    "karat validate -v",
    "karat validate binance-spot-btcusdt/2024-08-08 --json",
    "karat validate --processes 8",
    "karat validate --data events.parquet --golden quotes.parquet \\\n"
    "      --instrument binance-spot-btcusdt --date 2024-08-08",
    "karat validate contract.yaml --data days/ --golden golden-days/",
    done="PASS: every partition is proved",
    fail="FAIL: a partition is shown to be wrong",
    inconclusive="INCONCLUSIVE: a partition is neither, and is not admitted either",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a lake is to be judged, how thoroughly, and how many partitions at once."""

    wanted: list[Partition] | None
    ref: str | None
    level: Lesser | None
    budget: Budget | None
    compute: Compute


def command(
    partitions: Partitions = None,
    *,
    ref: Annotated[
        str | None,
        typer.Option(help="Judge what this branch, tag or commit holds, not the newest bytes."),
    ] = None,
    level: Level = None,
    budget: Spend = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Draw what was found into this folder.")
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show every rule and its numbers.")
    ] = False,
    data: Annotated[
        Path | None,
        typer.Option(
            rich_help_panel=OWN, metavar="PATH", help="Your book events, or a folder of days."
        ),
    ] = None,
    golden: Annotated[
        Path | None,
        typer.Option(
            rich_help_panel=OWN,
            metavar="PATH",
            help="A golden capture, or a folder of golden days.",
        ),
    ] = None,
    golden_trades: Annotated[
        Path | None, typer.Option(rich_help_panel=OWN, metavar="FILE", help="One of trades.")
    ] = None,
    instrument: Annotated[
        str | None, typer.Option(rich_help_panel=OWN, help="Such as binance-spot-btcusdt.")
    ] = None,
    date: Annotated[str | None, typer.Option(rich_help_panel=OWN, help="YYYY-MM-DD.")] = None,
    instruments: Annotated[
        Path | None, typer.Option(rich_help_panel=OWN, metavar="CSV", help="Reference data.")
    ] = None,
    threads: AtOnce = None,
    processes: Apart = None,
    gives_way: GivesWay = False,
    lake: LakeUrl = None,
    contract: ContractFile = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Judge partitions by the contract, against the golden captures of the same interval.

    By default the newest bytes of every partition, wherever they lie: on an audit branch, or
    published. A verdict that the ledger holds already is taken from there; then nothing is read.
    Who is named in KARAT_NOTIFY_URL is told of a failure or a breaker, once, and when it is over.

    Without a lake: one file of book events with its golden capture, or a folder of days, one
    Parquet file each, by any contract (named first, or with --contract) against golden days.
    """
    _there({"--data": data, "--golden": golden})
    how = compute_of(threads, processes, gives_way=gives_way)
    if data is not None and data.is_dir():
        of_files = golden_trades, instrument, date, instruments
        of_lakes = ref, level, budget, plot, threads, processes
        if any((*of_files, *of_lakes)) or len(partitions or []) > 1:
            raise InputError(FOLDERS_ONLY)
        written = Path(partitions[0]) if partitions else contract
        _own_days(workplace(lake, written, home), data, golden, verbose=verbose, as_json=as_json)
        return
    place = workplace(lake, contract, home)
    own = data, golden, golden_trades, instrument, date, instruments
    missing: dict[str, str] = {}
    with bar() as progress:
        if any(own):
            if level or budget or threads or processes:
                told = "--level, --budget, --threads and --processes"
                raise InputError(f"{told} are for what lies in a lake")
            if not (data and instrument and date) or partitions or ref:
                raise InputError("--data, --instrument and --date go together, without partitions")
            files = validate_file.Files(data, golden, golden_trades, instruments)
            done = [validate_file.run(files, instrument, date, place.contract, progress)]
        else:
            asked = Asked(parsed(partitions), ref, level_in(level), parsed_budget(budget), how)
            done, missing = _in_lake(place, asked, progress)
    if plot is not None:
        verdict_plots.write(place, done, plot)
    bad = {} if any(own) else revoked(place, done)
    body = verdict_table.plain(done, missing) | {"revoked": bad}

    def draw(console: Console) -> None:
        verdict_table.draw(console, done, missing, verbose=verbose)
        draw_revoked(console, bad)

    with nullcontext() if any(own) else telling(place):
        answer(body, draw, as_json=as_json, code=exit_of(body["outcome"]))


def _there(paths: dict[str, Path | None]) -> None:
    for said, path in paths.items():
        if path is not None and not path.exists():
            raise InputError(f"{said} {path}: no such file or folder")


def _own_days(
    place: Workplace, data: Path, golden: Path | None, *, verbose: bool, as_json: bool
) -> None:
    if golden is not None and not golden.is_dir():
        raise InputError(f"--golden {golden}: with --data DIR it is a folder of golden days")
    with bar() as progress:
        done = validate_folder.run(data, golden, place.contract, progress)
    body = validate_folder.plain(done)

    def draw(console: Console) -> None:
        validate_folder.draw(console, done, verbose=verbose)

    answer(body, draw, as_json=as_json, code=exit_of(body["outcome"]))


def _in_lake(
    place: Workplace, asked: Asked, progress: Progress
) -> tuple[list[Validation], dict[str, str]]:
    """Return a validation a branch, and the partitions that have nothing to judge."""
    from karat.flow import newest_refs

    if asked.ref is not None:
        return [_judge(place, asked.ref, asked.wanted, asked, progress)], {}
    found = newest_refs(place.lake, place.contract, asked.wanted, store=place.store)
    raw = ingested(place, asked.wanted)
    have = {p for partitions in found.values() for p in partitions}
    missing = {str(p): NOT_REBUILT for p in raw if p not in have}
    return [_judge(place, at, held, asked, progress) for at, held in found.items()], missing


def ingested(place: Workplace, wanted: list[Partition] | None) -> list[Partition]:
    """Return `wanted`, or all partitions; InputError for one without a raw capture, or for none."""
    from karat.lake.layout import MAIN
    from karat.verdicts.lineage import raw_partitions

    have = raw_partitions(place.lake, place.lake.head(MAIN), source=place.contract.source)
    lacking = [str(p) for p in wanted or () if p not in have]
    if lacking or not have:
        what = f"no raw capture of {', '.join(lacking)}" if lacking else "no raw capture"
        raise InputError(f"{what} in the lake {place.lake_url}: run karat ingest first")
    return have if wanted is None else wanted


def _judge(place: Workplace, ref: str, wanted: Any, asked: Asked, progress: Progress) -> Validation:
    from karat.flow import validate

    return validate(
        place.lake,
        place.contract,
        ref,
        wanted,
        store=place.store,
        progress=progress,
        level=asked.level,
        budget=asked.budget,
        compute=asked.compute,
    )
