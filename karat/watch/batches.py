"""Changed partitions as runs: not too many in one, not too many at once, and tenants in turns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest

from karat.contracts import RunsRule
from karat.lake.layout import Partition


@dataclass(frozen=True, slots=True)
class Batch:
    """Partitions of one tenant for one run."""

    tenant: str
    partitions: tuple[Partition, ...]


def batched(waiting: Iterable[Partition], rule: RunsRule, turn: int = 0) -> list[Batch]:
    """Return the runs to ask for now, none for nothing; what is in none of them waits on.

    One tenant after the other has a run, until `rule.at_once` are found; the next `turn` begins
    with the tenant after the last one. Of an instrument the first days come first, and in one
    run only: each day may open with the book of the one before.
    """
    by_tenant: dict[str, dict[str, list[Partition]]] = {}
    for one in sorted(waiting):
        own = by_tenant.setdefault(rule.tenant_of(one.instrument), {})
        own.setdefault(one.instrument, []).append(one)
    tenants = sorted(by_tenant)
    start = turn * rule.at_once % len(tenants) if tenants else 0
    queues = [_runs(name, by_tenant[name], rule) for name in tenants[start:] + tenants[:start]]
    rounds = (batch for some in zip_longest(*queues) for batch in some if batch)
    return list(islice(rounds, rule.at_once))


def _runs(tenant: str, days: dict[str, list[Partition]], rule: RunsRule) -> Iterator[Batch]:
    """Yield the runs of one tenant: whole instruments side by side, as many as fit."""
    run: list[Partition] = []
    for own in days.values():
        first: Sequence[Partition] = own[: rule.partitions]
        if run and len(run) + len(first) > rule.partitions:
            yield Batch(tenant, tuple(run))
            run = []
        run += first
    if run:
        yield Batch(tenant, tuple(run))
