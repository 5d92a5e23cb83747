"""`karat train`: a policy from a proved dataset, and the same bits again."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from karat.cli.bar import bar
from karat.cli.exits import Exit
from karat.cli.options import AsJson, ContractFile, Home, LakeUrl
from karat.cli.output import answer, short
from karat.cli.teaching import teaching
from karat.cli.workplace import workplace
from karat.errors import InputError

if TYPE_CHECKING:
    from karat.training import Model, Rivals

NAME = "train"
HOW = "How it is trained"
ENDS = "payoff a step", "95 % between"
EPILOG = teaching(
    "karat dataset cut steps --contract contracts/rl_steps.yaml --eval-from 2024-02-15",
    "karat train steps@1.0.0 --contract contracts/rl_steps.yaml",
    "karat train steps@1.0.1 --judge golden-steps@1.0.0 --seed 3",
    "karat train --reproduce 3f9a1c…",
    done="trained, or found; a repetition gave the same bits",
    fail="refused: the dataset is not proved, or a repetition gave other bits",
)


def command(
    dataset: Annotated[
        str | None, typer.Argument(metavar="NAME@VERSION", help="What to train on.")
    ] = None,
    *,
    name: Annotated[str, typer.Option(help="What the model is called.")] = "policy",
    judge: Annotated[
        str,
        typer.Option(metavar="NAME@VERSION", help="Evaluate on this one: a fixed golden one, say."),
    ] = "",
    waived: Annotated[
        bool, typer.Option("--waived", help="Accept partitions that stand under a waiver.")
    ] = False,
    again: Annotated[
        str | None,
        typer.Option("--reproduce", metavar="COMMIT", help="Make this commit's model again."),
    ] = None,
    hidden: Annotated[int, typer.Option(rich_help_panel=HOW, help="Hidden values.")] = 32,
    epochs: Annotated[
        int,
        typer.Option(
            rich_help_panel=HOW,
            help="Times over all steps; 0: as few as make 800 batches (4 to 512, a power of two).",
        ),
    ] = 0,
    rows: Annotated[int, typer.Option(rich_help_panel=HOW, help="Steps of a batch.")] = 256,
    rate: Annotated[float, typer.Option(rich_help_panel=HOW, help="Adam's rate.")] = 2e-3,
    seed: Annotated[int, typer.Option(rich_help_panel=HOW, help="Of weights and order.")] = 0,
    lake: LakeUrl = None,
    contract: ContractFile = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Train a policy offline on a pinned, proved dataset, and keep it on main.

    The dataset is a cut of steps (karat dataset cut, by a contract with `episodes`). It is opened
    first: what is not proved, or revoked since, or waived (unless --waived), trains nothing.

    It is evaluated on days that do not train: those that the cut held back (--eval-from), or all of
    another dataset (--judge), such as a golden one that stays the same whatever trains. What takes
    no learning is worth there is printed before training: to do nothing (0 a step), each action
    always, any by chance, and what was done a step before. A policy is better than doing nothing
    when its 95 % interval, over blocks of episodes, lies above 0: that is told at the end.

    One commit holds weights, recipe and seed, code digest, evaluation, and the signed manifests of
    both datasets. A run that was killed goes on where it stood; one that was done is found.
    --reproduce trains a commit's model again and compares the weights, bit by bit.
    """
    place = workplace(lake, contract, home)
    if (dataset is None) == (again is None):
        raise InputError("give a dataset NAME@VERSION to train on, or --reproduce COMMIT")
    from karat.training import Recipe, reproduce, train
    from karat.training.payoffs import payoff_unit
    from karat.training.run import Ground

    recipe = Recipe(hidden, epochs, rows, rate, seed)
    ground = Ground(place.lake, place.contract, place.home / "training")
    unit = payoff_unit(place.contract)
    with bar() as progress:
        if again is not None:
            before, made = reproduce(ground, again, progress)
            return _repeated(before, made, as_json=as_json)
        done = train(
            ground, name, str(dataset), recipe, judge=judge, waivers=waived,
            state=_silent if as_json else partial(_state, unit), progress=progress,
        )  # fmt: skip
    body = {"commit": done.commit, "known": done.known} | _plain(done.model)

    def draw(console: Console) -> None:
        _draw(console, done.model, unit)
        how = "was trained before" if done.known else "is kept"
        console.print(f"{done.model.folder} {how}, commit {short(done.commit)}")
        console.print(f"[dim]code {done.model.code}, for karat attribute --code OLD,NEW[/]")
        console.print(f"[dim]next: karat train --reproduce {short(done.commit)}[/]")

    return answer(body, draw, as_json=as_json)


def _silent(title: str, rivals: Rivals) -> None:
    pass


def _state(unit: str, title: str, rivals: Rivals) -> None:
    """Print what is to be beaten, before training."""
    console = Console(highlight=False)
    console.print(f"{title} evaluates: {rivals.episodes:,} episodes of {rivals.steps:,} steps")
    if unit:
        console.print(f"payoffs are in {unit}", markup=False)
    table = Table("to beat", *ENDS, box=None, header_style="dim")
    for name, worth in rivals.worths.items():
        table.add_row(name, *_ends(worth.value, worth.low, worth.high))
    console.print(table)
    console.print("training …")


def _ends(value: float, low: float, high: float) -> tuple[str, str]:
    return f"{value:+.4g}", f"{low:+.4g} and {high:+.4g}"


def _plain(model: Model) -> dict[str, Any]:
    return (
        {"name": model.name, "run": model.run, "folder": model.folder, "code": model.code}
        | {key: value for key, value in model.record.items() if key != "code"}
        | {"sources": model.record["code"]}
    )


def _draw(console: Console, model: Model, unit: str) -> None:
    from karat.training.telling import verdicts

    found = model.record["evaluation"]
    on = model.record["evaluated_on"]["dataset"]
    table = Table(f"trained, on {on}", *ENDS, box=None, header_style="dim")
    rows = {"[bold]policy[/]": found["policy"], **found["rivals"]}
    rows |= {
        "policy less do nothing": found["over_nothing"],
        f"policy less {found.get('best', 'the best of these')}": found["over_best"],
    }
    for name, worth in rows.items():
        table.add_row(name, *_ends(**worth))
    console.print(table)
    nothing, best = verdicts(found, unit)
    colour = "green" if found["beats_nothing"] else "yellow"
    console.print(f"[bold {colour}]{nothing}[/]")
    console.print(best)
    how = model.recipe
    over = f"over {found['episodes']:,} episodes of {found['steps']:,} steps"
    console.print(f"{over}, after {how.epochs} epochs of batches of {how.rows}")
    if not found["beats_nothing"]:
        console.print("[dim]more days, or more --epochs, may tell; so may days that are alike[/]")
    if waived := model.record["waived"]:
        console.print(f"[yellow]waived partitions that it was trained on: {len(waived)}[/]")


def _repeated(before: Model, made: Model, *, as_json: bool) -> None:
    same = before.policy.digest == made.policy.digest
    changed = {
        key: [before.record[key], made.record[key]]
        for key in ("code", "torch", "evaluation")
        if before.record[key] != made.record[key]
    }
    body = {"same": same, "weights": made.policy.digest, "changed": changed}

    def draw(console: Console) -> None:
        told = "[green]the same bits[/]" if same else "[red]other bits[/]"
        console.print(f"{before.folder}: {told}, weights {short(made.policy.digest)}")
        for key in changed:
            console.print(f"[yellow]{key} is another than it was[/]")

    answer(body, draw, as_json=as_json, code=Exit.DONE if same else Exit.FAIL)
