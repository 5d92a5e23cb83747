"""A new commit with proved steps is cut and trained on: for who switches it on."""

import json
from dataclasses import astuple, dataclass, replace

import dagster as dg

from karat.assets import Dataset
from karat.digest import digest
from karat.flow import published_root
from karat.lake.layout import MAIN
from karat.resources import LakeResource
from karat.resources.dagster_private import ended_at_s, run_request
from karat.telemetry import Clock, now_s

EVERY_S = 30
AGAIN_AFTER_S = (60, 600, 3600)
"""So long after a run failed another is asked for; after the last of these, none."""
ASKED = "karat/proved"
"""The tag of a run by which the sensor finds how it ended; what retries it has it too."""


@dataclass(frozen=True)
class Asked:
    """The published root that a run was asked for, which of all it was, and which of this root.

    `generation` tells a root that is published again from the same one before another. No run was
    asked for at try 0.
    """

    root: str
    generation: int
    tries: int = 0

    @property
    def key(self) -> str:
        """Return what no other request is called."""
        return digest("proved/2", *map(str, astuple(self)))[:32]

    def encode(self) -> str:
        """Return the sensor's cursor."""
        return json.dumps(astuple(self))

    @classmethod
    def decode(cls, cursor: str | None, at_s: int) -> "Asked":
        """Return what was asked for; without a cursor, or by a root alone, nothing since `at_s`."""
        if cursor and cursor.startswith("["):
            return cls(*json.loads(cursor))
        return cls(cursor or "", at_s)


def define(dataset: Dataset, clock: Clock = now_s) -> dg.SensorDefinition:
    """Return the sensor; it asks for the job `train` when the published root is another one.

    A run that failed is asked for again, later each time; one that somebody ended is not.
    """

    @dg.sensor(
        name=dataset.called("proved"),
        job_name=dataset.called("train"),
        minimum_interval_seconds=EVERY_S,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description="Cuts and trains when other steps are published. Off until it is switched on.",
    )
    def proved(context: dg.SensorEvaluationContext, lake: LakeResource) -> dg.SensorResult:
        there = dataset.connect(lake).lake
        root, last = published_root(there, dataset.name), Asked.decode(context.cursor, clock())
        if next(there.list(MAIN, f"{dataset.name}/"), None) is None:
            return dg.SensorResult(skip_reason=dg.SkipReason("nothing is published"))
        if root != last.root:
            return _asks(dataset, Asked(root, last.generation + 1, 1))
        if again := _failed(context.instance, last, clock()):
            return _asks(dataset, again)
        why = "nothing else was published"
        return dg.SensorResult(skip_reason=dg.SkipReason(why), cursor=last.encode())

    return proved


def _failed(instance: dg.DagsterInstance, last: Asked, at_s: int) -> Asked | None:
    """Return the next try where the last one failed long enough ago; None where there is none."""
    if not 0 < last.tries <= len(AGAIN_AFTER_S):
        return None
    runs = instance.get_runs(dg.RunsFilter(tags={ASKED: last.key}), limit=1)
    if not runs or runs[0].status is not dg.DagsterRunStatus.FAILURE:
        return None
    waited = at_s - ended_at_s(instance, runs[0])
    return replace(last, tries=last.tries + 1) if waited >= AGAIN_AFTER_S[last.tries - 1] else None


def _asks(dataset: Dataset, now: Asked) -> dg.SensorResult:
    """Return a run that cuts the dataset of its own name, as the last time, and trains on it."""
    own = dataset.name
    asked = {"training_dataset": {"name": own}, "trained_policy": {"dataset": own}}
    ops = {dataset.key(what).to_python_identifier(): {"config": c} for what, c in asked.items()}
    run = run_request(dataset.called("train"), now.key, {ASKED: now.key}, {"ops": ops})
    return dg.SensorResult(run_requests=[run], cursor=now.encode())
