"""What is wrong with a dataset now, as the lake tells it: nothing depends on who saw it begin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType

from karat.breaker import Breaker, breakers, cause, holds, told
from karat.contracts import Contract, due
from karat.lake import Lake
from karat.lake.layout import MAIN
from karat.notify.incident import Incident
from karat.telemetry import Clock, now_s
from karat.verdicts import Ledger
from karat.verdicts.lineage import raw_partitions

SORTS = ("fail", "breaker", "overdue")
"""The sorts that `standing` finds."""
SHOWN = 20
NOTHING: Mapping[str, str] = MappingProxyType({})


def standing(lake: Lake, contract: Contract, clock: Clock = now_s) -> list[Incident]:
    """Return all incidents of `SORTS`: failures, breakers that stop, captures that are late.

    A failure lasts until its breaker closes or its partition has a PASS. Late is a day of the
    contract's calendar whose capture is not on main after the hours of `freshness`, from an
    instrument's first day on. Errors as of `Ledger`.
    """
    ledger, at_s = Ledger(lake), clock()
    found = breakers(ledger, contract.dataset)
    failing = [_fail(one) for one in found if one.failures]
    stopping = [_stopped(one) for one in found if holds(ledger, one, at_s)]
    return [*failing, *stopping, *_overdue(lake, contract, at_s)]


def late(lake: Lake, contract: Contract, clock: Clock = now_s) -> list[Incident]:
    """Return the incidents of captures that are overdue, one for each instrument."""
    return list(_overdue(lake, contract, clock()))


def audited(
    dataset: str,
    unproved: Mapping[str, Mapping[str, str]],
    damaged: Mapping[str, str] = NOTHING,
) -> list[Incident]:
    """Return the incident of commits (each with what speaks against it) that had no PASS.

    Files by path that are `damaged`, each with how, are told with them.
    """
    lines = [f"{commit[:12]}: {what}: {why}" for commit, reasons in unproved.items()
             for what, why in reasons.items()]  # fmt: skip
    lines += [f"{path}: {how}" for path, how in damaged.items()]
    said = [f"{len(unproved)} commits of main touched gated paths without a PASS"] * bool(unproved)
    said += [f"{len(damaged)} files of the lake are damaged"] * bool(damaged)
    return [Incident("audit", dataset, "", "; ".join(said), tuple(lines[:SHOWN]))] if said else []


def _fail(state: Breaker) -> Incident:
    seen = sorted({partition for partition, _ in state.failures.values()})
    lines = tuple(f"{name}: karat explain {name}" for name in seen[:SHOWN])
    return Incident(
        "fail",
        state.dataset,
        state.instrument,
        f"FAIL of {len(seen)} partition{'s' * (len(seen) > 1)}",
        lines,
    )


def _stopped(state: Breaker) -> Incident:
    summary = f"publication and training are stopped: {cause(state)}"
    return Incident("breaker", state.dataset, state.instrument, summary, (told(state),))


def _overdue(lake: Lake, contract: Contract, at_s: int) -> Iterator[Incident]:
    if contract.freshness is None:
        return
    there: dict[str, set[date]] = {}
    for one in raw_partitions(lake, lake.head(MAIN), source=contract.source):
        there.setdefault(one.instrument, set()).add(date.fromisoformat(one.date))
    days = due(contract, datetime.fromtimestamp(at_s, UTC))
    for instrument, have in sorted(there.items()):
        late = [day for day in days if day > min(have) and day not in have]
        if late:
            lines = tuple(f"no capture of {day}" for day in late[:SHOWN])
            summary = f"{len(late)} days are overdue, first {late[0]}"
            yield Incident("overdue", contract.dataset, instrument, summary, lines)
