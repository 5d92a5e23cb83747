"""Sums of logarithms and roots: bounds on the right side of values of 200 digits, and no wider."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.distances.rounding import BITS, FINE, UNIT, log_sum, outward, rational_sum, root

numbers = st.integers(1, 10**40)
weights = st.dictionaries(numbers, st.integers(-(10**30), 10**30), max_size=6)
ratios = st.fractions(0, 10**9, max_denominator=10**30)


def logarithms(form: dict[int, int]) -> Fraction:
    with localcontext(prec=200):
        parts = [weight * Decimal(number).ln() for number, weight in form.items()]
        return Fraction(sum(parts, Decimal(0)))


@given(weights)
def test_a_sum_of_logarithms_lies_between(form: dict[int, int]) -> None:
    low, high = log_sum(form)
    assert low <= logarithms(form) <= high
    assert high - low <= Fraction(3 * sum(map(abs, form.values())), UNIT)


@pytest.mark.parametrize("number", [2, 3, 10, 2**64, 10**18 + 9, 10**60])
def test_bounds_of_one_logarithm_are_a_few_units_apart(number: int) -> None:
    low, high = log_sum({number: 1})
    true = logarithms({number: 1})
    assert low < true < high
    assert high - low == Fraction(3, 1 << BITS)
    negative = log_sum({number: -1})
    assert negative == (-high, -low)


@given(ratios, st.fractions(0, 1, max_denominator=10**6))
def test_a_root_lies_between(lower: Fraction, more: Fraction) -> None:
    low, high = root(lower, lower + more)
    assert low >= 0
    assert low**2 <= lower <= lower + more <= high**2
    alone = root(lower, lower)
    assert alone[1] - alone[0] <= Fraction(1, UNIT)


@given(ratios)
def test_the_root_of_a_square_is_exact(value: Fraction) -> None:
    assert root(value**2, value**2) == (value, value)


def test_what_may_lie_below_0_has_a_root_from_0() -> None:
    assert root(Fraction(-1, 10**30), Fraction(4)) == (Fraction(0), Fraction(2))


@given(st.fractions(-10, 10), st.fractions(0, 1))
def test_rounded_bounds_hold_what_they_held(lower: Fraction, more: Fraction) -> None:
    low, high = outward(lower, lower + more)
    assert low <= lower <= lower + more <= high
    assert lower - low < Fraction(1, FINE)
    assert high - lower - more < Fraction(1, FINE)
    if more and lower.denominator.bit_length() > 70:
        assert {low.denominator, high.denominator} <= {1 << bits for bits in range(65)}


def test_long_rationals_are_rounded_and_short_ones_are_not() -> None:
    third, long = Fraction(1, 3), Fraction(1, 3**200)
    assert outward(third, third) == (third, third)
    assert outward(long, long) == (Fraction(0), Fraction(1, FINE))


@pytest.mark.parametrize("many", [10, 256, 257, 2000])
def test_sums_of_unlike_fractions_lie_between(many: int) -> None:
    parts = {number: number**2 % 97 for number in range(1, many + 1)}
    true = sum((Fraction(part, number) for number, part in parts.items()), Fraction(0))
    low, high = rational_sum(parts)
    assert low <= true <= high
    assert (low == high) == (many <= 256)
    assert high - low <= Fraction(many, UNIT)
