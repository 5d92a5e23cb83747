"""What a killed run may leave: nothing twice, nothing lost, nothing that stays taken."""

from __future__ import annotations

from itertools import pairwise

from karat.breaker import breaker_of
from karat.gate.auditing import audit
from karat.lake import Lake, ObjectInfo
from karat.lake.layout import MAIN, Partition, dataset_path
from karat.resources import lake_resource
from karat.verdicts import Ledger, Outcome
from tests.dagster.kills import Finished
from tests.dagster.processes import until
from tests.dagster.served import FINISHED, Served

DATASET = "book_events"


def published_once(served: Served, day: Partition) -> None:
    """Hold main against the ledger: a PASS under every commit, and one commit with the day."""
    on = lake_resource(served.settings).connect()
    found = audit(on.lake, [on.contract], store=on.store)
    assert not found.unproved, found.unproved
    path = dataset_path(DATASET, day.instrument, day.date)
    main = on.lake.log(MAIN, first_parent=True)
    held = [_bytes_of(on.lake, one.id, path) for one in main]
    changes = [now for now, before in pairwise(held) if now != before]
    assert len(changes) == 1, held


def judged_once(served: Served, day: Partition) -> None:
    """Look for the verdict: it is in the ledger, a PASS, and no killed try left another one."""
    ledger = Ledger(served.lake)
    verdicts = {one.key: one.outcome for one in ledger.judged(DATASET, day)}
    assert list(verdicts.values()) == [Outcome.PASS]
    assert not breaker_of(ledger, DATASET, day.instrument).opened


def nothing_is_left(served: Served, done: Finished) -> None:
    """Look for what a killed run could leave: a run that never ends, a slot that stays taken."""
    assert {served.status(run) for run in done.runs} <= FINISHED
    storage = served.instance.event_log_storage

    def free() -> bool:
        pools = storage.get_concurrency_keys()
        return not any(storage.get_concurrency_info(pool).claimed_slots for pool in pools)

    until(free, "every slot of every pool is free")


def _bytes_of(lake: Lake, commit: str, path: str) -> str:
    found = {info.path: info for info in lake.list(commit, path)}
    info = found.get(path)
    return info.content_hash if isinstance(info, ObjectInfo) else ""
