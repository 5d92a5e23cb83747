"""Verdicts as a person reads them: one line a partition, what speaks against it beneath."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape

from karat.cli.finding_lines import draw_findings
from karat.cli.output import coloured, size

if TYPE_CHECKING:
    from fractions import Fraction

    from karat.flow import Validation
    from karat.verdicts import Verdict
    from karat.verdicts.certified import Certified
    from karat.verdicts.spending import Spending

AUDIT = "wap-"
UNKNOWN = "INCONCLUSIVE"
FEW = 8
"""So many partitions are named in a line."""


def plain(done: list[Validation], missing: Mapping[str, str]) -> dict[str, Any]:
    """Return the validations as one document; `missing` partitions count as INCONCLUSIVE."""
    outcomes = {str(v.outcome) for v in done if v.verdicts} | ({UNKNOWN} if missing else set())
    worst = next((o for o in ("FAIL", UNKNOWN, "PASS") if o in outcomes), UNKNOWN)
    return {
        "outcome": worst,
        "cached": sum(v.cached for v in done),
        "bytes_read": sum(v.bytes_read for v in done),
        "reread": {p: columns for v in done for p, columns in v.plain_reread().items()},
        "levels": {v.ref: {"level": v.level, "chosen": v.chosen} for v in done},
        "refs": {v.ref: [str(p) for p in v.verdicts] for v in done},
        "roots": {v.ref: v.plain_root() for v in done},
        "merged": {v.ref: {k: [*map(float, pair)] for k, pair in v.merged.items()} for v in done},
        "verdicts": {str(p): v.plain(p) | {"ref": v.ref} for v in done for p in v.verdicts},
        "missing": dict(missing),
        "certified": _certified(done)._asdict(),
        "error_budget": spent.plain() if (spent := _spent(done)) else None,
    }


def _certified(done: list[Validation]) -> Certified:
    from karat.verdicts.certified import certified

    return certified(verdict for v in done for verdict in v.verdicts.values())


def _spent(done: list[Validation]) -> Spending | None:
    from karat.verdicts.spending import spending

    return spending({str(p): verdict for v in done for p, verdict in v.verdicts.items()})


def draw(
    console: Console, done: list[Validation], missing: Mapping[str, str], *, verbose: bool
) -> None:
    """Print one line a partition, its findings beneath, and the totals."""
    verdicts = {str(p): verdict for v in done for p, verdict in v.verdicts.items()}
    waived = {str(p): waiver for v in done for p, waiver in v.waivers.items()}
    width = max(map(len, [*verdicts, *missing]), default=0)
    for name, verdict in sorted(verdicts.items()):
        answered = f"  [yellow]{escape(str(waived[name]))}[/]" if name in waived else ""
        console.print(f"{name:<{width}}  {coloured(str(verdict.outcome))}{answered}")
        draw_findings(console, verdict.findings, verbose=verbose)
    for name, why in missing.items():
        console.print(f"{name:<{width}}  {coloured(UNKNOWN)} {why}")
    _totals(console, done, [*map(_outcome, verdicts.values()), *([UNKNOWN] * len(missing))])


def _span(low: Fraction, high: Fraction) -> str:
    return f"{float(low):.4f}" if low == high else f"{float(low):.4f} to {float(high):.4f}"


def _told_of_bounds(done: list[Validation]) -> list[str]:
    """Return in words what certified intervals left open, and what was read to close them."""
    bounded = _certified(done)
    return [told for told in (bounded.words() if bounded.held else "", _reread(done)) if told]


def _reread(done: list[Validation]) -> str:
    """Return in words which columns were read once more, and of what; "" for none."""
    counts = Counter(name for v in done for columns in v.reread.values() for name in columns)
    if not counts:
        return ""
    days = [str(one) for v in done for one in v.reread]
    columns = ", ".join(f"{name} of {count:,}" for name, count in counts.items())
    few = f": {', '.join(days)}" if len(days) <= FEW else ""
    return f"read again for all golden values: {columns} partitions{few}"


def _outcome(verdict: Verdict) -> str:
    return str(verdict.outcome)


def _totals(console: Console, done: list[Validation], outcomes: list[str]) -> None:
    counts = Counter(outcomes)
    tally = ", ".join(f"{counts[o]} {coloured(o)}" for o in ("PASS", "FAIL", UNKNOWN) if counts[o])
    cached, read = sum(v.cached for v in done), size(sum(v.bytes_read for v in done))
    console.print(f"\n{tally or 'nothing to judge'} · {cached} from the ledger, {read} read")
    from karat.verdicts.level import LESSER, MEANT

    for validation in done:
        if validation.level in LESSER:
            told = validation.chosen or f"level {validation.level}"
            console.print(f"[yellow]{told}: {MEANT[validation.level]}[/]")
        elif validation.chosen:
            console.print(f"[dim]{validation.chosen}[/]")
        if validation.merged:
            spans = (f"{name} {_span(*bounds)}" for name, bounds in validation.merged.items())
            told = f"{validation.ref[:16]}: all days together from golden: {', '.join(spans)}"
            console.print(f"[dim]{escape(told)}[/]")
    for told in _told_of_bounds(done):
        console.print(f"[dim]{escape(told)}[/]")
    if spent := _spent(done):
        console.print(f"[dim]{spent.words()}[/]")
    if counts["PASS"] and any(v.ref.startswith(AUDIT) for v in done):
        console.print("[dim]next: karat publish[/]")
