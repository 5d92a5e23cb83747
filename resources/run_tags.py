"""Tags of runs: by which partitions are named, and what the queue and retries go by."""

from collections.abc import Mapping

from karat.digest import digest
from karat.lake.layout import Partition

DATE, INSTRUMENT = "date", "instrument"
PARTITION, RANGE = "dagster/partition", "dagster/asset_partition_range"
SOME = "karat/partitions"
"""The tag of a run over chosen partitions; Dagster itself knows one, or all of a range."""
TENANT = "tenant"
"""The tag by which Dagster's queue may limit and order runs."""
ONE_BY_ONE = "karat/instrument"
"""Runs of one value follow each other: days of an instrument are judged beside each other."""
INSTEAD = "karat/instead-of"
"""The tag of a run that does again what another left open, or failed at."""
AGAIN = {"dagster/retry_strategy": "ALL_STEPS"}
"""A killed run begins again from the start, where what was done is found and not done again.

Dagster tries no run again whose steps had all ended when it was killed, unless it is told so.
"""


def lacking(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags that every run is to bear and this one does not.

    >>> lacking({"dagster/partition": "2024-01-02|sim-usdm-a"})["karat/instrument"]
    'sim-usdm-a'
    """
    instruments = sorted({Partition.parse(key).instrument for key in _keys(tags)})
    wanted = dict(AGAIN)
    if instruments:
        wanted[ONE_BY_ONE] = instruments[0] if len(instruments) == 1 else _together(instruments)
    return {name: value for name, value in wanted.items() if name not in tags}


def _keys(tags: Mapping[str, str]) -> list[str]:
    """Return the partitions that a run is named by; of a range the first and the last."""
    named = [tags.get(name, "") for name in (PARTITION, f"{RANGE}_start", f"{RANGE}_end")]
    return [key for key in (*named, *tags.get(SOME, "").split(",")) if "|" in key]


def _together(instruments: list[str]) -> str:
    return f"{len(instruments)}-{digest('instruments/1', *instruments)[:12]}"
