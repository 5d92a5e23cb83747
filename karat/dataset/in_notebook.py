"""A manifest as a notebook shows it: one small table, with no style but its own."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from karat.dataset.manifest import Manifest

SHOWN = 10


def notebook_table(manifest: Manifest, part: str | None = None) -> str:
    """Return a manifest, or what trains or evaluates of it, as a fragment of HTML."""
    rows = "".join(
        f"<tr><th style='text-align:left'>{escape(what)}</th>"
        f"<td style='text-align:left'>{escape(told)}</td></tr>"
        for what, told in _facts(manifest, part)
    )
    return f"<table>{rows}</table>"


def _facts(of: Manifest, part: str | None) -> Iterator[tuple[str, str]]:
    entries = [entry for entry in of.entries if part in {None, entry.part}]
    rows = [entry.rows for entry in entries if entry.rows is not None]
    yield "dataset", of.title + (f" ({part})" if part else "")
    if of.purpose:
        yield "purpose", of.purpose
    yield "partitions", f"{len(entries):,} of {of.dataset}"
    if entries:
        days = sorted(entry.day for entry in entries)
        yield "days", f"{days[0]} to {days[-1]}"
        yield "instruments", _few(sorted({entry.instrument for entry in entries}))
    if len(rows) == len(entries):
        yield "rows", f"{sum(rows):,}"
    if of.split:
        yield "split", str(of.split)
    waived = [entry.partition for entry in entries if entry.waiver]
    yield "proof", f"{len(waived)} waived: {_few(waived)}" if waived else "each under a PASS"
    yield "features", of.features or "not told"
    yield "contract", of.contract[:12]
    yield "golden", of.golden[:12] or "none"
    yield "commit", of.commit[:12]


def _few(names: list[str]) -> str:
    rest = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")
