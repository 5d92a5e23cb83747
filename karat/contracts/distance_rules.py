"""What a contract may ask of the distances of a candidate from golden days."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from karat.contracts.consistency import nearest
from karat.contracts.values import InnerShare, Name, Part, Role
from karat.digest import digest
from karat.states.plugged import GROUP, plugged_names

Celled = Literal[
    "ks",
    "kuiper",
    "mann_whitney",
    "cramer_von_mises",
    "wasserstein",
    "quantile_shift",
    "cell_variation",
    "psi",
    "js",
    "hellinger",
    "chi2",
]
CELL_KINDS: tuple[str, ...] = get_args(Celled)
"""Kinds that are measured in golden's own cells."""
BINNED = ("cell_variation", "psi", "js", "hellinger", "chi2")
BuiltIn = Literal[Celled, "total_variation", "coverage", "atom", "acf", "variance_ratio"]
KINDS: tuple[str, ...] = get_args(BuiltIn)
SUMMED = ("wasserstein",)
"""Kinds in cells that add values up, exactly."""
OWN = "a statistic of your own"
CUT = ("ks", "total_variation", "atom")
"""Kinds whose distance a stretch of a day has too: they ask how values are spread."""
OF = ("value", "change", "movement", "last_digits", "even")
TAKEN_BY: dict[str, list[tuple[str, str]]] = {
    "over": [(kind, of) for kind in (*KINDS, OWN) for of in ("change", "movement")],
    "digits": [(kind, "last_digits") for kind in (*KINDS, OWN)],
    "cells": [(kind, of) for kind in CELL_KINDS for of in OF],
    "tolerance": [(kind, of) for kind in ("ks", "kuiper") for of in OF],
    "bins": [(kind, of) for kind in BINNED for of in OF],
    "floor": [("psi", of) for of in OF],
    "quantile": [("quantile_shift", of) for of in OF],
    "min_count": [("coverage", of) for of in OF],
    "lags": [("acf", of) for of in OF],
    "steps": [("variance_ratio", "value")],
}
"""Keys of a distance rule that only some kinds take."""


def _known(kind: str) -> str:
    if kind not in KINDS and kind not in (own := plugged_names()):
        told = f"there is no kind {kind!r}; {nearest(kind, [*KINDS, *own])}"
        raise ValueError(f"{told} ({OWN} is found by its entry point {GROUP!r})")
    return kind


WRITTEN = {
    "anyOf": [{"enum": list(KINDS)}, {"type": "string", "minLength": 1}],
    "description": f"A kind karat brings, or {OWN}: its entry point's name in {GROUP}.",
}
"""A kind as JSON Schema sees it."""
Kind = Annotated[str, AfterValidator(_known), WithJsonSchema(WRITTEN)]


class DistanceRule(Part):
    """A distance of one column of a candidate from the golden days.

    `of` says what of the column: its values, their change or movement (change without its sign)
    over some rows, their last decimal digits, or whether two steps are even.
    `cells` belongs to the kinds that count in golden's cells (null: every golden value is one),
    `bins` to those that compare shares (null: cells are the bins), `floor` to psi (null: half a
    row), `quantile` to quantile_shift, `min_count` (rows that visit a cell) to coverage, `lags` to
    acf, `steps` to variance_ratio. Another `kind` is a statistic of your own. A ks or kuiper
    distance with a `tolerance` has to be shown to lie within it. With severity warn it is shown and
    never counted.
    """

    name: Name
    kind: Kind = "ks"
    column: Name
    rows: str | None = None
    of: Literal["value", "change", "movement", "last_digits", "even"] = "value"
    over: Annotated[int, Field(ge=1)] = 1
    digits: Annotated[int, Field(ge=1, le=18)] = 1
    cells: Annotated[int, Field(ge=1)] | None = 4096
    bins: Annotated[int, Field(ge=1)] | None = 20
    floor: InnerShare | None = None
    quantile: InnerShare = "0.5"
    min_count: Annotated[int, Field(ge=1)] = 5
    lags: Annotated[int, Field(ge=1)] = 1
    steps: Annotated[int, Field(ge=2)] = 2
    tolerance: InnerShare | None = None
    min_rows: Annotated[int, Field(ge=1)] = 100
    severity: Role = "gate"

    @cached_property
    def digest(self) -> str:
        """Return the name of what is measured; thresholds and the rule's own name are no part."""
        thresholds = {"name", "tolerance", "min_rows", "rows", "severity"}
        measured = self.model_dump(mode="json", exclude=thresholds, exclude_defaults=True)
        return digest("distance rule/1", json.dumps(measured, sort_keys=True))

    @property
    def takes(self) -> Literal["numbers", "whole numbers"] | None:
        """What its column must hold: integers, or floats as well; None for a kind not karat's."""
        if self.kind not in KINDS:
            return None
        floats = self.kind in CELL_KINDS and self.kind not in SUMMED and self.of == "value"
        return "numbers" if floats else "whole numbers"

    @property
    def widths(self) -> int:
        """Half-widths of one distribution function in this distance: Kuiper's adds two of them."""
        return 2 if self.kind == "kuiper" else 1

    @model_validator(mode="after")
    def _says_what_its_kind_takes(self) -> DistanceRule:
        kind = self.kind if self.kind in KINDS else OWN
        for key, wanted in TAKEN_BY.items():
            said = getattr(self, key) != type(self).model_fields[key].default
            if said and (kind, self.of) not in wanted:
                takers = ", ".join(sorted({f"{kind} of {of}" for kind, of in wanted}))
                raise ValueError(f"{key} says nothing for {self.kind} of {self.of}; for {takers}")
        if self.kind == "variance_ratio" and self.of != "value":
            raise ValueError("variance_ratio takes the changes itself: leave `of` out")
        return self


class BlockRule(Part):
    """Blocks of time, by whose differences dependent rows are counted as fewer (n_eff)."""

    time: Name
    width_ns: Annotated[int, Field(ge=1)]
    cuts: Annotated[int, Field(ge=1)] = 32


class UnpairedRule(Part):
    """Distances to golden days, and the share of healthy partitions that may fail.

    `strata` compares like with like: days of one weekday, or hours of one hour of the day.
    `worst_chunk` says whether the farthest stretch of a day, by the time of `blocks`, decides with
    the day's own distance (gate), is shown (warn), or is not looked for (none).
    """

    alpha: InnerShare
    distances: Annotated[tuple[DistanceRule, ...], Field(min_length=1)]
    blocks: BlockRule | None = None
    strata: Literal["none", "weekday", "hour"] = "none"
    worst_chunk: Literal["gate", "warn", "none"] = "gate"

    def cuts(self, rule: DistanceRule) -> bool:
        """Return whether the stretches of a day are to be told apart for `rule`."""
        return self.blocks is not None and self.worst_chunk != "none" and rule.kind in CUT
