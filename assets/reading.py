"""Who reads a training dataset in Dagster, as `karat impact` tells it."""

import dagster as dg


def reader_of(context: dg.AssetExecutionContext) -> str:
    """Return what a run is called in the lake's records: its id finds it on Dagster's page."""
    return f"dagster run {context.run.run_id}"
