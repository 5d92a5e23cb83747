"""A book that remembers how its levels were printed, for checksums over the printed digits."""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field

from karat.digest import crc32
from karat.messages.carry import Carry
from karat.messages.instrument import DECIMALS, Instrument
from karat.messages.resting import Change
from karat.messages.schema import Side

CHECKED_LEVELS = 10


def digits(text: str) -> str:
    """Return a printed decimal without its point and its leading zeros.

    >>> digits("0.00025100") + digits("10.50")
    '251001050'
    """
    return text.replace(".", "").lstrip("0")


@dataclass
class _Levels:
    """One side: keys rise away from the best price; `printed` is text and size by key."""

    keys: list[int] = field(default_factory=list)
    printed: dict[int, str] = field(default_factory=dict)


@dataclass
class PrintedBook:
    """Levels by side with the digits they were printed in.

    Levels out of a carry were not printed here: they take the number of decimals of the first
    price that is, and eight for sizes, because a venue prints all prices of a pair alike.
    """

    carried: dict[int, dict[int, tuple[int, int]]] = field(default_factory=dict)
    _sides: dict[int, _Levels] = field(
        default_factory=lambda: {Side.BID: _Levels(), Side.ASK: _Levels()}
    )

    @classmethod
    def of(cls, carry: Carry | None, instrument: Instrument) -> PrintedBook:
        """Return the book of a carry, in units of 1e-8; None stands for an empty one."""
        book = cls()
        if carry is None:
            return book
        columns = {
            Side.BID: (carry.bid_ticks, carry.bid_lots),
            Side.ASK: (carry.ask_ticks, carry.ask_lots),
        }
        for side, (ticks, lots) in columns.items():
            levels = zip(ticks.tolist(), lots.tolist(), strict=True)
            book.carried[side] = {
                -side * t: (t * instrument.tick_e8, q * instrument.lot_e8) for t, q in levels
            }
        return book

    def clear(self) -> None:
        """Forget all levels."""
        self.carried.clear()
        for side in self._sides.values():
            side.keys.clear()
            side.printed.clear()

    def put(self, side: int, ticks: int, lots: int, price: str, size: str) -> Change:
        """Set a level (0 lots remove it) as it was printed; return what changed."""
        if self.carried:
            self._print_carried(len(price.partition(".")[2]))
        levels, key = self._sides[side], -side * ticks
        if lots:
            self._set(levels, key, digits(price) + digits(size))
        elif levels.printed.pop(key, None) is not None:
            del levels.keys[bisect_left(levels.keys, key)]
        return Change(side, ticks, lots)

    def cut(self, depth: int) -> list[Change]:
        """Drop what lies deeper than `depth` levels, as the venue no longer tells of it."""
        changes = []
        for side, levels in self._sides.items():
            for key in levels.keys[depth:]:
                del levels.printed[key]
                changes.append(Change(side, -side * key, 0))
            del levels.keys[depth:]
        return changes

    def checksum(self) -> int:
        """Return the CRC-32 over the ten best asks, then the ten best bids, best first."""
        sides = (self._sides[Side.ASK], self._sides[Side.BID])
        text = "".join(s.printed[key] for s in sides for key in s.keys[:CHECKED_LEVELS])
        return crc32(text.encode())

    def _print_carried(self, decimals: int) -> None:
        for side, own in self.carried.items():
            for key, (price_e8, size_e8) in own.items():
                printed = price_e8 * 10**decimals // 10**DECIMALS
                self._set(self._sides[side], key, f"{printed}{size_e8}")
        self.carried.clear()

    @staticmethod
    def _set(levels: _Levels, key: int, printed: str) -> None:
        if key not in levels.printed:
            insort(levels.keys, key)
        levels.printed[key] = printed
