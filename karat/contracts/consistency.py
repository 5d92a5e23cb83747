"""What must agree between the parts of a contract: names that refer to others, types, families."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from karat.contracts.model import Contract, PairedRule
    from karat.contracts.trades_rule import TradesRule

Place = tuple[str | int, ...]
Fault = tuple[Place, str]
WHOLE = ("int8", "int16", "int32", "int64", "bool")


class Inconsistent(ValueError):  # noqa: N818 - a state of the contract
    """Parts that disagree; `faults` are their places in the contract, and why."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(why for _, why in faults))
        self.faults = faults


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the end of a message: the nearest of the `known` names, or all of them."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {near[0]!r}?" if near else f"one of {', '.join(names) or 'none'}"


def faults(contract: Contract) -> Iterator[Fault]:
    """Yield everything that parts of a contract contradict each other in; none for a good one."""
    for place, name in _columns(contract):
        if name not in contract.columns:
            yield place, f"there is no column {name!r}; {nearest(name, contract.columns)}"
        elif place[0] in {"rows", "locator", "sequence", "paired"}:
            kind = contract.columns[name].type
            if kind not in WHOLE:
                yield place, f"column {name!r} is {kind}; whole numbers are needed"
    for place, name in _choices(contract):
        if name not in contract.rows:
            yield place, f"there are no rows {name!r}; {nearest(name, contract.rows)}"
    yield from _twice(("invariants",), [rule.name for rule in contract.invariants])
    if contract.unpaired:
        names = [distance.name for distance in contract.unpaired.distances]
        yield from _twice(("unpaired", "distances"), names)
        yield from _tolerances(contract)
    yield from _families(contract)


def _columns(contract: Contract) -> Iterator[tuple[Place, str]]:
    yield ("locator",), contract.locator
    for name, conditions in contract.rows.items():
        yield from ((("rows", name, at, "column"), c.column) for at, c in enumerate(conditions))
        others = ((at, c.same_as) for at, c in enumerate(conditions))
        yield from ((("rows", name, at, "same_as"), other) for at, other in others if other)
    for at, rule in enumerate(contract.invariants):
        yield ("invariants", at, "left"), rule.left
        if isinstance(rule.right, str):
            yield ("invariants", at, "right"), rule.right
    for part in ("kind", "previous", "id") if contract.sequence else ():
        yield ("sequence", part), getattr(contract.sequence, part)
    yield from _paired_columns(("paired",), contract.paired)
    yield from _paired_columns(("paired", "trades"), contract.paired and contract.paired.trades)
    for at, distance in enumerate(contract.unpaired.distances if contract.unpaired else ()):
        yield ("unpaired", "distances", at, "column"), distance.column
    if contract.unpaired and contract.unpaired.blocks:
        yield ("unpaired", "blocks", "time"), contract.unpaired.blocks.time


def _paired_columns(
    place: Place, rule: PairedRule | TradesRule | None
) -> Iterator[tuple[Place, str]]:
    if rule:
        yield (*place, "id"), rule.id
        yield from (((*place, "fields", at), name) for at, name in enumerate(rule.fields))


def _choices(contract: Contract) -> Iterator[tuple[Place, str]]:
    for at, rule in enumerate(contract.invariants):
        if rule.rows is not None:
            yield ("invariants", at, "rows"), rule.rows
    if contract.paired:
        yield ("paired", "rows"), contract.paired.rows
        if contract.paired.trades:
            yield ("paired", "trades", "rows"), contract.paired.trades.rows
    for at, distance in enumerate(contract.unpaired.distances if contract.unpaired else ()):
        if distance.rows is not None:
            yield ("unpaired", "distances", at, "rows"), distance.rows


def _twice(place: Place, names: Sequence[str]) -> Iterator[Fault]:
    for at, name in enumerate(names):
        if name in names[:at]:
            yield (*place, at, "name"), f"the name {name!r} is taken; give each rule its own"


def _tolerances(contract: Contract) -> Iterator[Fault]:
    if not contract.unpaired or contract.unpaired.blocks:
        return
    for at, distance in enumerate(contract.unpaired.distances):
        if distance.tolerance is not None:
            why = "a tolerance needs `blocks` (time, width_ns), which tell how much rows depend"
            yield ("unpaired", "distances", at, "tolerance"), why


def _families(contract: Contract) -> Iterator[Fault]:
    ruled = contract.ruled()
    for family in ruled:
        if family not in contract.families:
            yield ("families",), f"say gate or warn for {family!r}"
    for family, role in contract.families.items():
        if role == "gate" and family not in ruled:
            yield ("families", family), "a gate without a rule would decide nothing: write its rule"
    if "gate" not in [contract.families.get(family) for family in ruled]:
        yield ("families",), "no gate family has a rule, so nothing could be proved"
