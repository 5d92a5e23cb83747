"""What moved the worth of the newest policy against the one before it: data, code, or both.

The two policies are two cells of a 2 x 2 design. What the other cells and further seeds need and
main does not have is trained, and kept beside them under `<name>-compared`. All are evaluated on
one set of steps, so that what evaluated each of them before does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from karat import dataset
from karat.dataset import Dataset, TrainingSteps
from karat.dataset.leakage import refuse_leakage
from karat.dataset.split import Part
from karat.errors import InputError
from karat.feedback import Attribution, Factorial, attribute
from karat.feedback.factorial import CELLS, FEWEST
from karat.telemetry import Progress, silent
from karat.training.by_age import newest_first
from karat.training.code import code_digest
from karat.training.compared import Pair
from karat.training.evaluation import evaluate
from karat.training.kept_models import Model, models
from karat.training.learning import torch_version
from karat.training.run import Ground, train

BESIDE = "{}-compared"
"""What is kept for a comparison alone is called so: the newest policy stays the newest."""


@dataclass(frozen=True)
class Compared:
    """What moved the worth from `old` to `new`, each a dataset and a code; `judge` evaluated."""

    found: Attribution
    scores: Factorial
    old: Pair
    new: Pair
    judge: str

    @property
    def between(self) -> str:
        """What is another in `new`, in words: the dataset, the code, or both."""
        data, code = (
            f"{old} to {new}" if old != new else ""
            for old, new in zip(self.old, self.new, strict=True)
        )
        return ", ".join(filter(None, (data, code and f"code {code}")))

    def rows(self) -> Iterator[tuple[str, str, str, float]]:
        """Yield data, code, seed and worth of each policy, once where old and new are the same."""
        places = {
            ((self.old, self.new)[d][0], (self.old, self.new)[c][1]): (d, c) for d, c in CELLS
        }
        for (data, code), (d, c) in places.items():
            for seed, score in zip(self.scores.seeds, self.scores.scores[d, c], strict=True):
                yield data, code, seed, float(score)


def compare_last_two(
    ground: Ground,
    name: str,
    *,
    data: Pair | None = None,
    code: Pair | None = None,
    judge: str = "",
    seeds: int = FEWEST,
    waivers: bool = False,
    reader: str = "",
    progress: Progress = silent,
) -> Compared | None:
    """Return what moved the worth of the policies called `name`; None where there is one alone.

    The newest is compared with the last one before it of other data or other code, or what `data`
    (NAME@VERSION) and `code` (`Model.code`) name as old and new. `seeds` are counted up from the
    newest one's own. They are worth what they gain on all of `judge`, else on the days that the
    newest was evaluated on. `reader` is who reads, on record.

    Raises InputError for fewer than five seeds, a policy that is missing and of a code that is not
    the one at work here, DatasetRefused where anything speaks against a dataset now, or where it
    shares steps with what evaluates.
    """
    if seeds < FEWEST:
        raise InputError(f"{seeds} seeds: give {FEWEST} or more, to say how sure one is")
    kept = [one for one in models(ground.lake) if one.name in {name, BESIDE.format(name)}]
    ends = _ends(newest_first(ground.lake, kept), name, data, code)
    if ends is None:
        return None
    (old, new), latest = ends
    judged = _judge(ground, latest, judge, waivers=waivers, reader=reader)
    cells = _Cells(ground, name, kept, latest.recipe.seed, seeds, waivers, reader, progress)
    pairs = {(d, c): ((old, new)[d][0], (old, new)[c][1]) for d, c in CELLS}
    policies = {pair: list(cells.models(*pair)) for pair in dict.fromkeys(pairs.values())}
    fixed = ground.steps(judged)
    for title in _judged_elsewhere(judged, [one for own in policies.values() for one in own]):
        _refuse(ground, title, fixed, waivers=waivers, reader=reader)
    worths = {
        pair: {str(one.recipe.seed): evaluate(one.policy, fixed).policy.value for one in own}
        for pair, own in policies.items()
    }
    design = Factorial.of({place: worths[pair] for place, pair in pairs.items()})
    return Compared(attribute(design), design, old, new, judged.manifest.title)


def _ends(
    kept: Sequence[Model], name: str, data: Pair | None, code: Pair | None
) -> tuple[tuple[Pair, Pair], Model] | None:
    """Return old and new, each data and code, and the newest policy; None for nothing older."""
    own = [one for one in kept if one.name == name]
    if not own:
        return None
    new = own[0]
    other = next((o for o in own if (o.data, o.code) != (new.data, new.code)), None)
    if other is None and not (data or code):
        return None
    before = other or new
    old_data, new_data = data or (before.data, new.data)
    old_code, new_code = code or (before.code, new.code)
    return ((old_data, old_code), (new_data, new_code)), new


def _judge(ground: Ground, latest: Model, judge: str, *, waivers: bool, reader: str) -> Dataset:
    """Return what evaluates, opened; as the newest policy's own does where none is asked for."""
    title = judge or latest.record["evaluated_on"]["dataset"]
    part: Part | None = "eval" if not judge and title == latest.data else None
    return dataset.open(ground.lake, title, part=part, waivers=waivers, run=reader)


def _judged_elsewhere(judged: Dataset, own: Sequence[Model]) -> list[str]:
    """Return the data of policies that other steps evaluated, when they were made."""
    asked = judged.manifest.digest, judged.part == "eval"
    found = dict[str, None]()
    for one in own:
        by = one.record["evaluated_on"]
        if (by["manifest"], by["dataset"] == one.data) != asked:
            found[one.data] = None
    return list(found)


def _refuse(
    ground: Ground, title: str, fixed: TrainingSteps, *, waivers: bool, reader: str
) -> None:
    """Raise DatasetRefused where a dataset is not to be trained on now, or shares steps."""
    opened = dataset.open(ground.lake, title, waivers=waivers)
    part: Part | None = "train" if opened.manifest.split else None
    opened = dataset.open(ground.lake, title, part=part, waivers=waivers, run=reader)
    refuse_leakage(ground.steps(opened), fixed)


@dataclass(frozen=True)
class _Cells:
    """Policies by data, code and seed: those that main has, and those that it still lacks."""

    ground: Ground
    name: str
    kept: Sequence[Model]
    first: int
    seeds: int
    waivers: bool
    reader: str
    progress: Progress

    def models(self, data: str, code: str) -> Iterator[Model]:
        """Yield one policy a seed."""
        have = {one.recipe.seed: one for one in self.kept if (one.data, one.code) == (data, code)}
        for seed in range(self.first, self.first + self.seeds):
            yield have[seed] if seed in have else self._trained(data, code, seed)

    def _trained(self, data: str, code: str, seed: int) -> Model:
        like = next((one for one in self.kept if one.code == code), None)
        if like is None:
            told = ", ".join(sorted({one.code for one in self.kept}))
            raise InputError(f"no policy {self.name!r} was made by the code {code!r}; have {told}")
        if (like.record["code"], like.record["torch"]) != (code_digest(), torch_version()):
            raise InputError(
                f"there is no policy of {data} with seed {seed} by the code {code}, and here "
                "another code is at work: train it where that one is, "
                f"karat train {data} --name {self.name} --seed {seed}"
            )
        judge = like.record["evaluated_on"]["dataset"]
        return train(
            self.ground, BESIDE.format(self.name), data, replace(like.recipe, seed=seed),
            judge="" if judge == like.data else judge,
            waivers=self.waivers, reader=self.reader, progress=self.progress,
        ).model  # fmt: skip
