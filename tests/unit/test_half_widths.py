"""The half-width against its formula: never below, and no wider than need be."""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction
from math import log, sqrt

import numpy as np
import pytest

from karat.errors import InputError
from karat.golden import half_width

FINE = Context(prec=60)


def by_formula(alpha: Fraction, *rows: Fraction) -> Decimal:
    def decimal(value: Fraction) -> Decimal:
        return FINE.divide(Decimal(value.numerator), Decimal(value.denominator))

    half = FINE.divide(FINE.ln(decimal(4 / alpha)), Decimal(2))
    roots = [FINE.sqrt(FINE.divide(half, decimal(one))) for one in rows]
    return FINE.add(*roots)


def test_it_is_the_formula_rounded_up() -> None:
    rng = np.random.default_rng(8)
    for _ in range(300):
        alpha = Fraction(int(rng.integers(1, 1000)), 1000)
        tops = (10.0 ** rng.uniform(-1, 11, 2)).astype(np.int64).tolist()
        n, m = (Fraction(top + 1, int(rng.integers(1, 50))) for top in tops)
        found = half_width(alpha, n, m)
        assert found is not None
        true = by_formula(alpha, n, m)
        assert Fraction(true) - Fraction(1, 10**50) <= found <= Fraction(true) + Fraction(1, 10**17)
        rough = sqrt(log(4 / float(alpha)) / 2) * (1 / sqrt(n) + 1 / sqrt(m))
        assert float(found) == pytest.approx(rough, rel=1e-9)


def test_the_example_of_the_statistics_note() -> None:
    """A tolerance of .05, a distance of .02 and much golden data take 2,434 effective rows."""
    much, alpha = Fraction(10**14), Fraction("0.05")
    enough, lacking = (half_width(alpha, Fraction(n), much) for n in (2435, 2433))
    assert enough is not None
    assert lacking is not None
    assert enough <= Fraction("0.03") < lacking


def test_a_width_has_a_short_exact_text() -> None:
    found = half_width(Fraction("0.05"), Fraction(2434), Fraction(1000, 7))
    assert found is not None
    assert 10**18 % found.denominator == 0
    assert found == Fraction(str(found))


def test_more_rows_are_never_less_sure() -> None:
    widths = [half_width(Fraction("0.1"), Fraction(n), Fraction(500)) for n in range(1, 400)]
    known = [w for w in widths if w is not None]
    assert len(known) == 399
    assert known == sorted(known, reverse=True)


def test_no_effective_rows_bound_nothing() -> None:
    some, alpha = Fraction(100), Fraction("0.05")
    for lacking in (None, Fraction(0), Fraction(-1)):
        assert half_width(alpha, lacking, some) is None
        assert half_width(alpha, some, lacking) is None
    with pytest.raises(InputError, match="alpha is 1"):
        half_width(Fraction(1), some, some)
