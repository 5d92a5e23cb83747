"""A policy trained on the newest version of a dataset: proved before its first step is read."""

from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import Field

from karat.assets.dataset import Dataset
from karat.assets.pictures import drawn
from karat.assets.reading import reader_of
from karat.assets.telling import told
from karat.dataset import manifests
from karat.errors import CorruptError, InputError, RefusedError, UnavailableError
from karat.lake import Lake
from karat.report import effects_plot
from karat.resources import LakeResource
from karat.training import Recipe, Rivals, Trained, train
from karat.training.payoffs import payoff_unit
from karat.training.run import Ground
from karat.training.telling import digits, ends, verdicts


class Training(dg.Config):
    """What is trained on what, and how."""

    dataset: str = Field("demo", description="NAME@VERSION, or NAME for its newest version.")
    judge: str = Field("", description="Evaluate on this NAME@VERSION; else on the part held back.")
    model: str = Field("policy", description="What the model is called.")
    waived: bool = Field(default=False, description="Accept partitions under a waiver.")
    hidden: int = 32
    epochs: int = Field(0, description="Times over all steps; 0: as few as make 800 batches.")
    rows: int = Field(256, description="Steps of a batch.")
    rate: float = 2e-3
    seed: int = 0

    def recipe(self) -> Recipe:
        """Return how it is trained; InputError for a number that trains nothing."""
        return Recipe(self.hidden, self.epochs, self.rows, self.rate, self.seed)


def define(dataset: Dataset) -> dg.AssetsDefinition:
    """Return the asset of a trained policy; a dataset that is refused trains nothing."""

    @dg.asset(
        key=dataset.key("trained_policy"),
        deps=[dataset.key("training_dataset")],
        group_name=dataset.group,
        description="A policy trained offline on a proved dataset, in one commit with all that is "
        "needed to make it again.",
    )
    def trained(
        context: dg.AssetExecutionContext, config: Training, lake: LakeResource
    ) -> dg.MaterializeResult:  # type: ignore[type-arg] # no value
        on = dataset.connect(lake)
        ground = Ground(on.lake, on.contract, Path(lake.store).parent / "training")
        try:
            done = train(
                ground, config.model, pinned(on.lake, config.dataset), config.recipe(),
                judge=config.judge, waivers=config.waived, reader=reader_of(context),
                progress=told(context.log),
                state=lambda title, rivals: context.log.info(to_beat(title, rivals)),
            )  # fmt: skip
        except (RefusedError, InputError, CorruptError, UnavailableError) as error:
            raise dg.Failure(description=str(error), allow_retries=False) from error
        return _report(done, payoff_unit(on.contract))

    return trained


def pinned(lake: Lake, asked: str) -> str:
    """Return NAME@VERSION: the newest where none is said; InputError where there is none."""
    if "@" in asked:
        return asked
    own = manifests(lake, asked)
    if not own:
        raise InputError(f"there is no dataset {asked!r} yet: cut one first")
    return own[-1].title


def to_beat(title: str, rivals: Rivals) -> str:
    """Return what is to be beaten, in words."""
    named = (f"{name} {one.value:+.4g}" for name, one in rivals.worths.items())
    return f"to beat, on {rivals.steps:,} steps of {title}: {', '.join(named)}"


def _report(done: Trained, unit: str) -> dg.MaterializeResult:  # type: ignore[type-arg] # no value
    record = done.model.record
    found = record["evaluation"]
    shown: dict[str, Any] = {"policy": found["policy"], **found["rivals"]}
    worth = {name: (one["value"], one["low"], one["high"]) for name, one in shown.items()}
    nothing, best = verdicts(found, unit)
    over = f"{found['episodes']:,} episodes of {found['steps']:,} steps, intervals of 95 %"
    figure = effects_plot(worth, nothing.split(":")[0], over, f"worth a step, {unit}".strip(", "))
    return dg.MaterializeResult(
        data_version=dg.DataVersion(record["weights"]),
        metadata={
            "worth": ends(*worth["policy"], unit),
            "against doing nothing": nothing,
            "against the best rival": best,
            "worth a step": digits(found["policy"]["value"]),
            "beside": dg.MetadataValue.table([_row(name, *one) for name, one in worth.items()]),
            "dataset": record["trained_on"]["dataset"],
            "evaluated on": f"{record['evaluated_on']['dataset']}, {over}",
            "trained by": ", ".join(f"{key} {value}" for key, value in record["recipe"].items()),
            "commit": done.commit,
            "model": done.model.folder,
            "waived": ", ".join(record["waived"]) or "nothing",
            **drawn(figure, "worth"),
        },
    )


def _row(name: str, value: float, low: float, high: float) -> dg.TableRecord:
    told = {"worth a step": digits(value), "95 % from": digits(low), "to": digits(high)}
    return dg.TableRecord({"who": name, **told})
