"""Training data: published partitions, cut as a version, opened and read again to the last byte."""

from typing import Any

import dagster as dg
from pydantic import Field

from karat.assets.addresses import commit_at
from karat.assets.dataset import Dataset
from karat.assets.reading import reader_of
from karat.assets.telling import told
from karat.assets.training_inputs import ASKED, as_asked, made_of_ready
from karat.dataset import Manifest, Split, cut, manifests
from karat.dataset import open as open_dataset
from karat.digest import bytes_digest
from karat.errors import CorruptError, InputError, RefusedError
from karat.lake import Lake
from karat.resources import LakeResource
from karat.resources.dagster_private import version_tags


class Cut(dg.Config):
    """Which partitions make which dataset."""

    name: str = Field("demo", description="The dataset's name; versions are counted up.")
    partitions: list[str] = Field(
        ["*"],
        description="Patterns such as binance-*/2024-08-*, or binance-*/2024-08-01..2024-08-31; "
        "all that match must be proved.",
    )
    eval_from: str = Field(
        "",
        description="The first day that evaluates, YYYY-MM-DD; without it, as the last version.",
    )
    embargo_days: int = Field(
        1, ge=0, description="So many days before eval_from are left out: nothing leaks."
    )
    purpose: str = Field("", description="What it is for; left out, what the version before says.")


def define(dataset: Dataset) -> dg.AssetsDefinition:
    """Return the asset of training data; one partition without a PASS refuses all of it."""

    @dg.asset(
        key=dataset.key("training_dataset"),
        deps=[dataset.key("published"), dataset.key("training_inputs")],
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
                split=_split(on.lake, config), purpose=config.purpose or None,
                store=on.store, progress=told(context.log),
            )  # fmt: skip
            opened = open_dataset(on.lake, manifest.title, run=reader_of(context))
        except (RefusedError, InputError, CorruptError) as error:  # no second try would help
            raise dg.Failure(description=str(error), allow_retries=False) from error
        verified = sum(entry.size for entry in opened.verify())
        made_of = made_of_ready(context.instance, dataset, on, config.partitions, manifest)
        return dg.MaterializeResult(
            metadata=_metadata(manifest, verified)
            | {"commit": commit_at(on.url, manifest.commit)}
            | {ASKED: as_asked(config.partitions, manifest.split)},
            tags=version_tags(bytes_digest(manifest.encode()), made_of),
        )

    return train


def _split(lake: Lake, config: Cut) -> Split | None:
    """Return the split that is asked for, else that of the last version."""
    if config.eval_from:
        return Split(config.eval_from, config.embargo_days)
    own = manifests(lake, config.name)
    return own[-1].split if own else None


def _metadata(manifest: Manifest, verified: int) -> dict[str, Any]:
    return {
        "dataset": f"{manifest.name}@{manifest.version}",
        "partitions": len(manifest.entries),
        "bytes verified": verified,
        "contract": manifest.contract,
        "golden": manifest.golden or "none",
        "features": manifest.features,
        "train": len(manifest.of("train")),
        "evaluate": len(manifest.of("eval")),
        "waived": ", ".join(manifest.waived) or "none",
    }
