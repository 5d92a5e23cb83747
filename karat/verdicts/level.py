"""How thoroughly a partition is judged (statistics note, section 5)."""

from __future__ import annotations

from karat.contracts import Contract


def level_of(contract: Contract) -> str:
    """Return L0 where every distance is exact, L1 where golden cells certify an interval.

    Both admit: at L1 what lies inside an interval is INCONCLUSIVE, never guessed.
    """
    distances = contract.unpaired.distances if contract.unpaired else ()
    coarse = any(rule.kind == "ks" and rule.cells is not None for rule in distances)
    return "L1" if coarse else "L0"
