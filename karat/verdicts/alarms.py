"""An alarm over time that may be watched for ever: bets on scores above the golden quantile.

Statistics note 4.4 and 6. Each partition's score is above the quantile or not. Where all is well
that happens with probability `bound` at most, whatever came before; a better who stakes the share
w of what they have on it at those odds, so with lambda = w / bound, cannot expect to gain:

    E_t = E_{t-1} * (1 + lambda * (I_t - bound))

is an e-process, and by Ville's inequality it ever reaches c with probability at most 1 / c. Its
restarting sum M_t = (M_{t-1} + 1) * (1 + lambda * (I_t - bound)) is an e-detector (Shin, Ramdas
and Rinaldo, after Shiryaev and Roberts): it forgets the good past, and where all is well it takes
c partitions or more, on average, to reach c. Both are means over several shares w, so that a
steady trickle is seen as well as a sudden break. As `bound`, take the upper end of the law of the
false-alarm rate (`karat.golden.false_alarm_interval`), never the nominal alpha.

Wealth is kept in decimals of 34 digits and rounded down, so both bounds hold as computed and a
replay gives the same digits on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from functools import cached_property

from karat.errors import InputError

SHARES = tuple(Fraction(n, 16) for n in (1, 2, 4, 8, 12, 15))
DOWN = Context(prec=34, rounding=ROUND_FLOOR, Emin=MIN_EMIN, Emax=MAX_EMAX)

Wealth = tuple[Decimal, ...]


@dataclass(frozen=True)
class Watch:
    """Bets against exceedances being no more frequent than `bound`.

    With `restarts` they sum up to the e-detector, without to the e-process. Raises `InputError`
    for a bound not between 0 and 1. The state is one number for each of `SHARES`.
    """

    bound: Fraction
    restarts: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.bound < 1:
            raise InputError(f"bound is {self.bound}: it must lie between 0 and 1, as 0.116 does")

    def empty(self) -> Wealth:
        """Return the state before the first partition."""
        return tuple(Decimal(not self.restarts) for _ in SHARES)

    def after(self, wealth: Wealth, *, exceeded: bool) -> Wealth:
        """Return the state one partition later."""
        pairs = zip(wealth, self._gain if exceeded else self._loss, strict=True)
        stake = Decimal(self.restarts)
        return tuple(DOWN.multiply(DOWN.add(have, stake), factor) for have, factor in pairs)

    def value(self, wealth: Wealth) -> Decimal:
        """Return the evidence: the mean over all shares."""
        total = Decimal(0)
        for one in wealth:
            total = DOWN.add(total, one)
        return DOWN.divide(total, Decimal(len(SHARES)))

    @cached_property
    def _gain(self) -> Wealth:
        return tuple(_decimal(1 - w + w / self.bound) for w in SHARES)

    @cached_property
    def _loss(self) -> Wealth:
        return tuple(_decimal(1 - w) for w in SHARES)


@dataclass(frozen=True)
class Alarm:
    """What a watch came to: `path` is the evidence after each partition, as floats.

    `index` and `partition` are the first at which it reached the level; None where it never did.
    """

    index: int | None
    partition: str | None
    path: tuple[float, ...]

    @property
    def value(self) -> float:
        """Evidence after the last partition; 0 for none."""
        return self.path[-1] if self.path else 0.0


def alarm(
    exceedances: Iterable[tuple[str, bool]],
    bound: Fraction,
    level: Fraction | int,
    *,
    restarts: bool = True,
) -> Alarm:
    """Return when evidence first reaches `level` over (partition, exceeded) pairs in order.

    With `restarts`: at least `level` partitions apart on average where all is well. Without: ever,
    with probability 1 / `level` at most. A score not known to be above the quantile counts as not
    exceeded, which only lowers the evidence. Raises `InputError` for a level below 1, or a bound
    not between 0 and 1.

    >>> days = [(f"day {n}", n >= 5) for n in range(12)]
    >>> alarm(days, Fraction("0.116"), 500).partition
    'day 8'
    """
    if level < 1:
        raise InputError(f"level is {level}: it must be at least 1, and 100 or more to mean much")
    watch = Watch(bound, restarts)
    wealth, path = watch.empty(), list[float]()
    first: tuple[int, str] | None = None
    for at, (partition, exceeded) in enumerate(exceedances):
        wealth = watch.after(wealth, exceeded=exceeded)
        value = watch.value(wealth)
        path.append(float(value))
        if first is None and value >= level:
            first = at, partition
    index, name = first or (None, None)
    return Alarm(index, name, tuple(path))


def _decimal(value: Fraction) -> Decimal:
    return DOWN.divide(Decimal(value.numerator), Decimal(value.denominator))
