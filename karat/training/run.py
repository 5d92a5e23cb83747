"""A training run from a pinned dataset to a model on main; and the same run again, bit by bit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from karat import dataset
from karat.contracts import Contract
from karat.dataset import Dataset, TrainingSteps, training_steps
from karat.dataset.leakage import refuse_leakage
from karat.digest import digest
from karat.errors import DatasetRefused
from karat.lake import CommitId, Lake
from karat.lake.layout import MAIN, Partition, manifest_path
from karat.telemetry import Progress, silent
from karat.training.checkpoint import Checkpoint
from karat.training.code import code_digest
from karat.training.evaluation import evaluate
from karat.training.kept_models import (
    EVALUATED_ON,
    TRAINED_ON,
    Model,
    commit_of,
    find,
    keep,
    model_at,
)
from karat.training.learning import learn, torch_version
from karat.training.recipe import Recipe
from karat.training.untrained import Rivals, rivals

State = Callable[[str, Rivals], object]
"""Told what evaluates, and what rivals are worth on it, before anything is trained."""


@dataclass(frozen=True)
class Trained:
    """A model and the commit of main that has it; `known` when it was there already."""

    model: Model
    commit: CommitId
    known: bool


@dataclass(frozen=True)
class Ground:
    """What a run stands on: the lake, the contract of its datasets, and a folder for its files."""

    lake: Lake
    contract: Contract
    folder: Path

    def steps(self, opened: Dataset) -> TrainingSteps:
        """Return the steps of an open dataset."""
        return training_steps(opened, self.contract, self.folder / "steps")


def train(
    ground: Ground,
    name: str,
    asked: str,
    recipe: Recipe,
    *,
    judge: str = "",
    waivers: bool = False,
    reader: str = "",
    state: State = lambda *_: None,
    progress: Progress = silent,
) -> Trained:
    """Train a policy called `name` on the dataset `asked` (NAME@VERSION), and keep it on main.

    It trains on the dataset's training part (on all of one without parts, where there is a `judge`)
    and is evaluated on its evaluation part, or on all of the dataset `judge`, such as a fixed
    golden one. What it must beat is told to `state` before it trains. A run that was killed goes on
    where it stood; one that was done before is found, not done again. A recipe without epochs is
    trained over as many as the steps need. Nothing begins before both
    datasets were opened: DatasetRefused where anything speaks against them, a waiver too unless
    `waivers`, or where they share days or runs of steps. `reader` is who runs it, on record beside
    the name that a run has by what it is made of.
    """
    trains, judges = _opened(ground, asked, judge, waivers=waivers)
    recipe = recipe.over(_count(ground, trains))
    run = _run(trains, judges, recipe)
    if (known := find(ground.lake, MAIN, name, run)) is not None:
        return Trained(known, commit_of(ground.lake, known), known=True)
    readers = [run, *([reader] if reader else [])]
    _on_record(ground, (trains, judges), readers)
    checkpoint = Checkpoint(ground.folder / "runs" / f"{run}.npz", run)
    model = _made(ground, name, run, (trains, judges), recipe, (checkpoint, state, progress))
    commit = keep(ground.lake, model)
    _on_record(ground, (trains, judges), readers, model.folder)
    checkpoint.forget()
    return Trained(model, commit, known=False)


def _on_record(
    ground: Ground, opened: tuple[Dataset, Dataset], readers: list[str], model: str = ""
) -> None:
    for one in opened:
        for who in readers:
            dataset.record_reading(ground.lake, one.manifest, who, part=one.part or "", model=model)


def reproduce(ground: Ground, commit: str, progress: Progress = silent) -> tuple[Model, Model]:
    """Return the model that `commit` brought, and the same trained again from its datasets.

    Nothing is written to the lake. DatasetRefused where its datasets are refused now.
    """
    before = model_at(ground.lake, commit)
    said = before.record
    judge = said["evaluated_on"]
    own = judge["dataset"] == said["trained_on"]["dataset"]
    opened = _opened(
        ground, said["trained_on"]["dataset"], "" if own else judge["dataset"], waivers=True
    )
    for one, part in zip(opened, ("trained_on", "evaluated_on"), strict=True):
        if one.manifest.digest != said[part]["manifest"]:
            raise DatasetRefused(f"{one.manifest.title} is another manifest than was {part}")
    made = _made(
        ground, before.name, before.run, opened, before.recipe, (None, lambda *_: None, progress)
    )
    return before, made


def _opened(ground: Ground, asked: str, judge: str, *, waivers: bool) -> tuple[Dataset, Dataset]:
    how: Any = {"waivers": waivers, "while_open": False}
    trains = dataset.open(ground.lake, asked, **how)
    if trains.manifest.split or not judge:
        trains = dataset.open(ground.lake, asked, part="train", **how)
    judges = dataset.open(
        ground.lake, judge or asked, part=None if judge else "eval", waivers=waivers
    )
    _refuse_shared_days(trains, judges)
    return trains, judges


def _count(ground: Ground, opened: Dataset) -> int:
    """Return how many steps there are; manifests of the first format do not tell."""
    told = [one.rows for one in opened.entries]
    known = [one for one in told if one is not None]
    return sum(known) if len(known) == len(told) else ground.steps(opened).count()


def _refuse_shared_days(trains: Dataset, judges: Dataset) -> None:
    """Raise DatasetRefused where a day trains and evaluates; instruments move together."""
    ours, theirs = (
        {Partition.parse(name).date for name in one.partitions} for one in (trains, judges)
    )
    if shared := sorted(ours & theirs):
        title, told = judges.manifest.title, ", ".join(shared)
        raise DatasetRefused(
            f"{title}: {told} would evaluate, and is in the training data too: evaluate on other "
            "days",
            {name: "is a day of the training data" for name in judges.partitions
             if Partition.parse(name).date in shared},
        )  # fmt: skip


def _run(trains: Dataset, judges: Dataset, recipe: Recipe) -> str:
    """Return the name of a run: what it is made of."""
    data = [one.manifest.digest for one in (trains, judges)]
    parts = [one.part or "" for one in (trains, judges)]
    made_with = [code_digest(), torch_version()]
    numbers = [f"{key}={value}" for key, value in recipe.plain().items()]
    return digest("training run/1", *data, *parts, *made_with, *numbers)


def _made(
    ground: Ground,
    name: str,
    run: str,
    opened: tuple[Dataset, Dataset],
    recipe: Recipe,
    how: tuple[Checkpoint | None, State, Progress],
) -> Model:
    (trains, judges), (checkpoint, state, progress) = opened, how
    steps, fixed = ground.steps(trains), ground.steps(judges)
    refuse_leakage(steps, fixed)
    against = rivals(fixed)
    state(judges.manifest.title, against)
    policy = learn(steps, recipe, checkpoint, progress)
    record = {
        "trained_on": {"dataset": trains.manifest.title, "manifest": trains.manifest.digest},
        "evaluated_on": {"dataset": judges.manifest.title, "manifest": judges.manifest.digest},
        "waived": dict(trains.manifest.waived),
        "recipe": recipe.plain(),
        "code": code_digest(),
        "torch": torch_version(),
        "weights": policy.digest,
        "evaluation": evaluate(policy, fixed, against).plain(),
    }
    held = {TRAINED_ON: _envelope(trains), EVALUATED_ON: _envelope(judges)}
    return Model(name, run, record, policy, held)


def _envelope(opened: Dataset) -> bytes:
    """Return a dataset's manifest as it was signed."""
    path = manifest_path(opened.manifest.name, opened.manifest.version)
    with opened.lake.open(opened.commit, path) as stream:
        return stream.read()
