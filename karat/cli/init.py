"""`karat init`: a folder to begin with: a contract, a workspace for Dagster, and one asset."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from karat.cli.options import AsJson
from karat.cli.output import answer
from karat.cli.teaching import teaching
from karat.errors import InputError

NAME = "init"
EPILOG = teaching(
    "karat init my-days --data events/2024-03-01.parquet",
    "karat contract check my-days/contract.yaml",
    "cd my-days && dagster definitions validate -w workspace.yaml",
)
DATA = typer.Option(
    metavar="FILE", help="A Parquet file, or a folder of days, to take columns and types from."
)


def command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the files go.")],
    *,
    data: Annotated[Path | None, DATA] = None,
    dataset: Annotated[str, typer.Option(help="What the days are called.")] = "events",
    as_json: AsJson = False,
) -> None:
    """Write contract.yaml, workspace.yaml and definitions.py, with remarks; overwrite nothing.

    With --data the contract has the columns, types, order and signs of that file. The asset holds
    each day in DIR/data to the contract, and to the golden days in DIR/golden.
    """
    from karat.cli.profile import parquet_files
    from karat.cli.starter import DEFINITIONS, WORKSPACE
    from karat.contracts import parse_contract
    from karat.contracts.drafting import drafted
    from karat.flow.profiling import example, profile

    draft = example(dataset) if data is None else profile(parquet_files(data), dataset)
    contract = folder / "contract.yaml"
    parse_contract(drafted(draft), str(contract))
    texts = {
        contract: drafted(draft),
        folder / "workspace.yaml": WORKSPACE,
        folder / "definitions.py": DEFINITIONS.substitute(dataset=dataset),
    }
    _write(folder, texts)

    def draw(console: Console) -> None:
        for file in texts:
            console.print(f"wrote {escape(str(file))}", soft_wrap=True)
        console.print(f"next: put days into {escape(str(folder / 'data'))}/, read contract.yaml")

    answer({"written": [str(file) for file in texts]}, draw, as_json=as_json)


def _write(folder: Path, texts: dict[Path, str]) -> None:
    if there := [str(file) for file in texts if file.exists()]:
        raise InputError(f"{', '.join(there)}: already there, and nothing is overwritten")
    try:
        for below in ("data", "golden"):
            (folder / below).mkdir(parents=True, exist_ok=True)
        for file, text in texts.items():
            with file.open("x", encoding="utf-8") as out:
                out.write(text)
    except OSError as error:
        raise InputError(f"{folder} cannot be written ({error})") from error
