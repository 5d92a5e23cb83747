"""Takes the lake's captures and contracts; gives each dataset's Dagster assets, as they flow."""

from typing import Any

from karat.assets import (
    attribution,
    book_events,
    checks,
    golden_reference,
    overdue,
    published_events,
    raw_messages,
    trained_policy,
    training_dataset,
    training_inputs,
)
from karat.assets.dataset import Dataset

__all__ = ["Dataset", "assets_of", "checks_of"]


def assets_of(dataset: Dataset) -> list[Any]:
    """Return all assets of a dataset; a policy, and what moved its worth, of one of steps."""
    steps = (raw_messages, golden_reference, book_events, published_events)
    trained = (trained_policy, attribution) if dataset.trains else ()
    steps_on = (training_inputs, training_dataset, *trained)
    return [step.define(dataset) for step in (*steps, *steps_on)]


def checks_of(dataset: Dataset) -> list[Any]:
    """Return the checks of these assets."""
    return [checks.define(dataset), overdue.define(dataset)]
