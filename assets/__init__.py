"""Takes the lake's captures and a contract; gives the Dagster assets, in the order they flow."""

from typing import Any

from karat.assets import (
    book_events,
    checks,
    golden_reference,
    published_events,
    raw_messages,
    training_dataset,
)
from karat.assets.partitions import partitions_of
from karat.contracts import Contract

__all__ = ["assets_of", "checks_of"]


def assets_of(contract: Contract) -> list[Any]:
    """Return all assets of the dataset that `contract` rules."""
    partitions = partitions_of(contract)
    return [
        raw_messages.define(partitions),
        golden_reference.define(),
        book_events.define(partitions),
        published_events.define(partitions),
        training_dataset.define(),
    ]


def checks_of(contract: Contract) -> list[Any]:
    """Return the checks of these assets."""
    return [checks.define(contract, partitions_of(contract))]
