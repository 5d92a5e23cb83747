"""What order tells, by hand: autocorrelations and variance ratios, from the definitions."""

from __future__ import annotations

from fractions import Fraction

from karat.explanation.spreads import ratio
from karat.explanation.worked import Worked
from karat.golden import Yardstick


def by_acf(worked: Worked, one: Yardstick, values: list[int]) -> list[int]:
    """Work out the autocorrelations; return where the largest products are.

    rho_k is the sum of (x_t - m)(x_{t+k} - m) over that of (x_t - m)^2, m the mean of all.
    """
    n, total = len(values), sum(values)
    away = [n * value - total for value in values]  # n times the distance from the mean: whole
    spread = sum(value * value for value in away)
    worked.say(f"n = {n:,} values, their mean is {total}/{n}" if n else "there are no values")
    if not spread or n <= one.rule.lags:
        worked.say("too few values, or all equal: there is no autocorrelation")
        return []
    found: dict[int, Fraction] = {}
    for lag in range(1, one.rule.lags + 1):
        ours = Fraction(sum(a * b for a, b in zip(away, away[lag:], strict=False)), spread)
        theirs = one.golden.correlation(lag)
        if theirs is None:
            worked.say("golden has no autocorrelation")
            return []
        worked.say(f"lag {lag}: {float(ours):.6f}, golden {float(theirs):.6f}")
        found[lag] = abs(ours - theirs)
    lag = max(found, key=lambda k: found[k])
    worked.say(f"the largest difference is {float(found[lag]):.6f}, at lag {lag}")
    ratio(worked, one, found[lag], found[lag], n)
    products = [abs(a * b) for a, b in zip(away, away[lag:], strict=False)]
    largest = sorted(range(len(products)), key=lambda at: (-products[at], at))[:5]
    told = (f"{values[at]} x {values[at + lag]}" for at in largest)
    worked.say(f"the largest products about the mean are of {', '.join(told)}")
    return sorted({at + step for at in largest for step in (0, lag)})


def by_variances(worked: Worked, one: Yardstick, values: list[int]) -> list[int]:
    """Work out the variance ratio; return where the largest moves over all steps are."""
    steps = one.rule.steps
    single, many = (_variance(_moves(values, over)) for over in (1, steps))
    theirs = one.golden.ratio()
    if not single or many is None or theirs is None:
        worked.say("too few values, or none that move: there is no ratio")
        return []
    ours = many / (steps * single)
    worked.say(
        f"the variance of moves over 1 row is {float(single):.6f}",
        f"over {steps} rows it is {float(many):.6f}: {float(ours):.6f} of {steps} times the first",
        f"golden has a ratio of {float(theirs):.6f}",
    )
    ratio(worked, one, abs(ours - theirs), abs(ours - theirs), len(values))
    far = _moves(values, steps)
    largest = sorted(range(len(far)), key=lambda at: (-abs(far[at]), at))[:5]
    return sorted({at + step for at in largest for step in (0, steps)})


def _moves(values: list[int], over: int) -> list[int]:
    return [b - a for a, b in zip(values, values[over:], strict=False)]


def _variance(moves: list[int]) -> Fraction | None:
    if not moves:
        return None
    n, total = len(moves), sum(moves)
    return Fraction(n * sum(move * move for move in moves) - total * total, n * n)
