"""What a contract has measured, whatever it allows: its shape, without thresholds and roles."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from karat.contracts.model import Contract
from karat.digest import digest

ROWS = ("allowance", "severity")
SEQUENCE = ("gaps", "overlaps", "trade_gaps", "trade_repeats")
PAIRED = ("min_compared", "min_coverage", "rebuild_suspect", "golden_suspect", "differing")
DISTANCE = ("min_rows", "severity", "tolerance")


def shape(contract: Contract) -> str:
    """Return one name for all contracts that have the same measured of the same rows.

    They differ in allowances, shares, tolerances, alpha, least rows, severities and families'
    roles only: those decide about what was measured. Whether there is a tolerance is part of it,
    since only then is counted what rows are worth, and so is whether stretches of a day are told
    apart. Every key that is not known to be a threshold is part of it too.
    """
    said = contract.ruling()
    said["families"] = sorted(contract.families)
    for part in ("invariants", "ordering"):
        said[part] = [_without(one, ROWS) for one in said.get(part, ())]
    for part, thresholds in (("book", ROWS), ("copies", ROWS), ("sequence", SEQUENCE)):
        said[part] = _without(said.get(part), thresholds)
    if paired := said.get("paired"):
        said["paired"] = _without(paired, (*PAIRED, "trades"))
        said["trades"] = _without(paired.get("trades"), PAIRED)
    if unpaired := said.get("unpaired"):
        said["unpaired"] = _without(unpaired, ("alpha", "worst_chunk", "distances"))
        said["stretches"] = unpaired.get("worst_chunk") != "none"
        said["distances"] = [
            {**_without(one, DISTANCE), "tolerated": "tolerance" in one}
            for one in unpaired["distances"]
        ]
    return digest("contract shape/1", json.dumps(said, sort_keys=True))


def _without(said: dict[str, Any] | None, keys: Collection[str]) -> dict[str, Any]:
    """Return a rule without its thresholds; {} for no rule, which no rule is like."""
    return {key: value for key, value in (said or {}).items() if key not in keys}
