"""What people or other clients brought to main without a PASS, as a check of what is published."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
from pydantic import Field

from karat.assets.addresses import commit_at
from karat.assets.dataset import Dataset
from karat.assets.main_audit_told import incidents
from karat.contracts import Contract
from karat.gate.auditing import Audit, audit
from karat.gate.rolling_back import states_of
from karat.lake.layout import MAIN
from karat.lake.rehashing import Rehashed, rehash
from karat.resources import Connection, LakeResource, NoticesResource
from karat.telemetry import now_s

NAME = "main_audit"
SHOWN, DAY_S = 50, 86_400
DESCRIPTION = (
    "Every commit of main held against the ledger: merges and direct writes, whoever made them. "
    "What has no PASS is refused by training anyway; this names the commits that brought it. "
    "A sample of files, another one each day, is read again to the last byte."
)


class Sample(dg.Config):
    """How many files are read again."""

    files: int = Field(200, description="Files of main and of the ledger; 0 for none.")


def define(datasets: Sequence[Dataset]) -> dg.AssetChecksDefinition:
    """Return the check, which stands on the first dataset and speaks of all in the lake."""
    first = datasets[0]

    @dg.asset_check(asset=first.key("published"), name=NAME, description=DESCRIPTION)
    def main_audit(
        config: Sample, lake: LakeResource, notices: NoticesResource
    ) -> dg.AssetCheckResult:
        on = first.connect(lake)
        contracts = _contracts(on, lake, datasets)
        found = audit(on.lake, contracts, store=on.store)
        stands = _standing(on, [contract.dataset for contract in contracts], found)
        read = rehash(on.lake, config.files, str(now_s() // DAY_S))
        for contract in contracts:
            told = incidents(contract.dataset, found, stands, read)
            notices.tell(contract.dataset, told, ("audit",))
        return dg.AssetCheckResult(
            passed=not (stands or read.damaged),
            severity=dg.AssetCheckSeverity.ERROR,
            description=f"{_told(found, stands)}; {_reread(read)}",
            metadata=_metadata(on, found, stands) | _of_sample(read),
        )

    return main_audit


def _contracts(on: Connection, lake: LakeResource, datasets: Sequence[Dataset]) -> list[Contract]:
    """Return the contracts of all datasets as they are now."""
    return [on.contract, *(dataset.connect(lake).contract for dataset in datasets[1:])]


def _standing(on: Connection, datasets: Sequence[str], found: Audit) -> dict[str, str]:
    """Return what of it is on main now, by partition: what was put right since is history."""
    head, told = on.lake.head(MAIN), dict[str, str]()
    for dataset in datasets:
        states = states_of(on.lake, dataset, sorted(datasets), found)
        told |= {f"{dataset}: {name}": why for name, why in states.get(head, {}).items()}
    return told


def _told(found: Audit, stands: Mapping[str, str]) -> str:
    if stands:
        name, why = next(iter(stands.items()))
        return f"{len(stands)} partitions on main without a PASS, such as {name}: {why}"
    told = f"{found.commits} commits of main, {found.gated} touched gated paths"
    bad = len(found.unproved)
    return (
        f"{told}: {bad} had no PASS, and were put right since" if bad else f"{told}: all had a PASS"
    )


def _reread(read: Rehashed) -> str:
    told = f"{read.read} of {read.files} files read again"
    return f"{told}, {len(read.damaged)} are damaged" if read.damaged else f"{told}, all whole"


def _of_sample(read: Rehashed) -> dict[str, Any]:
    rows = [dg.TableRecord({"path": path, "why": why}) for path, why in read.damaged.items()]
    told: dict[str, Any] = {"files read again": read.read, "bytes read again": read.bytes}
    return told | ({"damaged": dg.MetadataValue.table(rows[:SHOWN])} if rows else {})


def _metadata(on: Connection, found: Audit, stands: Mapping[str, str]) -> dict[str, Any]:
    records = [
        dg.TableRecord(
            {"commit": one.commit, "message": one.message, "what": name, "why": why},
        )
        for one in found.unproved
        for name, why in one.reasons.items()
    ]
    told: dict[str, Any] = {
        "commits": found.commits,
        "touched gated paths": found.gated,
        "commits without a PASS": len(found.unproved),
        "partitions without a PASS now": len(stands),
        "head": commit_at(on.url, on.lake.head(MAIN)),
    }
    if records:
        told["unproved"] = dg.MetadataValue.table(records[:SHOWN])
        told["newest unproved"] = commit_at(on.url, found.unproved[0].commit)
    return told
