"""How an exchange's order flow runs: how long signs persist, whether volatility comes in spells."""

from __future__ import annotations

from dataclasses import dataclass

from karat.errors import InputError


@dataclass(frozen=True, slots=True)
class Regime:
    """The parameters of an order flow; `PLAIN` is what `simulate` trades by default.

    `against` is the share of market orders that go against the run they belong to, `shortest_run`
    the least number of orders of a run (its length has a heavy tail). `heat` is how many times as
    often market orders come in a hot spell as in a calm one, spells lasting minutes; 1 knows no
    spells. `day_effect` scales what one day has of its own: volatility, sizes and intensity have
    a relative standard deviation of about half of it. Messages that reach the receiver together
    are told apart by up to `apart_ns` of its clock; 0 lets their times be equal. InputError for a
    share above 1/2, a run below 1, heat below 1, an effect outside 0 to 0.5, and for messages
    more than a millisecond apart.
    """

    against: float = 0.0
    shortest_run: int = 3
    heat: float = 1.0
    day_effect: float = 0.14
    apart_ns: int = 0

    def __post_init__(self) -> None:
        limits = {"against": (0, 0.5), "shortest_run": (1, 1000), "heat": (1, 9)}
        limits |= {"day_effect": (0, 0.5), "apart_ns": (0, 10**6)}
        for name, (low, high) in limits.items():
            if not low <= getattr(self, name) <= high:
                raise InputError(f"{name} {getattr(self, name)} is not between {low} and {high}")


PLAIN = Regime()
"""Signs more alike than a market's and no spells: a simulated day unless asked otherwise."""

MARKET = Regime(against=0.07, shortest_run=8, heat=5.0, day_effect=0.1, apart_ns=5_000)
"""Closer to real captures: trade signs correlate by about 0.80, 0.54, 0.18 at lags 1, 10, 100
(DATA.md, spot: 0.78, 0.60, 0.23), sizes of returns by more than 0 over ten deltas and more, and
no two messages are received in one ns."""
