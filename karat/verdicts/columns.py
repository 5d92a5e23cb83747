"""What decides about many partitions of one stratum, as columns: a list of numbers a rule.

Of everything that was measured these are the few numbers that thresholds are held against. From
them most partitions are decided at once (`karat.verdicts.certain`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import nan
from typing import Any, NamedTuple

from karat.verdicts.facts_format import REFINED
from karat.verdicts.measurement import Measurement

UNKNOWN = (nan, 1, nan, 1)
"""The bounds of a distance by all golden values, where nobody asked for it."""
DECIDING = {"kept", "copies", "sequence", "far"}
"""The parts of facts that columns hold; one with any other, such as a census, has no columns."""


class Far(NamedTuple):
    """One distance of each partition: its bounds, rows, effective rows, and farthest stretch.

    Floats are the nearest to the rationals; NaN stands for None. `cut` is 1 where stretches were
    counted. `exact_low` and `exact_high` bound the distance by all golden values, where that is
    known.
    """

    low: Sequence[float]
    high: Sequence[float]
    counted: Sequence[int]
    worth: Sequence[float]
    cut: Sequence[int]
    farthest: Sequence[float]
    exact_low: Sequence[float]
    exact_high: Sequence[float]


class Columns(NamedTuple):
    """Partitions by their `places` among all: rows, violations by rule, distances by name.

    `copies` and `sequence` are as facts are kept, one a partition, None for what nobody asked.
    """

    stratum: str
    places: Sequence[int]
    rows: Sequence[int]
    kept: Mapping[str, Sequence[int]]
    far: Mapping[str, Far]
    copies: Sequence[Any] | None
    sequence: Sequence[Any] | None

    def plain(self) -> list[Any]:
        """Return them as plain values."""
        return [*self]

    @classmethod
    def of_plain(cls, said: list[Any]) -> Columns:
        """Return what `plain` wrote; TypeError, ValueError or AttributeError for anything else."""
        found = cls(*said)
        return found._replace(far={name: Far(*each) for name, each in found.far.items()})


def columns_of(measured: Sequence[Measurement]) -> list[Columns] | None:
    """Return the columns of each stratum of these; None where one has facts that fit in none.

    Neither do rationals that no float is near to.
    """
    strata: dict[str, list[int]] = {}
    for place, one in enumerate(measured):
        strata.setdefault(one.stratum, []).append(place)
    try:
        found = [_columns(name, at, measured) for name, at in strata.items()]
    except OverflowError:
        return None
    whole = [one for one in found if one is not None]
    return whole if len(whole) == len(found) else None


def _columns(stratum: str, places: list[int], measured: Sequence[Measurement]) -> Columns | None:
    said = [measured[place].said for place in places]
    first = said[0]
    if not _names(first)[0] <= DECIDING or any(_names(one) != _names(first) for one in said):
        return None
    return Columns(
        stratum,
        places,
        [measured[place].rows for place in places],
        {n: [one["kept"][n][1] for one in said] for n in first.get("kept", ())},
        {n: _far(n, said) for n in first.get("far", ())},
        [one["copies"] for one in said] if "copies" in first else None,
        [one["sequence"] for one in said] if "sequence" in first else None,
    )


def _names(said: Mapping[str, Any]) -> tuple[Any, ...]:
    return said.keys() - {REFINED}, said.get("kept", {}).keys(), said.get("far", {}).keys()


def _far(name: str, every: Sequence[Mapping[str, Any]]) -> Far:
    """Return a column of a distance: eight numbers each, and ten of stretches where any count."""
    said = [one["far"][name] for one in every]
    exact = [one.get(REFINED, {}).get(name, UNKNOWN) for one in every]
    return Far(
        [one[0] / one[1] for one in said],
        [one[2] / one[3] for one in said],
        [one[4] for one in said],
        [nan if one[5] is None else one[5] / one[6] for one in said],
        [one[7] for one in said],
        [one[12] / one[13] if len(one) > 8 else nan for one in said],  # noqa: PLR2004
        [one[0] / one[1] for one in exact],
        [one[2] / one[3] for one in exact],
    )
