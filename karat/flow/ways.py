"""What is measured against which golden days, named once a contract and a golden manifest."""

from __future__ import annotations

from karat.contracts import Contract, measures
from karat.digest import Part
from karat.golden import GoldenManifest, distance_measures
from karat.states import PairedCensus, TradeCensus

WAYS = 64
"""So many contracts and manifests are known at once."""
_known: dict[tuple[str, str], tuple[Part, ...]] = {}


def state_keys(contract: Contract, golden: GoldenManifest | None) -> tuple[Part, ...]:
    """Return the names of all states, whatever their columns, and that of the golden manifest.

    They hang on the code's own versions of the statistics; "" is the name of no manifest.
    """
    name = contract.digest, golden.digest if golden else ""
    if name not in _known:
        while len(_known) >= WAYS:
            _known.pop(next(iter(_known)), None)
        _known[name] = name[1], *_state_keys(contract, golden)
    return _known[name]


def _state_keys(contract: Contract, golden: GoldenManifest | None) -> list[Part]:
    asked = list(measures(contract))
    for stratum in sorted(golden.strata) if golden else ():
        asked += distance_measures(golden.usable(contract, stratum) if golden else {}, contract)
    rule = contract.paired
    censuses = [PairedCensus(rule.each).key(), TradeCensus().key()] if rule else []
    keys = [one.state_key({name: name for name in one.reads()}) for one in asked]
    return [*keys, *censuses]
