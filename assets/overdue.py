"""What should be there by the contract's calendar and is not, as a check of what is published."""

from collections.abc import Sequence

import dagster as dg

from karat.assets.dataset import Dataset
from karat.notify import Incident, late
from karat.resources import Connection, LakeResource
from karat.resources.dagster_private import Result

NAME = "overdue"
DESCRIPTION = (
    "Days of the contract's calendar whose captures are not on main so many hours after they were "
    "over, as `freshness` says; from an instrument's first day on."
)


def define(dataset: Dataset) -> dg.AssetChecksDefinition:
    """Return the check; the sensor of the same name says the same without a run."""
    spec = spec_of(dataset)

    @dg.asset_check(asset=spec.asset_key, name=NAME, description=DESCRIPTION)
    def overdue(lake: LakeResource) -> dg.AssetCheckResult:
        found = about(dataset.connect(lake))
        return dg.AssetCheckResult(
            passed=found.passed, description=found.description, metadata=found.metadata
        )

    return overdue


def spec_of(dataset: Dataset) -> dg.AssetCheckSpec:
    """Return the name of the check, and what it stands on."""
    return dg.AssetCheckSpec(NAME, asset=dataset.key("published"), description=DESCRIPTION)


def about(on: Connection) -> Result:
    """Return what is late now; without `freshness` in the contract nothing ever is."""
    found = late(on.lake, on.contract)
    metadata = {
        "instruments late": len(found),
        "late": dg.MetadataValue.table(_rows(found)) if found else dg.MetadataValue.text("nothing"),
        "promised": str(on.contract.freshness or "nothing: the contract has no freshness"),
    }
    told = "; ".join(f"{one.instrument}: {one.summary}" for one in found)
    return Result(None, 2 if found else 0, told or "nothing is overdue", metadata)


def _rows(found: Sequence[Incident]) -> list[dg.TableRecord]:
    return [
        dg.TableRecord({"instrument": one.instrument, "what": line})
        for one in found
        for line in (one.summary, *one.details)
    ]
