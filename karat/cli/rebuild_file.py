"""A user's own raw capture into a file of book events, without any lake."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rich.console import Console

from karat.cli.bar import bar
from karat.cli.carry_file import read_carry, write_carry
from karat.cli.output import answer, short
from karat.errors import InputError

if TYPE_CHECKING:
    from karat.messages import Rebuilt

NEWEST = "9999-12-31"
ANOMALIES = {
    "gap": "gaps",
    "stale": "stale",
    "duplicate": "dupl.",
    "overlap": "overlaps",
    "unknown_delete": "unknown deletes",
}
"""The counts that speak of trouble, and what a table calls them."""


OPENINGS = {"reset": "a snapshot", "none": "no book"}


class Files(NamedTuple):
    """What is read, and what is written."""

    raw: Path
    out: Path
    carry: Path | None
    carry_out: Path | None
    instruments: Path | None


def run(files: Files, instrument: str, date: str, *, as_json: bool) -> None:
    """Rebuild one capture and tell of it; InputError for bad input or a place not to write to."""
    from karat.messages import instrument_on, instrument_rows, reader_of, rebuild

    table = instrument_rows(reference(files.instruments), instrument)
    _require_folder(files.out)
    opening = read_carry(files.carry) if files.carry else None
    try:
        with bar() as progress:
            result = rebuild(
                files.raw,
                files.out,
                reader=reader_of(instrument),
                instrument=instrument_on(table, instrument, date),
                opening=opening,
                source=str(files.raw),
                progress=progress,
            )
    except OSError as error:
        raise InputError(f"{files.out}: cannot be written ({error.strerror or error})") from error
    if files.carry_out:
        _require_folder(files.carry_out)
        write_carry(files.carry_out, result.closing)
    body = {
        "file": str(files.out),
        "rows": result.rows,
        "opening": result.opening,
        "closing": result.closing.digest,
        "counts": result.counts,
        "places": result.places,
    }
    answer(body, lambda console: _draw(console, files.out, result), as_json=as_json)


def reference(path: Path | None) -> str:
    """Return the text of a table of instruments, the shipped one for None; InputError."""
    from karat.messages import shipped_table

    try:
        return path.read_text(encoding="utf-8") if path else shipped_table()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as text ({error})") from error


def _require_folder(path: Path) -> None:
    if not path.absolute().parent.is_dir():
        raise InputError(f"{path}: its folder is not there: make it, or choose another")


def _draw(console: Console, out: Path, result: Rebuilt) -> None:
    met = [
        f"{result.counts[key]:,} {name}" for key, name in ANOMALIES.items() if result.counts[key]
    ]
    console.print(f"{result.rows:,} rows in {out}")
    console.print(f"opened by {OPENINGS.get(result.opening, short(result.opening))}")
    console.print(f"met on the way: {', '.join(met) or 'nothing amiss'}")
    for place in result.places[:5]:
        ids = f"{place['first_id']}-{place['last_id']}"
        console.print(f"  [yellow]{place['what']}[/] at row {place['row']:,}, ids {ids}")
