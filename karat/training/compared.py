"""Kept models as a 2 x 2 design: old and new data by old and new code, each with the same seeds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from karat.dataset import Version
from karat.dataset.version import named
from karat.errors import InputError
from karat.feedback import Factorial
from karat.training.kept_models import Model

Pair = tuple[str, str]


def factorial(models: Sequence[Model], code: Pair, data: Pair | None = None) -> Factorial:
    """Return the scores of models on old and new `data` by old and new `code`, seed by seed.

    Data are NAME@VERSION (where there are just two, the lower version is the old one), code the
    digits that `Model.code` gives. Only seeds that all four have count. Raises `InputError` where
    a pair cannot be told, models were evaluated on different data, or too few seeds are common.
    """
    old_code, new_code = _there("code", {one.code for one in models}, code)
    old_data, new_data = _there("data", {one.data for one in models}, data or _by_version(models))
    places = {
        (one, other): (d, c)
        for d, one in enumerate((old_data, new_data))
        for c, other in enumerate((old_code, new_code))
    }
    scores: dict[tuple[int, int], dict[str, float]] = defaultdict(dict)
    judges = set[str]()
    for model in models:
        if (place := places.get((model.data, model.code))) is not None:
            judges.add(model.record["evaluated_on"]["manifest"])
            scores[place][str(model.recipe.seed)] = model.record["evaluation"]["policy"]["value"]
    if len(judges) > 1:
        raise InputError(
            f"these models were evaluated on {len(judges)} different datasets: train all of them "
            "with the same --judge"
        )
    common = set.intersection(*(set(scores[place]) for place in places.values()))
    return Factorial.of(
        {place: {seed: scores[place][seed] for seed in common} for place in places.values()}
    )


def _by_version(models: Sequence[Model]) -> Pair:
    have = sorted({one.data for one in models}, key=_numbers)
    if len(have) != 2:  # noqa: PLR2004 - old and new
        raise InputError(f"these models have {len(have)} kinds of data: name two, --data OLD,NEW")
    return have[0], have[1]


def _numbers(title: str) -> tuple[str, Version]:
    name, version = named(title)
    return name, Version.parse(version)


def _there(what: str, have: set[str], asked: Pair) -> Pair:
    for one in asked:
        if one not in have:
            told = ", ".join(sorted(have)) or "none"
            raise InputError(f"no model has the {what} {one!r}; have {told}")
    return asked
