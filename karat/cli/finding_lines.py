"""What speaks about a partition: a line for each family, or for each rule where all are asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from karat.cli.output import coloured

if TYPE_CHECKING:
    from karat.verdicts import Finding

PAIRED = "paired"
RANKS = ("FAIL", "INCONCLUSIVE", "PASS")
MARK = "[dim] (a warning, it decides nothing)[/]"


def draw_findings(console: Console, findings: Sequence[Finding], *, verbose: bool) -> None:
    """Print a line for each family that has something to tell; if `verbose`, for each finding.

    The line is its worst finding, one that decides before one that warns, and names the others;
    what golden quotes and trades of the interval say has a line each.
    """
    for group in [[one] for one in findings] if verbose else _groups(findings):
        first, *others = sorted(group, key=_weight)
        line = _line(first, others, verbose=verbose)
        console.print(Padding(line, (0, 0, 0, 2)))


def _tells(finding: Finding) -> bool:
    """Return whether a finding is shown unasked: what is not PASS, and how golden compares."""
    return finding.family == PAIRED or str(finding.outcome) != "PASS"


def _groups(findings: Iterable[Finding]) -> list[list[Finding]]:
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in filter(_tells, findings):
        own = finding.name if finding.family == PAIRED else ""
        groups.setdefault((finding.family, own), []).append(finding)
    return list(groups.values())


def _weight(finding: Finding) -> tuple[bool, int]:
    return finding.role == "warn", RANKS.index(str(finding.outcome))


def _line(finding: Finding, others: Sequence[Finding], *, verbose: bool) -> Table:
    """Return one finding in columns, so that a long reason wraps beside them."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=12)
    grid.add_column(width=10)
    grid.add_column(overflow="fold")
    numbers = ", ".join(f"{k}={_number(v)}" for k, v in finding.numbers.items())
    more = f"\n[dim]{escape(numbers)}[/]" if verbose and numbers else ""
    more += f"\n[dim]{escape(_also(others))}[/]" if others else ""
    family = finding.family if finding.role == "gate" else f"[dim]{finding.family}[/]"
    warning = "" if finding.role == "gate" else MARK
    reason = f"{finding.name}: {finding.reason}" if finding.reason else finding.name
    grid.add_row(coloured(str(finding.outcome)), family, escape(reason) + warning + more)
    return grid


def _also(others: Sequence[Finding]) -> str:
    """Return the names of further findings of a family, the worst first."""
    named = {outcome: [f.name for f in others if str(f.outcome) == outcome] for outcome in RANKS}
    told = [f"{outcome} {', '.join(names)}" for outcome, names in named.items() if names]
    return f"also {'; '.join(told)} (-v tells why)"


def _number(value: float | str) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return f"{value:,}" if isinstance(value, int) else value
