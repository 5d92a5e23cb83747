"""What golden days themselves suggest: types, ranges, order, and tolerances of distances."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from karat.contracts import parse_contract
from karat.contracts.drafting import Draft, DraftColumn, DraftDistance, drafted, unit_of
from karat.contracts.values import ColumnType
from karat.errors import InputError
from karat.flow.own_days import day_files
from karat.golden import manifest_of
from karat.messages.file_name import utf8_name
from karat.states import Ordering
from karat.telemetry import Progress, silent

HARM = Fraction(3, 2)
"""A tolerance is so many times the largest distance of a golden day from the others (note 4.2)."""
FEWEST_DAYS = 3
FIRST_DAY = date(2024, 1, 1)


class Seen(NamedTuple):
    """A column of numbers over some days: its ends, None for no value, and its order."""

    column: DraftColumn
    least: int | float | None
    most: int | float | None
    order: str

    @property
    def varies(self) -> bool:
        """Whether it holds two different values."""
        return self.least is not None and self.least != self.most


def example(dataset: str) -> Draft:
    """Return a draft for days that are not there yet: events with a time, a price and a size."""
    kinds = {"sequence": "int64", "event_time_ns": "int64", "price_ticks": "int64"}
    columns = [DraftColumn(name, kind) for name, kind in {**kinds, "size_lots": "int64"}.items()]
    return Draft(
        dataset=dataset,
        first_day=FIRST_DAY,
        columns=columns,
        locator="sequence",
        bounds=[("price_ticks", ">", 0, "gate"), ("size_lots", ">=", 0, "gate")],
        orders=[("sequence", "rising"), ("event_time_ns", "not_falling")],
        distances=[DraftDistance("size_lots"), DraftDistance("event_time_ns", "change")],
        clock="event_time_ns",
    )


def profile(files: Sequence[Path], dataset: str, progress: Progress = silent) -> Draft:
    """Return what the Parquet files, one a day, suggest as a contract, without tolerances.

    Raises InputError for no file, files of unlike columns, files that cannot be read, or none
    that holds a whole number by which a row is found again, or a row.
    """
    schema = _schema(files)
    if not any(_read(pq.read_metadata, path).num_rows for path in files):
        raise InputError(f"{files[0]}: there are no rows, so nothing is suggested: give a full day")
    known = [field for field in schema if str(field.type) in get_args(ColumnType)]
    seen = []
    for at, field in enumerate(known, start=1):
        seen.append(_look(files, field))
        progress("profile", at, len(known), field.name)
    whole = [one for one in seen if one.column.type.startswith("int") and not one.column.nullable]
    if not whole:
        raise InputError(f"{files[0]}: no column of whole numbers finds a row again: add an id")
    ordered = [one for one in whole if one.order and one.varies]
    rising = [one for one in ordered if one.order == "rising"]
    clocks = [one.column.name for one in ordered if unit_of(one.column.name) == "ns"]
    return Draft(
        dataset=dataset,
        first_day=_first_day(files),
        columns=[one.column for one in seen],
        locator=[*rising, *ordered, *whole][0].column.name,
        bounds=[bound for one in seen for bound in _bounds(one, ordered)],
        orders=[(one.column.name, one.order) for one in ordered],
        distances=[_distance(one, ordered) for one in seen if one.varies],
        left_out=[field.name for field in schema if field not in known],
        clock=clocks[0] if clocks else "",
    )


def with_tolerances(draft: Draft, folder: Path, progress: Progress = silent) -> Draft:
    """Return the draft with a tolerance for each distance, from golden days in a folder.

    It is 1.5 times the largest distance of one golden day from the others, rounded up to two
    digits: less would call a healthy day harmful. None where all golden values are one, such
    as the steps of an id: they tell nothing of how rows depend, so no day could be shown to lie
    within it. Without a clock, or with fewer than 3 days, the draft stays as it is.
    """
    if not draft.clock:
        return draft
    contract = parse_contract(drafted(draft), "the draft")
    days = day_files(folder, contract)
    if len(days) < FEWEST_DAYS or not draft.distances:
        return draft
    manifest = manifest_of(contract, days, [], progress)
    held = manifest.usable(contract)
    rules = contract.unpaired.distances if contract.unpaired else ()
    found = []
    for one, rule in zip(draft.distances, rules, strict=True):
        known = held[rule.name]
        far = max(known.left_out, default=Fraction(0))
        varies = known.cells is None or known.cells.points.size > 1
        found.append(one._replace(tolerance=tolerance(far) if varies else ""))
    return replace(draft, distances=found)


def tolerance(largest: Fraction) -> str:
    """Return 1.5 times the largest distance of golden days, rounded up to two digits, below 1.

    >>> tolerance(Fraction("0.0301")), tolerance(Fraction(0)), tolerance(Fraction(9, 10))
    ('0.046', '0.01', '0.99')
    """
    wanted = max(HARM * largest, Fraction(1, 100))
    digits = 1 - math.floor(math.log10(wanted))
    rounded = Fraction(math.ceil(wanted * 10**digits), 10**digits)
    return format(float(min(rounded, Fraction(99, 100))), f".{max(digits, 2)}f").rstrip("0")


def _schema(files: Sequence[Path]) -> pa.Schema:
    if not files:
        raise InputError("no Parquet files: give one, or a folder with one a day")
    found = [_read(pq.read_schema, path) for path in files]
    for path, other in zip(files, found, strict=True):
        if not other.equals(found[0]):
            raise InputError(f"{path} has other columns than {files[0]}: one dataset a profile")
    return found[0]


def _read(how: Callable[..., Any], path: Path, **options: Any) -> Any:
    try:
        return how(utf8_name(path), **options)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path}: not a readable Parquet file ({error})") from error


def _look(files: Sequence[Path], field: pa.Field) -> Seen:
    """Return what a column holds, one file in memory at a time."""
    nullable, ends, orders = False, [], {"rising", "not_falling"}
    number = str(field.type) not in {"string", "bool"}
    for path in files:
        column = _read(pq.read_table, path, columns=[field.name])[field.name]
        nullable |= column.null_count > 0
        if number and len(column) > column.null_count:
            found = pc.min_max(column)
            ends += [found["min"].as_py(), found["max"].as_py()]
        if str(field.type).startswith("int") and not nullable:
            orders -= set(_broken(column))
    order = next((o for o in ("rising", "not_falling") if o in orders), "")
    column = DraftColumn(field.name, str(field.type), nullable)
    return Seen(column, min(ends, default=None), max(ends, default=None), order)


def _broken(column: pa.ChunkedArray) -> Iterator[str]:
    for order in ("rising", "not_falling"):
        state = Ordering(order == "rising").observe(column, np.arange(len(column)))
        if state.violations:
            yield order


def _bounds(one: Seen, ordered: Sequence[Seen]) -> Iterator[tuple[str, str, int, str]]:
    """Yield which sign a column keeps, as a gate; and how far golden days go, as a warning."""
    name, least, most = one.column.name, one.least, one.most
    if least is None or most is None or one in ordered:
        return
    if least >= 0:
        yield name, ">" if least > 0 else ">=", 0, "gate"
    elif math.isfinite(least):
        yield name, ">=", math.floor(least), "warn"
    if math.isfinite(most):
        yield name, "<=", math.ceil(most), "warn"


def _distance(one: Seen, ordered: Sequence[Seen]) -> DraftDistance:
    return DraftDistance(one.column.name, "change" if one in ordered else "value")


def _first_day(files: Sequence[Path]) -> date:
    """Return the earliest day that a file is called by, else a day to be mended."""
    days = []
    for path in files:
        try:
            days.append(date.fromisoformat(path.stem[-10:]))
        except ValueError:
            continue
    return min(days, default=FIRST_DAY)
