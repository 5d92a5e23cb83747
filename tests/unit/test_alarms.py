"""Alarms over time: the definition in rationals, Ville's bound, run lengths and delays."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import binom

from karat.errors import InputError
from karat.verdicts import Alarm, Watch, alarm
from karat.verdicts.alarms import SHARES

BOUND = Fraction("0.116")


def pairs(exceeded: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[tuple[str, bool]]:
    return [(f"p{n}", bool(one)) for n, one in enumerate(exceeded)]


def null(rng: np.random.Generator, count: int, rate: float) -> list[tuple[str, bool]]:
    return pairs(rng.random(count) < rate)


def by_definition(exceeded: list[bool], bound: Fraction, *, restarts: bool) -> Fraction:
    """The mean over shares of the product, or of the sum of products from every start."""
    total = Fraction(0)
    for share in SHARES:
        factors = [1 + share / bound * (one - bound) for one in exceeded]
        products, since = [], Fraction(1)
        for factor in reversed(factors):
            since *= factor
            products.append(since)
        total += sum(products) if restarts else since
    return total / len(SHARES)


@pytest.mark.parametrize("restarts", [True, False])
@pytest.mark.parametrize("bound", [BOUND, Fraction(1, 20), Fraction(2, 3)])
def test_the_evidence_is_as_defined_and_rounded_down(bound: Fraction, *, restarts: bool) -> None:
    rng = np.random.default_rng(4)
    for count in (1, 2, 7, 60):
        runs = null(rng, count, 0.3)
        watch = Watch(bound, restarts)
        wealth = watch.empty()
        for _, exceeded in runs:
            wealth = watch.after(wealth, exceeded=exceeded)
        true = by_definition([one for _, one in runs], bound, restarts=restarts)
        found = Fraction(watch.value(wealth))
        assert true * (1 - Fraction(1, 10**30)) <= found <= true
        assert alarm(runs, bound, 10, restarts=restarts).value == float(found)


@pytest.mark.parametrize("level", [20, 100])
def test_where_all_is_well_the_process_ever_alarms_as_rarely_as_ville_says(level: int) -> None:
    rng = np.random.default_rng(level)
    runs = (alarm(null(rng, 150, float(BOUND)), BOUND, level, restarts=False) for _ in range(2000))
    alarms = sum(run.index is not None for run in runs)
    assert 0 < alarms <= binom.ppf(0.9999, 2000, 1 / level)


def test_rates_that_depend_on_the_past_are_covered_too() -> None:
    """After an exceedance the next is as likely as allowed, else impossible: clusters."""
    rng, alarms = np.random.default_rng(12), 0
    for _ in range(1000):
        run, last = [], True
        for draw in rng.random(100):
            last = bool(draw < float(BOUND)) and (last or bool(rng.random() < 0.5))
            run.append(("p", last))
        alarms += alarm(run, BOUND, 20, restarts=False).index is not None
    assert alarms <= binom.ppf(0.9999, 1000, 1 / 20)


def test_where_all_is_well_the_detector_runs_as_long_as_promised() -> None:
    rng, level = np.random.default_rng(7), 30
    lengths = []
    for _ in range(300):
        index = alarm(null(rng, 400, float(BOUND)), BOUND, level).index
        lengths.append(400 if index is None else index + 1)
    error = np.std(lengths) / np.sqrt(300)
    assert np.mean(lengths) - 3 * error >= level


@pytest.mark.parametrize(("rate", "most"), [(0.5, 14), (0.9, 5), (1.0, 4)])
def test_a_shift_is_seen_soon_after_a_long_good_past(rate: float, most: int) -> None:
    rng, delays = np.random.default_rng(9), []
    for _ in range(60):
        good, bad = rng.random(300) < 0.03, rng.random(100) < rate
        index = alarm(pairs(np.append(good, bad)), BOUND, 500).index
        assert index is not None
        delays.append(index - 299)
    assert 0 < np.median(delays) <= most


def test_the_process_remembers_what_the_detector_forgets() -> None:
    runs = pairs(np.arange(400) >= 300)
    seen = alarm(runs, BOUND, 500)
    slow = alarm(runs, BOUND, 500, restarts=False)
    assert seen.index == 303
    assert seen.partition == "p303"
    assert slow.index is None or slow.index > 310


def test_a_replay_goes_on_where_it_stopped() -> None:
    runs = null(np.random.default_rng(3), 40, 0.4)
    watch = Watch(BOUND)
    wealth, path = watch.empty(), []
    for _, exceeded in runs:
        wealth = watch.after(tuple(Decimal(str(one)) for one in wealth), exceeded=exceeded)
        path.append(float(watch.value(wealth)))
    assert tuple(path) == alarm(runs, BOUND, 500).path
    assert alarm(runs[:25], BOUND, 500).path == tuple(path[:25])


def test_wealth_neither_overflows_nor_ends() -> None:
    lost = alarm(pairs(np.zeros(4000, bool)), BOUND, 500, restarts=False)
    assert lost.index is None
    watch = Watch(BOUND, restarts=False)
    wealth = watch.empty()
    for _ in range(2000):
        wealth = watch.after(wealth, exceeded=False)
    assert min(wealth) > 0
    for _ in range(9000):
        wealth = watch.after(wealth, exceeded=True)
    assert watch.value(wealth) > Decimal("1e400")


def test_the_level_is_reached_when_it_is_met() -> None:
    once = alarm([("only", True)], Fraction(1, 2), 1)
    assert once == Alarm(0, "only", (once.value,))
    value = Fraction(
        Watch(Fraction(1, 2)).value(Watch(Fraction(1, 2)).after((Decimal(0),) * 6, exceeded=True))
    )
    assert alarm([("only", True)], Fraction(1, 2), value).index == 0
    assert alarm([("only", True)], Fraction(1, 2), value + Fraction(1, 10**33)).index is None
    assert alarm([], BOUND, 500) == Alarm(None, None, ())
    assert alarm([], BOUND, 500).value == 0


def test_bounds_and_levels_that_mean_nothing_are_refused() -> None:
    for bound in (Fraction(0), Fraction(1), Fraction(-1, 2)):
        with pytest.raises(InputError, match=r"between 0 and 1, as 0\.116"):
            alarm([], bound, 500)
    with pytest.raises(InputError, match="level is 0"):
        alarm([], BOUND, 0)
