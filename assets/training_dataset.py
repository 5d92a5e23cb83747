"""Training data: published partitions, cut as a version, opened and read again to the last byte."""

import dagster as dg
from pydantic import Field

from karat.assets.dataset import Dataset
from karat.assets.telling import told
from karat.dataset import Manifest, cut
from karat.dataset import open as open_dataset
from karat.digest import bytes_digest
from karat.errors import CorruptError, InputError, RefusedError
from karat.resources import LakeResource


class Cut(dg.Config):
    """Which partitions make which dataset."""

    name: str = Field("demo", description="The dataset's name; versions are counted up.")
    partitions: list[str] = Field(
        ["*"], description="Patterns such as binance-*/2024-08-*; all that match must be proved."
    )


def define(dataset: Dataset) -> dg.AssetsDefinition:
    """Return the asset of training data; one partition without a PASS refuses all of it."""

    @dg.asset(
        key=dataset.key("training"),
        deps=[dataset.key("published")],
        group_name=dataset.group,
        description="A version of training data, tagged in the lake, every byte of it verified.",
    )
    def train(
        context: dg.AssetExecutionContext, config: Cut, lake: LakeResource
    ) -> dg.MaterializeResult:  # type: ignore[type-arg] # no value
        on = dataset.connect(lake)
        try:
            manifest = cut(
                on.lake, on.contract, config.name, partitions=config.partitions,
                store=on.store, progress=told(context.log),
            )  # fmt: skip
            opened = open_dataset(on.lake, f"{manifest.name}@{manifest.version}")
        except (RefusedError, InputError, CorruptError) as error:  # no second try would help
            raise dg.Failure(description=str(error), allow_retries=False) from error
        return _report(manifest, sum(entry.size for entry in opened.verify()))

    return train


def _report(manifest: Manifest, verified: int) -> dg.MaterializeResult:  # type: ignore[type-arg] # no value
    return dg.MaterializeResult(
        data_version=dg.DataVersion(bytes_digest(manifest.encode())),
        metadata={
            "dataset": f"{manifest.name}@{manifest.version}",
            "partitions": len(manifest.entries),
            "bytes verified": verified,
            "commit": manifest.commit,
            "contract": manifest.contract,
            "golden": manifest.golden or "none",
        },
    )
