"""The command `karat`: one stage of the flow a command, in the order of the flow."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from karat.cli import (
    alarm,
    attribute,
    audit,
    breaker,
    compare,
    contract,
    cut,
    dataset_allow,
    dataset_card,
    dataset_diff,
    dataset_show,
    day_range,
    demo,
    doctor,
    explain,
    gate,
    golden,
    impact,
    ingest,
    init,
    keys,
    lake,
    ls,
    notify,
    plan,
    profile,
    publish,
    race,
    rebuild,
    reproduce,
    retention,
    rollback,
    simulate,
    store,
    train,
    validate,
    verify,
    waive,
)
from karat.cli.group import Commands
from karat.cli.teaching import flowing

FLOW = (
    "captures [bold]→ ingest → rebuild → validate → publish → dataset cut[/] → training\n"
    "Every stage can be run alone, and again: what is known already is not computed twice."
)
app = typer.Typer(
    name="karat",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    epilog=f"[bold]The flow[/]\n{FLOW}\n\n[bold]Exit codes[/]\n"
    "0 PASS or done, 1 FAIL or refused, 2 wrong use or broken, 3 INCONCLUSIVE",
)
datasets = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Cut, look at and compare training datasets: proved partitions, versioned and tagged.",
)


def _version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        typer.echo(f"karat {version('karat')}")
        raise typer.Exit


@app.callback()
def karat(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Prove rebuilt market data against golden captures, and let nothing else into training."""


def _add(into: typer.Typer, *modules: Any) -> None:
    for module in modules:
        text = flowing(module.command.__doc__)
        into.command(module.NAME, help=text, epilog=module.EPILOG)(module.command)


_add(
    app,
    demo,
    init,
    profile,
    simulate,
    ingest,
    rebuild,
    plan,
    validate,
    explain,
    day_range,
    publish,
    waive,
    alarm,
    audit,
    rollback,
    retention,
    reproduce,
    compare,
    train,
    attribute,
    race,
    impact,
    doctor,
)
_add(datasets, cut, verify, ls, dataset_show, dataset_card, dataset_diff, dataset_allow)
app.add_typer(datasets, name="dataset")
golden.add_to(app)
contract.add_to(app)
keys.add_to(app)
breaker.add_to(app)
notify.add_to(app)
gate.add_to(app)
lake.add_to(app)
store.add_to(app)
