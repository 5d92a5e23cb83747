"""A comparison in words: the parts that a terminal and a notebook both show."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from karat.comparison.key_census import KeyCensus
from karat.comparison.measuring import Column
from karat.comparison.result import Comparison
from karat.distances import Distance

HEAD = ("column", "by", "D", "D + h", "what differs")
VISIBLE = 0.005
"""A difference of shares that is worth a word."""
LONG = 36
SMALL = 0.0001
WHOLE = 1e15


def row(column: Column) -> tuple[str, ...]:
    """Return the cells of a column's row, as `HEAD` calls them."""
    reach = column.reach
    shown = "" if reach is None or reach.tolerance is None else _tolerance(float(reach.tolerance))
    return column.name, column.measured, bracket(column.distance), shown, _differs(column)


def _tolerance(value: float) -> str:
    """Return the smallest tolerance that could be shown; from 1 on it asks for nothing."""
    return f"{value:.3f}" if value < 1 else "above 1"


def bracket(apart: Distance) -> str:
    """Return a distance as its bounds, or as one number where they read alike.

    >>> bracket(Distance.none())
    'no values'
    >>> bracket(Distance(Fraction(1, 8), Fraction(1, 7), 9))
    '0.1250..0.1429'
    """
    if not apart.count:
        return "no values"
    if not apart.upper:
        return "0"
    if apart.high < SMALL:
        return f"< {SMALL}"
    low, high = f"{apart.low:.4f}", f"{apart.high:.4f}"
    return low if low == high else f"{low}..{high}"


def outcome(comparison: Comparison) -> str:
    """Return what the outcome rests on, in one sentence."""
    if comparison.outcome == "SAME":
        return "every value is golden's"
    if comparison.outcome == "INCONCLUSIVE":
        return "nothing contradicts golden, and nothing shows that the candidate is close enough"
    rules = sum(rule.decides for rule in comparison.broken)
    reasons = [f"{rules} of {len(comparison.rules)} rules that golden holds are broken"] * (
        rules > 0
    )
    if comparison.census and not comparison.census.clean:
        reasons.append("rows of one key are not the same")
    return "; ".join(reasons)


def broken(comparison: Comparison) -> Iterator[str]:
    """Yield each broken rule, in how many rows, and of how many golden rows it was learnt."""
    for rule in comparison.broken:
        share = f"{rule.rows:,} of {comparison.rows[0]:,} rows break it, row {rule.first:,} first"
        label = "" if rule.decides else "; another label decides nothing"
        yield f"{rule.text} ({rule.golden_rows:,} golden rows): {share}{label}"


def census(found: KeyCensus) -> Iterator[str]:
    """Yield what rows of one key show: who is alone, and which columns differ."""
    yield f"{found.matched:,} rows matched on {', '.join(found.key)}"
    alone = (
        ("only in candidate", found.only_candidate, found.first_only_candidate),
        ("only in golden", found.only_golden, found.first_only_golden),
        ("repeated in candidate", found.repeats, found.first_repeats),
        ("in candidate, beyond golden's keys", found.beyond_candidate, ()),
        ("in golden, beyond candidate's keys", found.beyond_golden, ()),
    )
    for what, count, first in alone:
        if count:
            yield f"{count:,} {what}" + (f", from {_keys(first)}" if first else "")
    for column in found.columns:
        if column.rows:
            most = f", by up to {_number(column.largest)}" if column.largest else ""
            key, ours, theirs = column.first[0]
            share = _share(Fraction(column.rows, found.matched))
            at = f"{short(key)}: {short(ours)} for {short(theirs)}"
            yield f"{column.name} differs in {column.rows:,} ({share}){most}; first {at}"
    equal = sum(not column.rows for column in found.columns)
    if found.matched:
        yield f"{equal} of {len(found.columns)} other columns are equal in all matched rows"


def _number(value: float) -> str:
    whole = value.is_integer() and value < WHOLE
    return f"{value:,.0f}" if whole else f"{value:.6g}"


def _share(value: Fraction) -> str:
    return f"{float(value):.2%}" if value >= Fraction(SMALL) else f"< {SMALL:.2%}"


def short(value: Any) -> str:
    """Return a value as the file holds it, cut where it is long.

    >>> short(None), short(2.5)
    ('null', '2.5')
    """
    if isinstance(value, tuple):
        return ", ".join(map(short, value))
    text = "null" if value is None else str(value)
    return text if len(text) <= LONG else f"{text[: LONG - 1]}…"


def text(comparison: Comparison) -> str:
    """Return the whole answer as plain text."""
    cells = [HEAD, *map(row, comparison.columns)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    rows = ("  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)).rstrip() for r in cells)
    parts: list[tuple[str, list[str]]] = [
        ("broken by the candidate", list(broken(comparison))),
        ("by key", list(census(comparison.census)) if comparison.census else []),
        ("by column, the farthest first", list(rows)),
        ("types", types(comparison)),
        ("not compared", uncompared(comparison)),
        ("missing for a PASS", list(comparison.missing)),
    ]
    shown = ("\n  ".join([head, *lines]) for head, lines in parts if lines)
    return "\n\n".join([f"{comparison.outcome}: {outcome(comparison)}", *shown])


def types(comparison: Comparison) -> list[str]:
    """Return a line for each column whose types differ."""
    return [f"{n}: candidate {a}, golden {b}" for n, (a, b) in comparison.types.items()]


def uncompared(comparison: Comparison) -> list[str]:
    """Return a line for each column that is not compared, with the reason."""
    return [f"{name}: {why}" for name, why in comparison.uncompared.items()]


def _differs(column: Column) -> str:
    parts = [column.split] if column.split and column.distance.count else []
    parts = parts if column.distance.upper else []
    atom, nulls = column.atom, column.nulls
    if atom and (not parts or abs(atom.candidate - atom.golden) >= VISIBLE):
        value = f"{'value ' if column.measured == 'values' else ''}{short(atom.value)}"
        parts.append(f"{value}: {atom.candidate:.2%}, golden {atom.golden:.2%}")
    if any(nulls):
        parts.append(f"nulls: {nulls[0]:,}, golden {nulls[1]:,}")
    return "; ".join(parts) or ("no difference" if column.distance.count else "nothing to compare")


def _keys(first: tuple[Any, ...]) -> str:
    return ", ".join(f"({short(key)})" if isinstance(key, tuple) else short(key) for key in first)
