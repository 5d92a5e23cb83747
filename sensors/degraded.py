"""What is wrong with a dataset now: shown on its published asset, and told to who asked for it."""

from typing import Any

import dagster as dg

from karat.assets import Dataset, training_inputs
from karat.breaker import breakers
from karat.digest import digest
from karat.flow import settle
from karat.notify import Delivered, Incident, standing
from karat.resources import LakeResource, NoticesResource
from karat.verdicts import Ledger

EVERY_S = 9  # at every other look of Dagster's, every 5 s


def define(dataset: Dataset) -> dg.SensorDefinition:
    """Return the sensor that looks at breakers, failures and the calendar; it starts no run.

    It also tells what training data would be cut of now.
    """

    @dg.sensor(
        name=dataset.called("degraded"),
        minimum_interval_seconds=EVERY_S,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Open breakers, failures and late captures: shown, and told once of each.",
    )
    def degraded(
        context: dg.SensorEvaluationContext, lake: LakeResource, notices: NoticesResource
    ) -> dg.SensorResult:
        on = dataset.connect(lake)
        opened = [one.instrument for one in breakers(Ledger(on.lake), on.contract.dataset)]
        settle(on.lake, on.contract, opened)
        found = standing(on.lake, on.contract)
        done = notices.tell(on.contract.dataset, found)
        now = digest("degraded/1", *(f"{one.key} {one.summary}" for one in found))
        shown = [] if now == context.cursor else [_shown(dataset, found)]
        return dg.SensorResult(
            asset_events=[*shown, *training_inputs.observed(context.instance, dataset, on)],
            cursor=now,
            skip_reason=dg.SkipReason(_words(found, done)),
        )

    return degraded


def _shown(dataset: Dataset, found: list[Incident]) -> dg.AssetObservation:
    """Return what the asset's page shows from now on."""
    rows = [
        dg.TableRecord({"what": one.sort, "instrument": one.instrument, "summary": one.summary})
        for one in found
    ]
    told = "; ".join(f"{one.instrument}: {one.summary}" for one in found if one.sort == "breaker")
    metadata: dict[str, Any] = {
        "degraded": dg.MetadataValue.bool(bool(found)),
        "stopped by breakers": told or "nothing",
        "wrong now": dg.MetadataValue.table(records=rows or [dg.TableRecord({"what": "nothing"})]),
    }
    return dg.AssetObservation(dataset.key("published"), metadata=metadata)


def _words(found: list[Incident], done: Delivered) -> str:
    wrong = "; ".join(f"{one.sort} {one.instrument}: {one.summary}" for one in found) or "nothing"
    trouble = "".join(f"; not delivered: {why}" for why in done.trouble.values())
    return f"wrong now: {wrong} ({done.sent} letters sent, {done.waiting} waiting){trouble}"
