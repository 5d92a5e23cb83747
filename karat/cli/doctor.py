"""`karat doctor`: whether this machine is ready, and if not, what to do."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from karat.cli.checkup import checkup
from karat.cli.exits import Exit
from karat.cli.options import AsJson, ContractFile, Home, LakeUrl
from karat.cli.output import answer
from karat.cli.teaching import teaching
from karat.cli.workplace import workplace

NAME = "doctor"
EPILOG = teaching(
    "karat doctor",
    "karat doctor --lake /data/lake --json",
    done="ready",
    broken="something is in the way; each line says what to do",
)


def command(
    *,
    lake: LakeUrl = None,
    contract: ContractFile = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Look at Python, libraries, lake, store, contract, readers and caches; change nothing."""
    found = checkup(workplace(lake, contract, home))
    ready = all(finding.good for finding in found)
    body = {"ready": ready, "findings": [finding._asdict() for finding in found]}

    def draw(console: Console) -> None:
        table = Table.grid(padding=(0, 2))
        for finding in found:
            mark = "[green]ok[/]" if finding.good else "[bold red]mend[/]"
            table.add_row(mark, finding.what, escape(finding.said))
        console.print(table)

    answer(body, draw, as_json=as_json, code=Exit.DONE if ready else Exit.BROKEN)
