"""The sensor that has other published steps trained on, ticked as the daemon ticks it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
import pytest

from karat import open_lake
from karat.assets import Dataset
from karat.cli.settings import Settings
from karat.flow import published_root
from karat.lake import Lake
from karat.lake.append import append
from karat.lake.layout import MAIN
from karat.resources import LakeResource, lake_resource
from karat.sensors import proved
from karat.telemetry import now_s
from tests.unit.stepped_days import contract

RUN_KEY = "dagster/run_key"
QUIET = {"telemetry": {"enabled": False}}


@dg.op
def as_told(context: dg.OpExecutionContext) -> None:
    """Stand in for training: what it comes to is said by the test, in a tag."""
    if context.run.tags["ends"] == "badly":
        raise dg.Failure("told to", allow_retries=False)


@dg.job
def steps_train() -> None:
    as_told()


@dataclass
class Watched:
    """A lake, and an instance on disk whose daemon skips what it was asked for before."""

    lake: Lake
    resource: LakeResource
    instance: dg.DagsterInstance
    at_s: int = field(default_factory=now_s)
    cursor: str | None = None

    def publish(self, what: str) -> str:
        """Have main hold `what` as the only published day; return the root of it."""
        append(self.lake, MAIN, {"steps/made-up-steps/2024-01-01.parquet": what.encode()},
               message=f"Publish {what}")  # fmt: skip
        return published_root(self.lake, "steps")

    def tick(self, *, ends: str = "well") -> list[str]:
        """Tick, and run what was not asked for before; return how the runs ended."""
        sensor = proved.define(Dataset(contract(), "steps.yaml"), lambda: self.at_s)
        resources = {"lake": self.resource}
        with dg.build_sensor_context(
            instance=self.instance, cursor=self.cursor, resources=resources
        ) as context:
            found = sensor(context)
        assert isinstance(found, dg.SensorResult)
        self.cursor = found.cursor or self.cursor
        return [self._run(one, ends) for one in found.run_requests or [] if self._new(one)]

    def _new(self, request: dg.RunRequest) -> bool:
        """Return whether the daemon would run it: by its key it never does a second time."""
        asked = dg.RunsFilter(tags={RUN_KEY: str(request.run_key)})
        return not self.instance.get_runs(asked)

    def _run(self, request: dg.RunRequest, ends: str) -> str:
        tags = {**request.tags, RUN_KEY: str(request.run_key), "ends": ends}
        done = steps_train.execute_in_process(
            instance=self.instance, tags=tags, raise_on_error=False
        )
        return done.dagster_run.status.value


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:

    monkeypatch.chdir(tmp_path)
    (tmp_path / "steps.yaml").write_text(contract().model_dump_json(exclude_unset=True))
    settings = Settings.from_environment({"KARAT_HOME": str(tmp_path / "home")})
    lake = open_lake(settings.lake, create=True, files=settings.key_files)
    with dg.DagsterInstance.local_temp(str(tmp_path), overrides=QUIET) as instance:
        yield Watched(lake, lake_resource(settings), instance)


def test_what_is_published_again_after_another_is_trained_on_again(watched: Watched) -> None:
    assert watched.tick() == [], "nothing is published"
    first = watched.publish("a")
    assert watched.tick() == ["SUCCESS"]
    assert watched.tick() == []
    assert watched.publish("b") != first
    assert watched.tick() == ["SUCCESS"]
    assert watched.publish("a") == first
    assert watched.tick() == ["SUCCESS"], "the daemon would not run a key that it ran before"
    assert watched.tick() == []


def test_a_run_that_failed_is_asked_for_again_and_not_for_ever(watched: Watched) -> None:
    watched.publish("a")
    assert watched.tick(ends="badly") == ["FAILURE"]
    for wait in proved.AGAIN_AFTER_S:
        watched.at_s = now_s()
        assert watched.tick(ends="badly") == [], "it is too soon"
        watched.at_s = now_s() + wait
        assert watched.tick(ends="badly") == ["FAILURE"]
    watched.at_s += 10 * max(proved.AGAIN_AFTER_S)
    assert watched.tick() == [], "it was tried often enough"
    watched.publish("b")
    assert watched.tick() == ["SUCCESS"], "other steps are another matter"


def test_a_try_that_comes_well_is_the_last(watched: Watched) -> None:
    watched.publish("a")
    assert watched.tick(ends="badly") == ["FAILURE"]
    watched.at_s = now_s() + proved.AGAIN_AFTER_S[0]
    assert watched.tick() == ["SUCCESS"]
    watched.at_s += 10 * max(proved.AGAIN_AFTER_S)
    assert watched.tick() == []


def test_a_cursor_of_before_is_the_root_that_was_asked_for(watched: Watched) -> None:
    watched.cursor = watched.publish("a")
    assert watched.tick() == []
    watched.publish("b")
    assert watched.tick() == ["SUCCESS"]


def test_a_cursor_that_is_lost_asks_once(watched: Watched) -> None:
    watched.publish("a")
    assert watched.tick() == ["SUCCESS"]
    watched.cursor, watched.at_s = None, watched.at_s + 60
    assert watched.tick() == ["SUCCESS"]
    assert watched.tick() == []
