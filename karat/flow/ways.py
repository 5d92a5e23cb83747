"""What is measured against which golden days, named once a contract and a golden manifest."""

from __future__ import annotations

from typing import NamedTuple

from karat.contracts import Contract, measures
from karat.contracts.shape import shape
from karat.digest import Part, framed
from karat.golden import GoldenManifest, distance_measures
from karat.states import PairedCensus, TradeCensus

WAYS = 64
"""So many contracts and manifests are known at once."""


class Way(NamedTuple):
    """What is measured: the contract's shape, the names of states, and the usable distances.

    `golden` is the name of the manifest, "" for none. `states` are the names of all states as
    `karat.digest.framed` gives them, whatever their columns, with the code's own versions.
    `distances` are those of the stratum without a name.
    """

    shape: str
    golden: str
    states: bytes
    distances: frozenset[str]


_known: dict[tuple[str, str], Way] = {}


def way_of(contract: Contract, golden: GoldenManifest | None) -> Way:
    """Return what is measured under a contract against golden days."""
    name = contract.digest, golden.digest if golden else ""
    found = _known.get(name)
    if found is None:
        while len(_known) >= WAYS:
            _known.pop(next(iter(_known)), None)
        usable = frozenset(golden.usable(contract) if golden else ())
        states = framed(*_state_keys(contract, golden))
        found = _known[name] = Way(shape(contract), name[1], states, usable)
    return found


def _state_keys(contract: Contract, golden: GoldenManifest | None) -> list[Part]:
    asked = list(measures(contract))
    for stratum in sorted(golden.strata) if golden else ():
        asked += distance_measures(golden.usable(contract, stratum) if golden else {}, contract)
    rule = contract.paired
    censuses = [PairedCensus(rule.each).key(), TradeCensus().key()] if rule else []
    keys = [one.state_key({name: name for name in one.reads()}) for one in asked]
    return [*keys, *censuses]
