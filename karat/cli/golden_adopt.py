"""`karat golden adopt`: a dataset is judged by these golden days from now on, on record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from karat.cli.golden_find import Which, found
from karat.cli.options import AsJson, ContractFile, Home, LakeUrl
from karat.cli.output import answer, short
from karat.cli.teaching import teaching
from karat.cli.user import user_name
from karat.cli.workplace import Workplace, workplace
from karat.errors import InputError

if TYPE_CHECKING:
    from karat.golden import GoldenManifest

NAME = "adopt"
EPILOG = teaching(
    "karat golden adopt 3f0c1b9a7d42 --reason 'a quiet month'",
    "karat golden adopt ./golden-august --who 'M. Owner' --reason 'after the new feed'",
    done="adopted, or in force already",
)
Who = Annotated[
    str | None, typer.Option(help="Who answers for it. Default: the system's user.")
]  # fmt: skip
Reason = Annotated[str | None, typer.Option(help="Why; it is kept with the golden.")]


def command(
    golden: Which,
    *,
    reason: Annotated[str, typer.Option(help="Why; it is kept with the golden.")],
    who: Who = None,
    lake: LakeUrl = None,
    contract: ContractFile = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Judge by a golden manifest from now on, in your name and for a reason, signed.

    Verdicts are bound to the golden they were found by: what is published must be validated
    again before the next dataset is cut. See first what would change: karat golden diff.
    """
    place = workplace(lake, contract, home)
    body = adopt(place, found(place, golden), who, reason)

    def draw(console: Console) -> None:
        verb = "[green]adopted[/]" if body["changed"] else "in force already:"
        console.print(f"{verb} golden {short(body['golden'])} of {body['dataset']}")
        if body["changed"]:
            console.print(f"by {escape(body['who'])}: {escape(body['reason'])}")
            console.print("[dim]next: karat validate[/]")

    answer(body, draw, as_json=as_json)


def adopt(
    place: Workplace, manifest: GoldenManifest, who: str | None, reason: str | None
) -> dict[str, Any]:
    """Adopt a manifest and say so in plain values; InputError for one of another dataset."""
    from karat.flow import adopt_golden
    from karat.lake.layout import MAIN

    dataset = place.contract.dataset
    if manifest.dataset != dataset:
        told = f"golden {short(manifest.digest)} is of {manifest.dataset}"
        raise InputError(f"{told}, the contract of {dataset}: name another --contract")
    before = place.lake.head(MAIN)
    by = {"who": who or user_name(), "reason": reason or ""}
    head = adopt_golden(place.lake, manifest, **by)
    named = {"golden": manifest.digest, "dataset": dataset}
    return {**named, **by, "commit": head, "changed": head != before}
