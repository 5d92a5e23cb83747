"""Runs that never begin: failed when their process is gone for certain, and left alone else."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.events import DagsterEvent, DagsterEventType, EngineEventData
from dagster._core.instance import InstanceType
from dagster._core.launcher import DefaultRunLauncher, RunLauncher
from dagster._core.run_coordinator import DefaultRunCoordinator
from dagster._core.storage.event_log import InMemoryEventLogStorage
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager
from dagster._core.storage.root import LocalArtifactStorage
from dagster._core.storage.runs import InMemoryRunStorage

from karat.resources.dagster_private import held_by_server
from karat.resources.launching import WatchedRunLauncher
from karat.resources.lost_runs import UNHEARD_S, fail_lost_runs
from karat.sensors import lost_runs
from karat.telemetry import now_s
from tests.dagster.processes import HOST, free_port, until
from tests.dagster.served import FINISHED, Served


def later() -> int:
    return now_s() + UNHEARD_S + 1


def ended() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def in_memory(folder: Path, launcher: RunLauncher) -> dg.DagsterInstance:
    """Return an instance as `dg.DagsterInstance.ephemeral`, with another launcher."""
    return dg.DagsterInstance(
        instance_type=InstanceType.EPHEMERAL,
        local_artifact_storage=LocalArtifactStorage(str(folder)),
        run_storage=InMemoryRunStorage(),
        event_storage=InMemoryEventLogStorage(),
        compute_log_manager=NoOpComputeLogManager(),
        run_coordinator=DefaultRunCoordinator(),
        run_launcher=launcher,
    )


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with in_memory(tmp_path, WatchedRunLauncher()) as made:
        yield made


def let_out(
    instance: dg.DagsterInstance, told: Callable[[], int] | None = None, **info: str | int
) -> str:
    """Return a run that has left the queue for a code server, and may have told its process."""
    where = "{" + ", ".join(f'"{k}": {v!r}'.replace("'", '"') for k, v in info.items()) + "}"
    run = instance.create_run_for_job(_job, tags={".dagster/grpc_info": where} if info else {})
    left = DagsterEvent(DagsterEventType.PIPELINE_STARTING.value, run.job_name)
    instance.report_dagster_event(left, run.run_id)
    if told:
        pid = told()
        instance.report_engine_event(f"pid: {pid}", run, EngineEventData.in_process(pid))
    return run.run_id


def status(instance: dg.DagsterInstance, run: str) -> str:
    found = instance.get_run_by_id(run)
    assert found is not None
    return found.status.value


def test_a_process_that_is_gone_before_its_run_began_fails_it_at_once(
    instance: dg.DagsterInstance,
) -> None:
    lost = let_out(instance, ended, host=HOST, port=1)
    loading = let_out(instance, os.getpid, host=HOST, port=1)
    assert list(fail_lost_runs(instance)) == [lost]
    assert (status(instance, lost), status(instance, loading)) == ("FAILURE", "STARTING")
    assert fail_lost_runs(instance, later) == {}, "it is alive, however long it takes"


def test_one_that_no_code_server_was_asked_for_is_waited_for_a_little(
    instance: dg.DagsterInstance,
) -> None:
    """The daemon may be about to ask: it says that a run starts before it does so."""
    run = let_out(instance)
    assert fail_lost_runs(instance) == {}
    assert list(fail_lost_runs(instance, later)) == [run]


def test_a_code_server_that_does_not_answer_tells_nothing(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither one that is away, nor one that takes calls and never answers."""
    monkeypatch.setattr("karat.resources.dagster_private.ANSWER_S", 1)
    with socket.create_server((HOST, 0)) as silent:
        for port in (free_port(), silent.getsockname()[1]):
            run = let_out(instance, host=HOST, port=port)
            assert fail_lost_runs(instance, later) == {}
            assert status(instance, run) == "STARTING"


def test_what_has_begun_and_what_others_begin_is_left_alone(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    run = let_out(instance, ended, host=HOST, port=1)
    begun = DagsterEvent(DagsterEventType.PIPELINE_START.value, "_job")
    instance.report_dagster_event(begun, run)
    assert fail_lost_runs(instance, later) == {}, "of this one the daemon asks our launcher"
    with in_memory(tmp_path, DefaultRunLauncher()) as other:
        let_out(other, ended, host=HOST, port=1)
        assert fail_lost_runs(other, later) == {}


def test_the_sensor_tells_what_it_failed(instance: dg.DagsterInstance) -> None:
    run = let_out(instance, ended, host=HOST, port=1)
    sensor = lost_runs.define([_job])
    first, second = (sensor(dg.build_sensor_context(instance)) for _ in range(2))
    assert isinstance(first, dg.SkipReason)
    assert run in str(first.skip_message)
    assert second == dg.SkipReason("no run is lost")


@pytest.mark.e2e
@pytest.mark.xdist_group("own_server")
def test_a_code_server_knows_its_own_runs_until_they_end(own_server: Served) -> None:
    run = own_server.launch("observe")

    def held() -> bool | None:
        found = own_server.instance.get_run_by_id(run)
        assert found is not None
        assert found.status.value not in FINISHED, "it was over before it was looked at"
        return ".dagster/grpc_info" in found.tags and held_by_server(found)

    until(held, "the code server has a process of the run")
    own_server.wait(run)
    over = own_server.instance.get_run_by_id(run)
    assert over is not None
    until(lambda: held_by_server(over) is False, "it has let go of what has ended")


@dg.job
def _job() -> None:
    pass
