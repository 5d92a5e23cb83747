"""A first contract, written out with remarks, for somebody to go on from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from string import Template
from typing import NamedTuple

import yaml

NAMED = {"_ns": "ns", "_us": "us", "_ms": "ms", "_ticks": "ticks", "_lots": "lots"}
HINTS = {"price": "price", "size": "size", "amount": "size", "sequence": "id", "id": "id"}
TEXT = Template(
    """\
# What each day of $dataset must keep; `karat contract check` reads it as karat does.
dataset: $dataset
first_day: $first_day
# freshness: {hours: 6}                 # a day should be there so long after it is over (UTC)
# calendar: {days: weekdays, holidays: [2024-12-25]}

columns:
$columns
# Named choices of rows, such as `trades: [{column: kind, is: [3]}]`; rules refer to them by name.
rows: {}

$families

# `locator` finds a row again; `allowance` (0) is how many rows may break a rule.
locator: $locator
invariants:$invariants

# Each row after the one before it: not_falling, or rising where no two rows are the same.
ordering:$ordering
$unpaired"""
)
FAMILIES = """\
# A gate family decides; a warn family is shown and never counted. Make unpaired a gate when there
# are enough golden days: 4 to refer to and 19 to calibrate with, at an alpha of 0.05.
families: {invariants: gate, unpaired: warn}"""
ALONE = """\
# A gate family decides; a warn family is shown and never counted.
families: {invariants: gate}            # no column varies yet, so there are no distances"""
UNPAIRED = """
# Distances from golden days; `tolerance` says how much of one does no harm yet.
unpaired:
  alpha: "0.05"
"""


class DraftColumn(NamedTuple):
    """A column's name, Arrow type, and whether it may be null."""

    name: str
    type: str
    nullable: bool = False


class DraftDistance(NamedTuple):
    """A distance of a column, or of its change; the tolerance as text, "" for none yet."""

    column: str
    of: str = "value"
    tolerance: str = ""


@dataclass(frozen=True)
class Draft:
    """What a first contract says.

    `bounds` are (column, operator, number, role); `orders` (column, order). `left_out` columns
    have a type that no contract can hold. `clock` is a column of ns by which rows are told apart
    in time, "" for none: without one there are no tolerances. Without `distances` there is no
    family `unpaired` either.
    """

    dataset: str
    first_day: date
    columns: Sequence[DraftColumn]
    locator: str
    bounds: Sequence[tuple[str, str, int, str]]
    orders: Sequence[tuple[str, str]]
    distances: Sequence[DraftDistance]
    left_out: Sequence[str] = ()
    clock: str = ""


def drafted(draft: Draft) -> str:
    """Return the draft as YAML with remarks: text that `karat.load_contract` takes."""
    return TEXT.substitute(
        dataset=draft.dataset,
        first_day=draft.first_day,
        columns="".join(f"  {line}\n" for line in _columns(draft)),
        locator=_text(draft.locator),
        invariants=_listed(_bounds(draft)),
        ordering=_listed(
            f"{{column: {_text(name)}, order: {order}}}" for name, order in draft.orders
        ),
        families=FAMILIES if draft.distances else ALONE,
        unpaired="".join(_unpaired(draft)),
    )


def unit_of(name: str) -> str:
    """Return a guess of a column's unit by its name.

    >>> unit_of("receive_time_ns"), unit_of("trade_size"), unit_of("side")
    ('ns', 'size', 'say what it counts')
    """
    for end, unit in NAMED.items():
        if name.endswith(end):
            return unit
    words = name.split("_")  # whole words: there is an id in side, and in bid
    return next((unit for hint, unit in HINTS.items() if hint in words), "say what it counts")


def _columns(draft: Draft) -> Iterator[str]:
    for column in draft.columns:
        null = ", nullable: true" if column.nullable else ""
        yield f"{_text(column.name)}: {{type: {column.type}, unit: {unit_of(column.name)}{null}}}"
    for name in draft.left_out:
        yield f"# {_text(name)} has a type that karat cannot read: cast it to a number"


def _bounds(draft: Draft) -> Iterator[str]:
    for column, op, number, role in draft.bounds:
        words = {">": "above", ">=": "at least", "<=": "at most"}[op]
        name = _text(f"{column} is {words} {number}")
        warn = ", severity: warn" if role == "warn" else ""
        yield f'{{name: {name}, left: {_text(column)}, op: "{op}", right: {number}{warn}}}'


def _unpaired(draft: Draft) -> Iterator[str]:
    if draft.distances:
        yield UNPAIRED
        if draft.clock:
            yield f"  blocks: {{time: {_text(draft.clock)}, width_ns: 60_000_000_000}}\n"
        yield "  distances:\n"
    for line in _distances(draft):
        yield f"    - {line}\n"


def _distances(draft: Draft) -> Iterator[str]:
    for one in draft.distances:
        changes = one.of != "value"
        name = _text(f"change of {one.column}" if changes else one.column)
        of = f", of: {one.of}" if changes else ""
        bound = f', tolerance: "{one.tolerance}"' if one.tolerance else ""
        yield f"{{name: {name}, column: {_text(one.column)}{of}{bound}}}"


def _listed(lines: Iterator[str]) -> str:
    return "".join(f"\n  - {line}" for line in lines) or " []"


def _text(name: str) -> str:
    """Return a name as YAML reads it back: plain, or in quotes with what is odd escaped."""
    plain = name.isascii() and name.replace("_", "").isalnum()
    if plain and yaml.safe_load(name) == name:
        return name
    odd = {letter for letter in name if not " " <= letter <= "~"} | {'"', "\\"}
    return '"' + "".join(rf"\U{ord(c):08x}" if c in odd else c for c in name) + '"'
