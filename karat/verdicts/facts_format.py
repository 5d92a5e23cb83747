"""What was measured as plain values for JSON: short lists, rationals as pairs of whole numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from karat.distances import Containment, Distance
from karat.golden import Refined
from karat.states import InvariantState, PairedCensus, TradeCensus
from karat.states.sequence_state import SequenceState, Tally
from karat.verdicts.copies import Copied
from karat.verdicts.facts import Facts, Far
from karat.verdicts.stretches import KeptProfile

Plain = dict[str, Any]
REFINED = "refined"
"""Where exact distances lie, of which coarse cells left a doubt."""


def plain_facts(facts: Facts) -> Plain:
    """Return facts as plain values; what is None or empty is left out."""
    copies, sequence = facts.copies, facts.sequence
    said = {
        "kept": {name: [s.checked, s.violations, s.first] for name, s in facts.kept.items()},
        "copies": None if copies is None else _copies(copies),
        "sequence": None if sequence is None else _sequence(sequence),
        "census": None if facts.census is None else PairedCensus().encode(facts.census).hex(),
        "trades": None if facts.trades is None else TradeCensus().encode(facts.trades).hex(),
        "far": {name: _far(one) for name, one in facts.far.items()},
        REFINED: {n: _exact(one.refined) for n, one in facts.far.items() if one.refined},
    }
    return {key: value for key, value in said.items() if value}


def facts_of_plain(said: Plain) -> Facts:
    """Return what `plain_facts` wrote; KeyError, ValueError or TypeError for anything else."""
    census, trades, exact = said.get("census"), said.get("trades"), said.get(REFINED, {})
    return Facts(
        {name: InvariantState(*one) for name, one in said.get("kept", {}).items()},
        _as_copied(said.get("copies")),
        _as_sequence(said.get("sequence")),
        None if census is None else PairedCensus().decode(bytes.fromhex(census)),
        None if trades is None else TradeCensus().decode(bytes.fromhex(trades)),
        {name: _as_far(one, exact.get(name)) for name, one in said.get("far", {}).items()},
    )


def _copies(one: Copied) -> list[Any]:
    found = one.found
    return [one.there, None if found is None else [found.common, found.sampled, found.exact]]


def _as_copied(said: list[Any] | None) -> Copied | None:
    if said is None:
        return None
    return Copied(said[0], None if said[1] is None else Containment(*said[1]))


def _sequence(one: SequenceState) -> list[Any]:
    """Of the gaps only the first is told, so only that is kept."""
    return [list(vars(one.tally).values()), [list(gap) for gap in one.gap_ranges[:1]]]


def _as_sequence(said: list[Any] | None) -> SequenceState | None:
    if said is None:
        return None
    return SequenceState(Tally(*said[0]), tuple((first, last) for first, last in said[1]))


def _far(one: Far) -> list[Any]:
    """Flat, for lists inside lists take longer to read: eight of a distance, ten of stretches."""
    ends, worth = one.distance, one.effective_rows
    known = [None, None] if worth is None else _pair(worth)
    profile = [] if one.profile is None else KeptProfile.of(one.profile).said
    return [*_pair(ends.lower), *_pair(ends.upper), ends.count, *known, int(one.cut), *profile]


def _exact(one: Refined) -> list[int]:
    return [*_pair(one.distance.lower), *_pair(one.distance.upper), one.distance.count, one.cells]


def _as_exact(said: list[int]) -> Refined:
    low, low_of, high, high_of, count, cells = said
    return Refined(Distance(Fraction(low, low_of), Fraction(high, high_of), count), cells)


def _as_far(said: list[Any], exact: list[int] | None) -> Far:
    low, low_of, high, high_of, count, worth, worth_of, cut, *profile = said
    lower = Fraction(low, low_of)
    upper = lower if (low, low_of) == (high, high_of) else Fraction(high, high_of)
    known = None if worth is None else Fraction(worth, worth_of)
    refined = None if exact is None else _as_exact(exact)
    return Far(Distance(lower, upper, count), known, bool(cut), _as_profile(profile), refined)


def _as_profile(said: list[int]) -> KeptProfile | None:
    return KeptProfile(said) if said else None


def _pair(value: Fraction) -> list[int]:
    return [value.numerator, value.denominator]
