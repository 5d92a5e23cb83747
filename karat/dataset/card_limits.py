"""What a dataset's records say that it does not show."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from karat.dataset.card import Card
    from karat.dataset.manifest import Manifest


def limits(found: Card) -> Iterator[str]:
    """Yield each limit in words; nothing where the records tell of none."""
    yield from chain(_of_days(found), _of_rules(found), _of_manifest(found.manifest))


def _of_days(found: Card) -> Iterator[str]:
    for one in found.ranges:
        if one.missing:
            yield f"{one.instrument}: {len(one.missing)} days between first and last are missing"
    for name in found.waivers:
        yield f"{name} has no PASS: someone answers for it"


def _of_rules(found: Card) -> Iterator[str]:
    """Yield the rules that only warn and did not hold: they were shown, and kept nothing out."""
    for rule in found.rules:
        name = f"{rule.family} {rule.name}"
        if rule.role == "warn" and rule.failed:
            yield f"{name} fails on {rule.failed} partitions, and only warns"
        if rule.role == "warn" and rule.undecided:
            yield f"{name} is undecided on {rule.undecided} partitions"


def _of_manifest(of: Manifest) -> Iterator[str]:
    if not of.golden:
        yield "no golden manifest was in force: distances from history were held to nothing"
    if of.split is None:
        yield "it was cut without a split: nothing keeps evaluation apart from training"
    elif not of.split.embargo_days:
        yield "there is no embargo between training and evaluation"
    if not of.features:
        yield "its manifest is of the first format: schema and features are not told"
