"""`karat rollback`: main back to its last fully valid state, forwards, and on record."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from karat.cli.bar import bar
from karat.cli.contract_files import ContractFiles, contracts_in
from karat.cli.options import AsJson, Home, LakeUrl
from karat.cli.output import answer, short
from karat.cli.teaching import teaching
from karat.cli.user import user_name
from karat.cli.workplace import workplace
from karat.errors import InputError

if TYPE_CHECKING:
    from karat.gate.rolling_back import Plan

NAME = "rollback"
EPILOG = teaching(
    "karat rollback",
    "karat rollback --reason 'a script wrote to main' --yes",
    "karat rollback --to 4f0c…e1 --reason 'the vendor withdrew a day' --yes",
    done="shown, or done; also where there is nothing to do",
    fail="the state to go back to is not valid, or none ever was",
)


def command(
    *,
    to: Annotated[
        str | None,
        typer.Option(metavar="COMMIT", help="The commit of main. Default: the last valid one."),
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why; it stays on record.")] = None,
    who: Annotated[
        str | None, typer.Option(help="Who answers for it. Default: the user's name.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; else it is only shown.")] = False,
    lake: LakeUrl = None,
    contract: ContractFiles = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Put a dataset on main back as it was when all of it had a PASS, by one more commit.

    Shown first, done with --yes: history is never rewritten, and the ledger keeps who did it and
    why. The dataset is that of the first --contract; give those of all datasets in the lake.
    Captures stay: a partition whose capture is newer is trained on after it was rebuilt.
    """
    from karat.gate.rolling_back import plan_rollback, roll_back

    place = workplace(lake, None, home)
    contracts = contracts_in(place, contract)
    target = place.lake.resolve(to) if to else None
    with bar() as progress:
        plan = plan_rollback(
            place.lake, contracts[0], contracts, store=place.store, target=target, progress=progress
        )
    commit = None
    if yes and (plan.restored or plan.taken):
        if not reason:
            raise InputError("--yes needs a --reason: it stays on record")
        commit = roll_back(place.lake, plan, who=who or user_name(), reason=reason)
    body = asdict(plan) | {"commit": commit}
    answer(body, lambda console: _draw(console, plan, commit), as_json=as_json)


def _draw(console: Console, plan: Plan, commit: str | None) -> None:
    for name, why in plan.invalid.items():
        console.print(f"[bold red]not valid[/] {escape(name)}: {escape(why)}", soft_wrap=True)
    if not (plan.restored or plan.taken):
        console.print(f"main holds {plan.dataset} as it was at {short(plan.target)}: nothing to do")
        return
    words: dict[str, Any] = {"put back": plan.restored, "taken away": plan.taken}
    for what, paths in words.items():
        for path in paths:
            console.print(f"{what}  {escape(path)}")
    if commit:
        console.print(f"[green]rolled back[/] to {short(plan.target)}, as commit {short(commit)}")
        return
    console.print(f"main would be as at {short(plan.target)}; nothing is changed yet")
    console.print("[dim]next: karat rollback --reason WHY --yes[/]")
