"""A trained model on main: one commit has its weights and all that is needed to make them again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from karat.digest import digest
from karat.errors import CorruptError, InputError, ObjectNotFound
from karat.lake import CommitId, Lake
from karat.lake.append import append
from karat.lake.layout import MAIN, model_path, model_prefix
from karat.training.policy import Policy
from karat.training.recipe import Recipe

RECORD, WEIGHTS = "model.json", "weights.npz"
TRAINED_ON, EVALUATED_ON = "trained_on.json", "evaluated_on.json"


@dataclass(frozen=True)
class Model:
    """What `run` made, called `name`: its record and its policy.

    `record` has the datasets (`trained_on`, `evaluated_on`: title and manifest digest), `recipe`,
    `code` and `torch` (what it was made with), `weights` (their SHA-256) and the `evaluation`.
    `manifests` are the signed envelopes of both datasets, by file name; none of one that was read
    back.
    """

    name: str
    run: str
    record: dict[str, Any]
    policy: Policy
    manifests: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def folder(self) -> str:
        """Return where the lake has it."""
        return model_prefix(self.name, self.run).rstrip("/")

    @cached_property
    def recipe(self) -> Recipe:
        """Return how it was trained."""
        return Recipe(**self.record["recipe"])

    @property
    def data(self) -> str:
        """Return the dataset it was trained on, NAME@VERSION."""
        return str(self.record["trained_on"]["dataset"])

    @property
    def code(self) -> str:
        """Return 12 digits that name all that made it but data and seed: code and recipe."""
        recipe = {key: value for key, value in self.record["recipe"].items() if key != "seed"}
        told = json.dumps([self.record["code"], self.record["torch"], recipe], sort_keys=True)
        return digest("model code/1", told)[:12]

    def files(self) -> dict[str, bytes]:
        """Return what is kept, by path."""
        body = json.dumps(self.record, indent=1, sort_keys=True).encode()
        held = {RECORD: body, WEIGHTS: self.policy.encode(), **self.manifests}
        return {model_path(self.name, self.run, name): data for name, data in held.items()}


def keep(lake: Lake, model: Model) -> CommitId:
    """Bring a model to main in one commit and return it; the same model again changes nothing."""
    message = f"Keep model {model.name}, trained on {model.record['trained_on']['dataset']}"
    append(lake, MAIN, model.files(), message=message)
    return commit_of(lake, model)


def find(lake: Lake, ref: str, name: str, run: str) -> Model | None:
    """Return a model as `ref` has it, None for none.

    Raises CorruptError for a record that is none, or weights that are not those it speaks of.
    """
    try:
        with lake.open(ref, model_path(name, run, RECORD)) as stream:
            record = json.loads(stream.read())
        with lake.open(ref, model_path(name, run, WEIGHTS)) as stream:
            policy = Policy.decode(stream.read(), model_path(name, run, WEIGHTS))
        weights = record["weights"]
    except ObjectNotFound:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise CorruptError(f"{model_path(name, run, RECORD)} is no record: {error}") from error
    if policy.digest != weights:
        raise CorruptError(f"{model_path(name, run, WEIGHTS)} is not what its record speaks of")
    return Model(name, run, record, policy)


def models(lake: Lake, ref: str = MAIN) -> list[Model]:
    """Return all models that `ref` has, by name and run; errors as `find`."""
    runs = [tuple(info.path.split("/")[1:3]) for info in lake.list(ref, model_prefix())]
    found = (find(lake, ref, name, run) for name, run in dict.fromkeys(runs))
    return [model for model in found if model is not None]


def model_at(lake: Lake, commit: str) -> Model:
    """Return the model that a commit brought; InputError where it brought none."""
    at = lake.resolve(commit)
    parents = next(iter(lake.log(at, limit=1))).parents
    before = {one.folder for one in models(lake, parents[0])} if parents else set[str]()
    for model in models(lake, at):
        if model.folder not in before:
            return model
    raise InputError(f"commit {commit} brought no model: `karat train` names the one that did")


def commit_of(lake: Lake, model: Model) -> CommitId:
    """Return the commit of main that brought a model which main has."""
    brought = lake.head(MAIN)
    for commit in lake.log(MAIN, first_parent=True):
        try:
            lake.stat(commit.id, model_path(model.name, model.run, RECORD))
        except ObjectNotFound:
            break
        brought = commit.id
    return brought
