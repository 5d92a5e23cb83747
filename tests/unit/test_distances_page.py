"""The page of distances: it names every distance, kind and statistic there is, and no other."""

from __future__ import annotations

import re
from itertools import chain
from pathlib import Path

import yaml

import karat.distances
from karat import states
from karat.contracts import DistanceRule
from karat.contracts.distance_rules import KINDS
from karat.states import STATISTICS

PAGE = (Path(__file__).parents[2] / "docs" / "distances.md").read_text(encoding="utf-8")


def tables() -> list[list[list[str]]]:
    """Return the cells of each table's rows, without its head."""
    found = re.findall(r"(?:^\|.*\n)+", PAGE, re.MULTILINE)
    return [
        [
            [cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]]
            for row in one.split("\n")[2:-1]
        ]
        for one in found
    ]


def names(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)


def test_every_kind_and_every_distance_is_there() -> None:
    in_cells, others, _ = tables()
    rows = [*in_cells, *others]
    assert sorted(chain.from_iterable(names(row[0]) for row in rows)) == sorted(KINDS)
    told = {*chain.from_iterable(names(row[1]) for row in rows)}
    exported = {n for n in karat.distances.__all__ if callable(getattr(karat.distances, n))}
    assert told == {name for name in exported if name.islower()}


def test_every_statistic_is_there_by_the_name_it_has() -> None:
    *_, kept = tables()
    told = [*chain.from_iterable(names(row[1]) for row in kept)]
    assert {kind.__name__ for kind in STATISTICS.values()} <= {*told}
    assert all(hasattr(states, name) for name in told)
    for row in kept:
        for kind in (getattr(states, name) for name in names(row[1])):
            if kind in STATISTICS.values():
                assert hasattr(kind, "subtract") == (row[4] == "yes"), kind


def test_its_rules_are_rules() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    kinds = [DistanceRule.model_validate(rule).kind for rule in yaml.safe_load(block)]
    assert kinds == ["psi", "quantile_shift"]


def test_its_defaults_are_the_rules() -> None:
    fields = DistanceRule.model_fields
    for key in ("cells", "bins", "quantile"):
        assert f"`{key}` ({fields[key].default}" in PAGE
    assert fields["floor"].default is None
