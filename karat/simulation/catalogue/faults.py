"""The twelve faults of the catalogue: how bad, what was measured of them, what must catch them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import pyarrow as pa

from karat.simulation.catalogue.clocks import resampled
from karat.simulation.catalogue.copies import yesterday_copied
from karat.simulation.catalogue.loss import dropped, dropped_renumbered, thinned
from karat.simulation.catalogue.order import shuffled, swapped
from karat.simulation.catalogue.prices import spiked, volatility_scaled
from karat.simulation.catalogue.sides import sides_flipped
from karat.simulation.catalogue.sizes import sizes_scaled
from karat.simulation.catalogue.staleness import book_frozen

Spoil: TypeAlias = Callable[[pa.Table, float, int, pa.Table | None], pa.Table]
"""A day, a severity, a seed and the day before; gives the spoiled day, a pure function."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One row of the catalogue, with the numbers that the statistics note 7 lists.

    `severities` are those tried there, the mildest first; `unpaired` and `paired` the smallest
    of them that it caught in at least 90 % of 20 days (None: not caught); `caught_by` and
    `caught_paired_by` the statistics it was caught by. `kind` says what a severity is: a share
    of the messages, a count, a factor (1 for no fault) or the length of a block.
    """

    name: str
    spoil: Spoil
    kind: Literal["share", "count", "factor", "block"]
    severities: tuple[float, ...]
    unpaired: float | None
    paired: float | None
    caught_by: tuple[str, ...]
    caught_paired_by: tuple[str, ...]


CATALOGUE: dict[int, Fault] = {
    1: Fault(
        "dropped messages, ids kept", dropped, "share", (1e-4, 1e-3, 1e-2), 1e-3, 1e-3,
        ("ids missing",), ("count", "waiting time"),
    ),
    2: Fault(
        "dropped messages, renumbered", dropped_renumbered, "share",
        (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5), 0.2, 0.01,
        ("depth autocorrelation", "sign autocorrelation"), ("waiting time", "return over 20"),
    ),
    5: Fault(
        "fast market thinned, renumbered", thinned, "share", (0.02, 0.05, 0.1, 0.2), None, 0.02,
        ("depth autocorrelation", "waiting time"), ("waiting time", "depth"),
    ),
    8: Fault(
        "neighbours swapped, ids kept", swapped, "share", (3e-4, 1e-3), 3e-4, 3e-4,
        ("ids missing", "ids going back"), ("waiting time autocorrelation", "waiting time"),
    ),
    10: Fault(
        "shuffled inside blocks", shuffled, "block", (2, 3, 5, 20, 1_000_000), 2, 2,
        ("return size autocorrelation", "variance ratio"),
        ("type transitions", "sign autocorrelation"),
    ),
    12: Fault(
        "sides flipped", sides_flipped, "share", (0.01, 0.02, 0.05, 0.1, 0.2, 0.5), 0.02, 0.01,
        ("sign autocorrelation",), ("sign autocorrelation", "response"),
    ),
    15: Fault(
        "stale book", book_frozen, "count", (10, 20, 30, 50, 100, 500), 10, 20,
        ("longest unchanged book",), ("depth", "last digit of price"),
    ),
    19: Fault(
        "sizes scaled", sizes_scaled, "factor", (1.01, 1.02, 1.05, 1.1), 1.01, 1.01,
        ("size", "atoms of size"), ("size", "last two digits of size"),
    ),
    22: Fault(
        "times resampled evenly", resampled, "share", (0.01, 0.02, 0.05, 0.1, 1.0), 0.01, 0.01,
        ("atoms of waiting time",), ("waiting time", "atoms of waiting time"),
    ),
    26: Fault(
        "volatility scaled", volatility_scaled, "factor", (1.1, 1.25, 1.5, 2.0, 3.0), 1.25, 1.1,
        ("last digit of price", "realised variance"), ("return over 20", "last digit of price"),
    ),
    28: Fault(
        "price spikes", spiked, "count", (1, 5), 1, 1,
        ("return size autocorrelation", "variance ratio"),
        ("return size autocorrelation", "variance ratio"),
    ),
    36: Fault(
        "part of yesterday copied in", yesterday_copied, "share",
        (0.001, 0.002, 0.005, 0.05, 0.99), 0.002, 0.001,
        ("grams shared with yesterday",), ("last digit of price", "depth"),
    ),
}  # fmt: skip
"""The faults by their row in the statistics note 7, whose numbers depend on its own simulator."""
