"""Pictures in Dagster: a failed distance, small enough to lie in the metadata of its check."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import dagster as dg

from karat.flow import Validation
from karat.flow.pictures import finding_picture, on_trial_at, worst_distance
from karat.lake.layout import Partition
from karat.report import render
from karat.resources import Connection

LARGEST = 60_000
"""Bytes of a picture as text; Dagster keeps it in its database with every result."""


def of_failure(
    on: Connection, family: str, proof: Validation, partition: Partition
) -> Mapping[str, Any]:
    """Return the picture of the worst failed distance of a family; none for no such failure."""
    findings = [f for f in proof.verdicts[partition].findings if f.family == family]
    name = worst_distance(findings)
    if name is None:
        return {}
    case = on_trial_at(on.lake, on.contract, proof.ref, partition, store=on.store)
    figure = finding_picture(on.contract, case, name, on.store)
    text = b64encode(render(figure, "png")).decode() if figure is not None else ""
    if not text or len(text) > LARGEST:
        return {}
    return {"picture": dg.MetadataValue.md(f"![{name}](data:image/png;base64,{text})")}
