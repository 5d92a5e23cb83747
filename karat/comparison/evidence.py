"""What a PASS would need that two files do not have, in words a person can act on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from karat.comparison.clock import ALPHA
from karat.comparison.invariants import LEAST_ROWS
from karat.comparison.measuring import Column
from karat.golden import needed_days


class Known(NamedTuple):
    """What the sides are, and by what they could be held against each other."""

    rows: tuple[int, int]
    alone: tuple[tuple[str, ...], tuple[str, ...]]
    uncompared: tuple[str, ...]
    clock: str | None
    asked: bool
    paired: bool
    keys: tuple[str, ...]


def missing(known: Known, columns: Sequence[Column], *, same: bool) -> tuple[str, ...]:
    """Return one sentence for each thing that is not known; never none."""
    return tuple(_missing(known, columns, same=same))


def _missing(known: Known, columns: Sequence[Column], *, same: bool) -> Iterator[str]:
    if same:
        yield "independence: nothing here shows that the candidate is not a copy of golden"
    for name, count in zip(("candidate", "golden"), known.rows, strict=True):
        if count < LEAST_ROWS:
            yield f"rows: {name} has {count:,}; below {LEAST_ROWS} no rule is looked for"
    days, level = needed_days(ALPHA), f"{float(ALPHA):.0%}"
    yield (
        f"calibration: 0 of {days} golden days that alpha {level} needs; one golden does not tell"
        " how far golden days usually are from each other"
    )
    yield "tolerance: no contract says from which D on there is harm"
    yield from _effective(known, columns)
    if not known.paired:
        yield _pairing(known)
    for name, only in zip(("candidate", "golden"), known.alone, strict=True):
        if only:
            yield f"columns: only {name} has {', '.join(only)}"
    if known.uncompared:
        yield f"columns: {', '.join(known.uncompared)} not compared"


def _effective(known: Known, columns: Sequence[Column]) -> Iterator[str]:
    if known.clock is None:
        yield (
            "effective rows: unknown without a column of times that never falls on either side;"
            " neighbouring rows are alike, so rows count for less than they are"
        )
        return
    ranked = [c for c in columns if c.reach and c.distance.count]
    shy = [c.name for c in ranked if c.reach and c.reach.tolerance is None]
    known_widths = [c.reach.half_width for c in ranked if c.reach and c.reach.half_width]
    if known_widths:
        ends = {f"{float(end(known_widths)):.2g}": None for end in (min, max)}
        yield (
            f"effective rows: by the clock of {known.clock} they carry h = {' to '.join(ends)};"
            " no tolerance below D + h can be shown"
        )
    if shy:
        why = f"unknown where all values are alike or blocks of {known.clock} too few"
        yield f"effective rows: {why}: {', '.join(shy)}"


def _pairing(known: Known) -> str:
    if known.asked:
        return "pairing: no key is on both sides, so no row has its golden row"
    such = f", such as --on {known.keys[0]}" if known.keys else ""
    return f"pairing: no key{such}; of the same hours on both sides it shows far more than any D"
