"""Which training datasets what failed just now speaks against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

if TYPE_CHECKING:
    from karat.cli.workplace import Workplace
    from karat.flow import Validation


def revoked(place: Workplace, done: list[Validation]) -> dict[str, list[str]]:
    """Return the datasets that are refused for a content that failed, and the partitions."""
    failed = {(str(partition), verdict.inputs.content)
              for one in done for partition, verdict in one.verdicts.items()
              if str(verdict.outcome) == "FAIL"}  # fmt: skip
    if not failed:
        return {}
    from karat.dataset.impact import refused_for

    return refused_for(place.lake, place.contract.dataset, failed)


def draw_revoked(console: Console, found: dict[str, list[str]]) -> None:
    """Print each dataset, and what to do."""
    for title, partitions in found.items():
        told = escape(", ".join(partitions))
        console.print(f"[bold red]revoked:[/] {title} holds {told}", soft_wrap=True)
    if found:
        console.print("[dim]next: karat dataset ls, karat impact PARTITION[/]")
