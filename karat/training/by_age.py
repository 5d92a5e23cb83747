"""Kept models by when main got them: a model's name tells what it is made of, and no time."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from karat.errors import ObjectNotFound
from karat.lake import CommitId, Lake
from karat.lake.layout import MAIN
from karat.training.kept_models import RECORD, Model


def newest_first(lake: Lake, models: Iterable[Model]) -> list[Model]:
    """Return `models`, which main has, the one that came last first; of one commit, by run.

    Main's commits are asked by halves, not one by one: what came is there ever after.
    """
    log = [commit.id for commit in lake.log(MAIN, first_parent=True)]

    def age(model: Model) -> tuple[int, str]:
        since = bisect_left(log, 1, key=lambda commit: not _has(lake, commit, model))
        return since, model.run

    return sorted(models, key=age)


def _has(lake: Lake, commit: CommitId, model: Model) -> bool:
    try:
        lake.stat(commit, f"{model.folder}/{RECORD}")
    except ObjectNotFound:
        return False
    return True
