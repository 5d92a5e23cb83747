"""What a tick, a lot and a contract of an instrument are, and since when."""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase
from importlib import resources

from karat.digest import digest
from karat.errors import InputError

DECIMALS = 8
"""Decimal places kept of a price or size: the text is exact to 1e-8 or refused."""

LARGEST_E8 = 1 << 63
COLUMNS = ("instrument", "valid_from", "tick", "lot", "contract_size", "contract_unit")


@dataclass(frozen=True, slots=True)
class Instrument:
    """One instrument as it trades since `valid_from` (ISO day).

    `tick_e8` and `lot_e8` are the price and size steps in units of 1e-8; `contract_size` is what
    one unit of size is worth, in `contract_unit`.
    """

    name: str
    valid_from: str
    tick_e8: int
    lot_e8: int
    contract_size: str
    contract_unit: str

    @property
    def venue_market(self) -> str:
        """Return ``<venue>-<market>``, the name readers are found by."""
        return "-".join(self.name.split("-")[:2])

    @property
    def symbol(self) -> str:
        """Return the venue's symbol in lower case."""
        return self.name.split("-", 2)[2]

    @property
    def digest(self) -> str:
        """Return the name of all that a rebuild takes from here (not of `valid_from`)."""
        return digest(
            "instrument/1",
            self.name,
            self.tick_e8,
            self.lot_e8,
            self.contract_size,
            self.contract_unit,
        )


def shipped_table() -> str:
    """Return the CSV text of the instruments karat knows of itself."""
    return resources.files("karat.messages").joinpath("instruments.csv").read_text()


def instrument_rows(text: str, name: str) -> str:
    """Return the CSV table of one instrument out of `text`; ``*`` in a row's name matches any.

    Raises InputError with the known names when there is none.
    """
    rows = _rows(text, "the instrument table")
    own = [row | {"instrument": name} for row in rows if fnmatchcase(name, row["instrument"])]
    if not own:
        known = ", ".join(row["instrument"] for row in rows)
        raise InputError(f"no reference data for {name!r}; have {known}: add a row for it")
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(own)
    return out.getvalue()


def instrument_on(text: str, name: str, date: str, source: str = "reference data") -> Instrument:
    """Return `name` as it stood on the ISO day `date`, from a CSV table.

    Raises InputError when no row is valid yet, a `valid_from` is no ISO day, or a value is not a
    positive decimal.
    """
    rows = [r for r in _rows(text, source) if r["instrument"] == name and r["valid_from"] <= date]
    if not rows:
        raise InputError(f"{source}: nothing valid for {name!r} on {date}: add a row")
    row = max(rows, key=lambda r: r["valid_from"])
    return Instrument(
        name=name,
        valid_from=row["valid_from"],
        tick_e8=_e8(row, "tick", source),
        lot_e8=_e8(row, "lot", source),
        contract_size=row["contract_size"],
        contract_unit=row["contract_unit"],
    )


def _rows(text: str, source: str) -> list[dict[str, str]]:
    reader = csv.DictReader(io.StringIO(text), restval="")
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise InputError(f"{source}: column {missing[0]!r} is missing; needs {', '.join(COLUMNS)}")
    rows = list(reader)
    for row in rows:
        if None in row or not _is_day(row["valid_from"]):
            raise InputError(
                f"{source}: {row['instrument']}: valid_from {row['valid_from']!r} is no day such "
                "as 2024-08-08, or the row has more cells than the header: mend the row"
            )
    return rows


def _is_day(text: str) -> bool:
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _e8(row: dict[str, str], column: str, source: str) -> int:
    try:
        scaled = Decimal(row[column]).scaleb(DECIMALS)
    except ArithmeticError:
        scaled = Decimal(0)
    if not (scaled.is_finite() and 0 < scaled < LARGEST_E8 and scaled == int(scaled)):
        raise InputError(
            f"{source}: {row['instrument']}: {column} {row[column]!r} is not a positive decimal "
            f"of at most {DECIMALS} places"
        )
    return int(scaled)
