"""The golden days that unpaired distances are measured against: adopted on purpose, on record."""

from collections.abc import Sequence

import dagster as dg
from pydantic import Field

from karat.assets.dataset import Dataset
from karat.errors import InputError, NotFoundError, RefusedError
from karat.flow import adopt_golden, build_golden
from karat.flow.golden_place import golden_ref
from karat.golden import GoldenManifest
from karat.lake.layout import MAIN, Partition
from karat.resources import Connection, LakeResource
from karat.verdicts import current_golden

NONE = "no golden manifest is adopted"


class GoldenDays(dg.Config):
    """The days to adopt; without any, the manifest in force is reported and nothing is changed."""

    reference: list[str] = Field([], description="Days that give the cells, as date|instrument.")
    calibration: list[str] = Field([], description="Other days, judged to learn what is usual.")
    who: str = Field("", description="Who adopts them.")
    reason: str = Field("", description="Why.")


def define(dataset: Dataset) -> dg.AssetsDefinition:
    """Return the asset of golden days."""

    @dg.asset(
        key=dataset.key("golden"),
        group_name=dataset.group,
        description="Golden days in force; days named in the config are adopted, if each has a "
        "PASS. Captures of the same interval need no adoption: they lie in the lake.",
    )
    def adopt(config: GoldenDays, lake: LakeResource) -> dg.MaterializeResult:  # type: ignore[type-arg] # no value
        on = dataset.connect(lake)
        if config.reference or config.calibration:
            try:
                _adopt(on, config)
            except (InputError, NotFoundError, RefusedError) as error:
                raise dg.Failure(f"nothing is adopted: {error}", allow_retries=False) from error
        return _report(current_golden(on.lake, on.lake.head(MAIN), on.contract.dataset))

    return adopt


def _adopt(on: Connection, config: GoldenDays) -> None:
    reference, calibration = _days(config.reference), _days(config.calibration)
    ref = golden_ref(on.lake, on.contract, [*reference, *calibration])
    manifest = build_golden(on.lake, on.contract, ref, reference, calibration, store=on.store)
    adopt_golden(on.lake, manifest, who=config.who, reason=config.reason)


def _days(keys: Sequence[str]) -> list[Partition]:
    return [Partition.parse(key) for key in keys]


def _report(golden: GoldenManifest | None) -> dg.MaterializeResult:  # type: ignore[type-arg] # no value
    if golden is None:
        return dg.MaterializeResult(data_version=dg.DataVersion("none"), metadata={"golden": NONE})
    return dg.MaterializeResult(
        data_version=dg.DataVersion(golden.digest),
        metadata={
            "golden": golden.digest,
            "reference days": [day.partition for day in golden.reference],
            "calibration days": len(golden.calibration),
            "scales": {
                f"{stratum} {name}".strip(): float(one.scale)
                for stratum, held in golden.strata.items()
                for name, one in held.items()
            },
        },
    )
