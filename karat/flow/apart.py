"""Verdicts that are published get a record each, whatever record they were made in.

A note on main names its verdict's key, and who checks it may have no more than the ledger's paths
(lakeFS's own hook has not). A verdict that was recorded with many others is found by what it was
made of; published, it also stands where its name says.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from karat.errors import UntrustedError
from karat.lake import Lake
from karat.lake.layout import Partition, verdict_path
from karat.verdicts import Ledger, Verdict, record


def set_apart(lake: Lake, verdicts: Iterable[Verdict]) -> None:
    """Record verdicts of the ledger by themselves where they are not; nothing without a key.

    Who may not sign may publish: what the ledger says of the verdict stays as it is.
    """
    ledger, new = Ledger(lake), dict[str, bytes]()
    for verdict in verdicts:
        inputs = verdict.inputs
        path = verdict_path(inputs.dataset, Partition.parse(inputs.partition), verdict.key)
        if not ledger.holds(path):
            new[path] = verdict.encode()
    if new:
        with suppress(UntrustedError):
            record(lake, new, f"Record {len(new)} verdicts by themselves")
