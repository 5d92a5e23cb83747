"""How thoroughly a partition is judged (statistics note, section 5)."""

from __future__ import annotations

from typing import Literal, get_args

from karat.contracts import CELL_KINDS, Contract

Lesser = Literal["L2", "L3"]
LESSER: tuple[Lesser, ...] = get_args(Lesser)
"""Levels that admit nothing: they turn a PASS into INCONCLUSIVE, and never a FAIL into PASS."""

MEANT = {
    "L0": "every distance exact",
    "L1": "distances certified in golden cells",
    "L2": "rows by the contract's laws, distances on a sample; admits nothing",
    "L3": "rows by the contract's laws alone; admits nothing",
}
"""What each level does, in words."""


def level_of(contract: Contract, asked: Lesser | None = None) -> str:
    """Return L0 where every distance is exact, L1 where golden cells certify an interval.

    Both admit: at L1 what lies inside an interval is INCONCLUSIVE, never guessed. A lesser level
    that was `asked` for is what it is.
    """
    distances = contract.unpaired.distances if contract.unpaired else ()
    coarse = any(rule.kind in CELL_KINDS and rule.cells is not None for rule in distances)
    return asked or ("L1" if coarse else "L0")
