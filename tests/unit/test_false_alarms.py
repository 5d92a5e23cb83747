"""What calibration promises: the Beta law against scipy, p-values and budgets by enumeration."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import ceil

import numpy as np
import pytest
from scipy.stats import beta, binom

from karat.errors import InputError
from karat.golden import (
    ErrorBudget,
    expected_false_quarantines,
    false_alarm_interval,
    needed_days,
    p_value,
    quantile,
)

MILLIONTH = Fraction(1, 10**6)
CASES = [
    (39, "0.05", 0.05, 0.116),
    (99, "0.01", 0.01, 0.030),
    (299, "0.01", 0.01, 0.021),
    (19, "0.05", 0.05, 0.146),
    (4, "0.2", 0.2, 0.527),
]


@pytest.mark.parametrize(("days", "alpha", "mean", "high"), CASES)
def test_the_law_is_that_of_the_statistics_note(
    days: int, alpha: str, mean: float, high: float
) -> None:
    law = false_alarm_interval(days, Fraction(alpha))
    assert law is not None
    assert float(law.mean) == pytest.approx(mean)
    assert float(law.high) == pytest.approx(high, abs=0.0006)


def test_bounds_enclose_the_quantiles_of_scipy_by_a_millionth() -> None:
    for days, text in product((1, 4, 19, 20, 39, 58, 99, 250), ("0.5", "0.2", "0.05", "0.01")):
        alpha = Fraction(text)
        law = false_alarm_interval(days, alpha)
        assert (law is None) == (days < needed_days(alpha))
        if law is not None:
            rank = ceil((1 - alpha) * (days + 1))
            low, high = beta.ppf([0.05, 0.95], days + 1 - rank, rank)
            assert law.mean == Fraction(days + 1 - rank, days + 1)
            assert -1e-12 <= low - float(law.low) <= float(MILLIONTH) + 1e-12
            assert -1e-12 <= float(law.high) - high <= float(MILLIONTH) + 1e-12


def test_the_rate_of_drawn_calibration_sets_follows_the_law() -> None:
    days, alpha = 39, Fraction("0.05")
    law = false_alarm_interval(days, alpha)
    assert law is not None
    draws = np.random.default_rng(11).random((2000, days))
    limits = [quantile([Fraction(s) for s in one], alpha) for one in draws.tolist()]
    rates = np.array([float(1 - (q or 0)) for q in limits])
    inside = binom.ppf([0.0005, 0.9995], 2000, 0.05)
    assert inside[0] <= np.count_nonzero(rates > float(law.high)) <= inside[1]
    assert inside[0] <= np.count_nonzero(rates < float(law.low)) <= inside[1]
    assert rates.mean() == pytest.approx(0.05, abs=0.003)


@pytest.mark.parametrize("alpha", ["0", "1", "-0.1", "1.5"])
def test_an_alpha_that_is_no_share_is_refused(alpha: str) -> None:
    with pytest.raises(InputError, match="between 0 and 1"):
        false_alarm_interval(19, Fraction(alpha))
    with pytest.raises(InputError, match="between 0 and 1"):
        expected_false_quarantines(Fraction(alpha), 3)


def test_a_p_value_is_the_share_of_days_no_nearer() -> None:
    rng = np.random.default_rng(2)
    for _ in range(200):
        days = [Fraction(int(s)) for s in rng.integers(0, 6, rng.integers(0, 12))]
        score = Fraction(int(rng.integers(0, 7)))
        least, most = p_value((score, score), [(s, s) for s in days])
        assert least == most == Fraction(1 + sum(s >= score for s in days), 1 + len(days))


def test_p_values_and_the_quantile_are_one_rule() -> None:
    rng = np.random.default_rng(3)
    for _ in range(200):
        days = [Fraction(int(s)) for s in rng.integers(0, 15, 24)]
        score, alpha = Fraction(int(rng.integers(0, 16))), Fraction(int(rng.integers(1, 9)), 20)
        limit = quantile(days, alpha)
        least, _ = p_value((score, score), [(s, s) for s in days])
        assert limit is not None
        assert (score > limit) == (least <= alpha)


def test_bounds_of_scores_bound_the_p_value_and_are_met() -> None:
    rng = np.random.default_rng(4)
    for _ in range(100):
        ends = np.sort(rng.integers(0, 5, (4, 2)), axis=1).tolist()
        score, *days = [(Fraction(low), Fraction(high)) for low, high in ends]
        least, most = p_value(score, days)
        choices = product(*([low, high] for low, high in (score, *days)))
        exact = {p_value((s, s), [(d, d) for d in rest])[0] for s, *rest in choices}
        assert (min(exact), max(exact)) == (least, most)


def test_exchangeable_days_are_rare_no_more_often_than_said() -> None:
    draws = np.random.default_rng(5).integers(0, 8, (1500, 20)).tolist()
    rare = np.zeros(20)
    for score, *days in draws:
        value, _ = p_value((Fraction(score),) * 2, [(Fraction(d),) * 2 for d in days])
        rare += [value <= Fraction(n, 20) for n in range(1, 21)]
    limits = binom.ppf(0.9999, 1500, np.arange(1, 21) / 20)
    assert (rare <= limits).all()
    assert rare[-1] == 1500


def test_the_budget_counts_partitions_and_not_columns() -> None:
    alpha = Fraction("0.05")
    assert expected_false_quarantines(alpha, 0) == 0
    for distances in (1, 40):
        budget = ErrorBudget(alpha, 90, distances)
        assert budget.expected == Fraction("4.5")
        assert budget.any_at_all == 1
        assert budget.one_by_one == budget.expected * distances
        assert "4.5 of 90 healthy partitions" in budget.words()
    assert ErrorBudget(alpha, 3, 2).any_at_all == Fraction(3, 20)
    with pytest.raises(InputError, match="-1 partitions"):
        expected_false_quarantines(alpha, -1)


def test_the_largest_score_spends_one_alpha_whatever_the_columns() -> None:
    """Twelve columns that move together, 39 days: alarms of the largest distance stay at 5 %."""
    rng, alarms = np.random.default_rng(6), 0
    for _ in range(1500):
        common = rng.normal(size=(40, 1))
        scores = np.abs(0.6 * common + 0.8 * rng.normal(size=(40, 12))).max(axis=1)
        limit = quantile([Fraction(s) for s in scores[1:].tolist()], Fraction("0.05"))
        assert limit is not None
        alarms += scores[0] > limit
    assert alarms <= binom.ppf(0.9999, 1500, 0.05)
