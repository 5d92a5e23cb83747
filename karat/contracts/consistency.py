"""What must agree between the parts of a contract: names that refer to others, types, families."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from karat.contracts.episodes_rule import LINKED, WHOLE_EPISODES
from karat.contracts.mentions import Place, choices, columns
from karat.contracts.row_rules import COPIES

if TYPE_CHECKING:
    from karat.contracts.model import Contract

Fault = tuple[Place, str]
COUNTED_IN = ("rows", "locator", "ordering", "copies", "sequence", "episodes", "paired")
"""Parts of a contract whose columns hold whole numbers."""
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
    for place, name in columns(contract):
        if name not in contract.columns:
            yield place, f"there is no column {name!r}; {nearest(name, contract.columns)}"
        elif place[0] in COUNTED_IN:
            kind = contract.columns[name].type
            if kind not in WHOLE:
                yield place, f"column {name!r} is {kind}; whole numbers are needed"
    for place, name in choices(contract):
        if name not in contract.rows:
            yield place, f"there are no rows {name!r}; {nearest(name, contract.rows)}"
    yield from _row_rules(contract)
    yield from _comparable(contract)
    if contract.unpaired:
        names = [distance.name for distance in contract.unpaired.distances]
        yield from _twice(("unpaired", "distances"), names)
        yield from _tolerances(contract)
        yield from _measurable(contract)
    yield from _families(contract)
    yield from _source(contract)


def _row_rules(contract: Contract) -> Iterator[Fault]:
    """Yield each name that is taken, also by what another sort of rule finds."""
    names = [rule.name for rule in contract.invariants]
    orders = [rule.name for rule in contract.ordering]
    steps = contract.episodes
    known = [law.name for law in steps.laws()] if steps else []
    taken = {COPIES, WHOLE_EPISODES, LINKED, *known}
    if steps:
        yield from ((("episodes", *place), why) for place, why in steps.unequal())
    yield from _twice(("invariants",), names)
    for at, name in enumerate(names):
        if name in {*orders, *taken}:
            yield ("invariants", at, "name"), f"the name {name!r} is kept for another rule"
    for at, name in enumerate(orders):
        if name in orders[:at]:
            yield ("ordering", at, "column"), f"{name!r} is said twice; say it once"


def _comparable(contract: Contract) -> Iterator[Fault]:
    """Yield each side of an invariant that holds no numbers, or not the other side's sort."""
    for at, rule in enumerate(contract.invariants):
        names = {side: name for side in ("left", "right") if (name := str(getattr(rule, side)))}
        kinds = {
            side: contract.columns[name].type
            for side, name in names.items()
            if name in contract.columns
        }
        for side, kind in kinds.items():
            if kind == "string":
                why = f"column {names[side]!r} is string; numbers are compared"
                yield ("invariants", at, side), why
        if len(kinds) == len(names) and list(kinds.values()).count("double") == 1:
            why = f"left is {kinds['left']}, right is {kinds['right']}; floats go with floats alone"
            yield ("invariants", at, "right"), why


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


def _measurable(contract: Contract) -> Iterator[Fault]:
    """Yield each column whose type the distance of it, or the clock of blocks, cannot take."""
    if not (rule := contract.unpaired):
        return
    for at, distance in enumerate(rule.distances):
        spec = contract.columns.get(distance.column)
        if spec is None or (takes := distance.takes) is None:
            continue
        fits = spec.type in WHOLE or (takes == "numbers" and spec.type == "double")
        if not fits:
            told = f"{distance.column!r} is {spec.type}; {distance.kind} of {distance.of} takes"
            yield ("unpaired", "distances", at, "column"), f"column {told} {takes}"
    clock = rule.blocks and contract.columns.get(rule.blocks.time)
    if rule.blocks and clock and clock.type not in WHOLE:
        why = f"column {rule.blocks.time!r} is {clock.type}; whole numbers are needed"
        yield ("unpaired", "blocks", "time"), why


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


def _source(contract: Contract) -> Iterator[Fault]:
    """Yield a source that would be the dataset itself, and a version of nothing."""
    source = contract.source
    if source.folder == contract.dataset:
        yield ("source", "folder"), "captures of a dataset lie in another folder than the dataset"
    if source.version != 1 and not source.made_by:
        yield ("source", "version"), "this is the version of a function: say which in `made_by`"
