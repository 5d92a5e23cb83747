"""`karat dataset allow`: read a training dataset although parts of it were proved bad."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from karat.cli.dataset_found import Title
from karat.cli.options import AsJson, Home, LakeUrl
from karat.cli.output import answer
from karat.cli.teaching import teaching
from karat.cli.user import user_name
from karat.cli.workplace import workplace

NAME = "allow"
EPILOG = teaching(
    "karat dataset allow demo@1.0.0 --reason 'the golden capture is known to be off'",
    broken="nothing of it is revoked, there is no such version, or wrong use",
)


def command(
    dataset: Title,
    *,
    reason: Annotated[str, typer.Option(help="Why.")],
    who: Annotated[
        str | None, typer.Option(help="Who answers for it. Default: the user's name.")
    ] = None,
    lake: LakeUrl = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Let a training dataset be read although contents of it were proved bad later.

    In your name and for a reason, signed in the ledger. It answers for what is revoked by now:
    what is revoked later refuses the dataset again.
    """
    from karat.dataset import allow

    place = workplace(lake, None, home)
    found = allow(place.lake, dataset, who=who or user_name(), reason=reason)

    def draw(console: Console) -> None:
        count = len(found.revocations)
        console.print(f"{dataset}: {count} revocations {escape(str(found))}", soft_wrap=True)

    answer(found.plain(), draw, as_json=as_json)
