"""Two files, column by column, rule by rule and, with a key, row by row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import pyarrow.types as pt

from karat.comparison.clock import Clock, clock_of
from karat.comparison.evidence import Known, missing
from karat.comparison.invariants import Rule, pair_rule, pairs, rules
from karat.comparison.key_census import Differing, Joined, differing, joined
from karat.comparison.measuring import Column, measured
from karat.comparison.met import Met, meet, plain_type
from karat.comparison.result import Comparison
from karat.comparison.source import Source, source_of
from karat.comparison.steps import NAMED
from karat.comparison.suggesting import could_be_key
from karat.errors import InputError
from karat.telemetry import Progress, silent

STAGE = "compare"


def compare(
    candidate: object,
    golden: object,
    on: str | Sequence[str] | None = None,
    *,
    exact: bool = False,
    progress: Progress = silent,
) -> Comparison:
    """Return how `candidate` differs from `golden`, and what a PASS would need besides.

    Each is a path to a Parquet, CSV or Arrow IPC file or to a folder of Parquet, a pyarrow table,
    or a frame that speaks Arrow (pandas, polars). With `on`, rows of equal key are held beside
    each other. `exact` keeps every golden value as a cell; otherwise a distance is certain to one
    part in 4,096. One column is in memory at a time, but for CSV and Arrow files, read whole.

    Raises `InputError` for a file that cannot be read, for no column in common, and for a key
    that is missing, null, or there twice in golden.
    """
    sides = source_of(candidate, "candidate"), source_of(golden, "golden")
    both = _Both(*sides)
    keys = [on] if isinstance(on, str) else list(on or ())
    found = _Found(_join(both, keys), _clock(both))
    for done, name in enumerate(both.names):
        progress(STAGE, done, len(both.names), name)
        found.take(both, name, exact=exact, key=name in keys)
    progress(STAGE, len(both.names), len(both.names), "rules of two columns")
    found.take_pairs(both)
    return _answer(both, found)


class Unlike(NamedTuple):
    """Why two columns of one name cannot be held against each other."""

    why: str


@dataclass(frozen=True)
class _Both:
    """Both sides, and the columns they share, in golden's order."""

    candidate: Source
    golden: Source

    def __post_init__(self) -> None:
        if not self.names:
            have = (", ".join(side.types) for side in (self.candidate, self.golden))
            told = "; {} has ".join(have).format(self.golden.label)
            raise InputError(f"no column in common: {self.candidate.label} has {told}")

    @property
    def names(self) -> list[str]:
        return [name for name in self.golden.types if name in self.candidate.types]

    def alone(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        a, b = self.candidate.types, self.golden.types
        return tuple(n for n in a if n not in b), tuple(n for n in b if n not in a)

    def met(self, name: str) -> Met | Unlike:
        """Return a column made alike, or why not; InputError only where it cannot be read."""
        columns = self.candidate.read(name), self.golden.read(name)
        try:
            return meet(name, *columns)
        except InputError as error:
            return Unlike(str(error))

    def types(self) -> dict[str, tuple[str, str]]:
        """Return the types that differ, however the values are encoded."""
        kinds = {
            name: (plain_type(self.candidate.types[name]), plain_type(self.golden.types[name]))
            for name in self.names
        }
        return {name: (str(a), str(b)) for name, (a, b) in kinds.items() if a != b}


@dataclass
class _Found:
    """What is known so far, column by column."""

    join: Joined | None
    clock: Clock | None
    columns: list[Column] = field(default_factory=list)
    uncompared: dict[str, str] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    differing: list[Differing] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    equal: bool = True

    def take(self, both: _Both, name: str, *, exact: bool, key: bool) -> None:
        """Add one column; one that has no distance is left out, with the reason."""
        met = both.met(name)
        if isinstance(met, Unlike):
            self.uncompared[name] = met.why
            self.equal = False
            return
        self.equal = self.equal and met.equal
        self.rules += rules(met)
        if could_be_key(met):
            self.keys.append(name)
        if self.join and not key:
            self.differing.append(differing(self.join, met))
        try:
            self.columns.append(measured(met, self.clock, exact=exact))
        except InputError as error:
            self.uncompared[name] = str(error)

    def take_pairs(self, both: _Both) -> None:
        names = [name for name in both.names if name not in self.uncompared]
        for low, high in pairs(names):
            a, b = both.met(low), both.met(high)
            rule = pair_rule(a, b) if isinstance(a, Met) and isinstance(b, Met) else None
            self.rules += [rule] if rule else []


def _join(both: _Both, keys: Iterable[str]) -> Joined | None:
    mets = []
    for name in keys:
        if name not in both.names:
            have = ", ".join(both.names)
            raise InputError(f"key {name!r} is not a column of both; both have {have}")
        met = both.met(name)
        if isinstance(met, Unlike):
            raise InputError(f"key {name!r}: {met.why}")
        mets.append(met)
    return joined(mets) if mets else None


def _clock(both: _Both) -> Clock | None:
    """Return the first column that tells the time on both sides, one of a time's type if any."""
    kinds = {name: plain_type(both.golden.types[name]) for name in both.names}
    timed = [name for name, kind in kinds.items() if pt.is_temporal(kind)]
    named = [n for n in kinds if pt.is_integer(kinds[n]) and NAMED & set(n.lower().split("_"))]
    for name in [*timed, *named]:
        met = both.met(name)
        if isinstance(met, Met) and (clock := clock_of(met)):
            return clock
    return None


def _answer(both: _Both, found: _Found) -> Comparison:
    rows = both.candidate.rows, both.golden.rows
    alone, types = both.alone(), both.types()
    census = None
    if found.join:
        differing = sorted(found.differing, key=lambda column: -column.rows)
        census = replace(found.join.census, columns=tuple(differing))
    whole = not (alone[0] or alone[1] or types)
    by_key = census is not None and census.whole and not _unmet(found)
    same = bool(all(rows) and whole and (found.equal or by_key))
    columns = sorted(found.columns, key=lambda c: (-c.distance.lower, -c.distance.upper))
    clock = found.clock.name if found.clock else None
    paired = census is not None and census.matched > 0
    known = Known(
        rows, alone, tuple(found.uncompared), clock, bool(census), paired, tuple(found.keys)
    )
    return Comparison(
        both.candidate.label,
        both.golden.label,
        rows,
        alone,
        tuple(columns),
        found.uncompared,
        types,
        tuple(found.rules),
        census,
        clock,
        same,
        missing(known, columns, same=same),
    )


def _unmet(found: _Found) -> bool:
    """Return whether a column could not be held against golden at all, not even by key."""
    by_key = {column.name for column in found.differing}
    return any(name not in by_key for name in found.uncompared)
