"""Pictures in Dagster: a failed distance, small enough to lie in the metadata of its check."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg

from karat.assets.findings import FACTS
from karat.flow import Validation
from karat.flow.explaining import Case
from karat.flow.offenders import first_chunk
from karat.flow.pictures import finding_picture, on_trial_at, worst_distance
from karat.lake.layout import Partition
from karat.report import render
from karat.resources import Connection
from karat.verdicts import Outcome, Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LARGEST = 60_000
"""Bytes of a picture as text; Dagster keeps it in its database with every result."""


def of_failure(
    on: Connection, family: str, proof: Validation, partition: Partition
) -> Mapping[str, Any]:
    """Return what is looked up in the data of a failed family; nothing where none failed.

    The picture of the worst distance; or the stretch of time in which the first row lies that
    breaks a rule.
    """
    verdict = proof.verdicts[partition]
    failed = [f for f in verdict.findings if f.family == family and f.outcome is Outcome.FAIL]
    if not failed:
        return {}
    case = on_trial_at(on.lake, on.contract, proof.ref, partition, store=on.store)
    name = worst_distance(failed)
    if name is not None:
        return _picture(on, case, name)
    worst = next((f for f in failed if f.role == "gate"), failed[0])
    chunk = first_chunk(on.contract, Case(case, verdict), worst)
    return {} if chunk is None else {FACTS: {"worst chunk": str(chunk)}}


def _picture(on: Connection, case: Subject, name: str) -> Mapping[str, Any]:
    figure = finding_picture(on.contract, case, name, on.store)
    return {} if figure is None else drawn(figure, name)


def drawn(figure: Figure, name: str) -> Mapping[str, Any]:
    """Return a picture as metadata that the page shows; nothing where it is too large."""
    text = b64encode(render(figure, "png")).decode()
    if len(text) > LARGEST:
        return {}
    return {"picture": dg.MetadataValue.md(f"![{name}](data:image/png;base64,{text})")}
