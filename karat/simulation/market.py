"""What an instrument of the simulated venue is: its name, its units, its id rule."""

from __future__ import annotations

import re
from dataclasses import dataclass

from karat.digest import digest
from karat.errors import InputError

NAME = re.compile(r"sim-(usdm|spot)-([a-z0-9]+)")
LOWEST_PRICE, PRICE_RANGE = 30_000, 40_000


@dataclass(frozen=True, slots=True)
class Units:
    """How one market writes prices and sizes, and how its update ids run.

    A price is `ticks / ticks_per_unit` with `price_decimals` digits, a size `lots /
    lots_per_unit` with `size_decimals` digits. `id_step` is the largest step between the ids
    of two book events: 1 is the spot rule (ids are dense), more is the futures rule.
    """

    ticks_per_unit: int
    price_decimals: int
    lots_per_unit: int
    size_decimals: int
    id_step: int
    usual_lots: int
    window_ns: int


USDM = Units(10, 2, 1_000, 3, 64, 20, 50_000_000)
SPOT = Units(100, 8, 100_000, 8, 1, 2_000, 90_000_000)


@dataclass(frozen=True, slots=True)
class Instrument:
    """One instrument of the simulated venue: `market` usdm or spot, `symbol` in lower case."""

    market: str
    symbol: str

    @property
    def name(self) -> str:
        """The name `parse` reads."""
        return f"sim-{self.market}-{self.symbol}"

    @property
    def units(self) -> Units:
        """The market's units."""
        return USDM if self.market == "usdm" else SPOT

    @property
    def anchor_ticks(self) -> int:
        """The price the instrument starts at and is slowly pulled to, in ticks."""
        number = int(digest("simulated-anchor/1", self.name)[:12], 16)
        return (LOWEST_PRICE + number % PRICE_RANGE) * self.units.ticks_per_unit


def parse(name: str) -> Instrument:
    """Return the instrument called `name`; `InputError` for any other spelling.

    >>> parse("sim-usdm-btcusdt").symbol
    'btcusdt'
    """
    found = NAME.fullmatch(name)
    if found is None:
        raise InputError(f"no instrument {name!r}: say sim-usdm-<symbol> or sim-spot-<symbol>")
    return Instrument(found[1], found[2])
