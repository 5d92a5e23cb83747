"""Results to standard output, as tables or as one JSON document; all else to standard error."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Mapping
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from karat.cli.exits import Exit

COLOURS = {"PASS": "green", "FAIL": "bold red", "INCONCLUSIVE": "yellow"}
STEP = 1_000
UNITS = ("kB", "MB", "GB", "TB")
Draw = Callable[[Console], None]


def answer(body: dict[str, Any], draw: Draw, *, as_json: bool, code: Exit = Exit.DONE) -> None:
    """Print `body` as JSON, or have it drawn; leave with `code` unless it is 0."""
    if as_json:
        sys.stdout.write(json.dumps(body, indent=1) + "\n")
    else:
        draw(Console(highlight=False))
    if code:
        raise typer.Exit(code)


def complain(kind: str, message: str, *, as_json: bool) -> None:
    """Tell of an error: one message on standard error, or one document on standard output."""
    if as_json:
        sys.stdout.write(json.dumps({"error": {"kind": kind, "message": message}}, indent=1) + "\n")
    else:
        console = Console(stderr=True, highlight=False, soft_wrap=True)
        console.print(f"[bold red]{kind}[/] {escape(message)}")


def coloured(outcome: str) -> str:
    """Return an outcome in its colour, for Rich.

    >>> coloured("PASS")
    '[green]PASS[/]'
    """
    return f"[{COLOURS.get(outcome, 'default')}]{outcome}[/]"


def short(digest: str) -> str:
    """Return the 12 digits by which people tell digests apart."""
    return digest[:12]


def proof(count: int, waived: Mapping[str, str]) -> str:
    """Return how `count` partitions stand of which some were admitted by a waiver.

    >>> proof(3, {}), proof(3, {"a/b": "digest"})
    ('all proved', '2 proved, 1 waived: a/b')
    """
    if not waived:
        return "all proved"
    return f"{count - len(waived)} proved, {len(waived)} waived: {', '.join(waived)}"


def rough(value: float) -> str:
    """Return a number by its two leading digits, a large one as people write it.

    >>> rough(521.4), rough(0.00346), rough(0), rough(1_234_567)
    ('520', '0.0035', '0', '1,200,000')
    """
    return f"{float(f'{value:.2g}'):,.15g}"


def size(count: int) -> str:
    """Return a number of bytes as people say it.

    >>> size(0), size(1_500), size(2_340_000_000)
    ('0 B', '1.5 kB', '2.3 GB')
    """
    if count < STEP:
        return f"{count} B"
    power = min(int(math.log(count, STEP)), len(UNITS))
    return f"{count / STEP**power:.1f} {UNITS[power - 1]}"
