"""Distances written out over golden's cells, one after another, for those who check by hand."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import accumulate
from math import floor
from typing import NamedTuple

from karat.contracts import DistanceRule

DIGITS = 50
Bounds = tuple[Fraction, Fraction]


class Table(NamedTuple):
    """Rows of golden and of the candidate in each cell: gap, point, gap, ..., point, gap."""

    golden: list[int]
    ours: list[int]

    @property
    def shares(self) -> list[tuple[Fraction, Fraction]]:
        """Shares of golden and of the candidate."""
        m, n = sum(self.golden), sum(self.ours)
        return [(Fraction(a, m), Fraction(b, n)) for a, b in zip(*self, strict=True)]

    def binned(self, bins: int | None) -> Table:
        """Return cells by where the middle of their golden rows stands, in `bins` equal parts."""
        if bins is None:
            return self
        held, below, rows = [[0, 0] for _ in range(bins)], 0, sum(self.golden)
        for a, b in zip(*self, strict=True):
            one = held[min(floor(Fraction(2 * below + a, 2 * rows) * bins), bins - 1)]
            one[0], one[1], below = one[0] + a, one[1] + b, below + a
        return Table([a for a, _ in held], [b for _, b in held])


def worked_out(rule: DistanceRule, table: Table) -> Bounds | None:
    """Return what the distance is at least and at most, to 50 digits where it is irrational.

    None for the kinds that need more than is told in a few steps.
    """
    found = IN_ORDER.get(rule.kind)
    if found:
        return found(rule, table)
    by_shares = OF_SHARES.get(rule.kind)
    if by_shares is None:
        return None
    with localcontext(prec=DIGITS):
        value = Fraction(by_shares(rule, table.binned(rule.bins)))
    return value, value


def _ends(table: Table) -> list[tuple[Fraction, Fraction, Fraction, Fraction]]:
    """Return F and G before each cell, and at its end."""
    totals = sum(table.golden), sum(table.ours)
    upto = [
        [Fraction(count, total) for count in accumulate(side)]
        for side, total in zip(table, totals, strict=True)
    ]
    before = [[Fraction(0), *side[:-1]] for side in upto]
    return list(zip(*before, *upto, strict=True))


def _kuiper(_: DistanceRule, table: Table) -> Bounds:
    ends = _ends(table)
    over = max(Fraction(0), *(after[3] - after[2] for after in ends))
    under = max(Fraction(0), *(after[2] - after[3] for after in ends))
    inside = [end for at, end in enumerate(ends) if at % 2 == 0 and _both(table, at)]
    most_over = max([over, *(g_after - f for f, _, _, g_after in inside)])
    most_under = max([under, *(f_after - g for _, g, f_after, _ in inside)])
    return over + under, min(most_over + most_under, Fraction(1))


def _ranks(_: DistanceRule, table: Table) -> Bounds:
    middle = spread = Fraction(0)
    rows = sum(table.ours)
    for at, (before, _g, after, _h) in enumerate(_ends(table)):
        share = Fraction(table.ours[at], rows)
        middle += share * (before + after - 1)
        spread += share * (after - before) if at % 2 == 0 else 0
    ends = abs(middle - spread), abs(middle + spread)
    least = Fraction(0) if abs(middle) <= spread else min(ends)
    return least, min(max(ends), Fraction(1))


def _quantile(rule: DistanceRule, table: Table) -> Bounds:
    wanted = Fraction(rule.quantile)
    at, end = next((at, end) for at, end in enumerate(_ends(table)) if end[2] >= wanted)
    _, before, golden, after = end
    if at % 2:
        return abs(after - golden), abs(after - golden)
    ends = before - golden, after - wanted
    least = Fraction(0) if ends[0] <= 0 <= ends[1] else min(abs(ends[0]), abs(ends[1]))
    return least, max(abs(ends[0]), abs(ends[1]))


def _both(table: Table, at: int) -> bool:
    return bool(table.golden[at] and table.ours[at])


def _variation(_: DistanceRule, table: Table) -> Fraction:
    return sum((abs(f - g) for f, g in table.shares), Fraction(0)) / 2


def _chi(_: DistanceRule, table: Table) -> Fraction:
    m = sum(table.golden)
    cells = zip(table.shares, *table, strict=True)
    return sum((m * (f - g) ** 2 / (a + b) for (f, g), a, b in cells if a + b), Fraction(0))


def _psi(rule: DistanceRule, table: Table) -> Decimal:
    least = Fraction(rule.floor) if rule.floor else Fraction(1, 2 * sum(table.ours))
    kept = [(max(f, least), max(g, least)) for f, g in table.shares if f or g]
    return sum((_decimal(g - f) * _decimal(g / f).ln() for f, g in kept), Decimal(0))


def _js(_: DistanceRule, table: Table) -> Decimal:
    nats = Decimal(0)
    for f, g in table.shares:
        for one in (f, g):
            nats += _decimal(one) * _decimal(2 * one / (f + g)).ln() if one else 0
    return (max(nats, Decimal(0)) / 2 / Decimal(2).ln()).sqrt()


def _hellinger(_: DistanceRule, table: Table) -> Decimal:
    apart = (_decimal(f).sqrt() - _decimal(g).sqrt() for f, g in table.shares)
    return (sum((one**2 for one in apart), Decimal(0)) / 2).sqrt()


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


IN_ORDER: dict[str, Callable[[DistanceRule, Table], Bounds]] = {
    "kuiper": _kuiper,
    "mann_whitney": _ranks,
    "quantile_shift": _quantile,
}
OF_SHARES: dict[str, Callable[[DistanceRule, Table], Fraction | Decimal]] = {
    "cell_variation": _variation,
    "chi2": _chi,
    "psi": _psi,
    "js": _js,
    "hellinger": _hellinger,
}
IRRATIONAL = ("psi", "js", "hellinger")
