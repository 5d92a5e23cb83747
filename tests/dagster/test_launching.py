"""Whether a run is still there: by the process it began in, and by no other of the same id."""

import os
import subprocess
import sys
import time

import dagster as dg
import pytest
from dagster._core.events import EngineEventData

from karat.resources.launching import WatchedRunLauncher, alive

HERE = '{"host": "127.0.0.1", "port": 1}'
LAUNCHER = {"module": "karat.resources.launching", "class": "WatchedRunLauncher"}


def ended() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_process_is_there_until_it_ends() -> None:
    now = time.time()
    assert alive(os.getpid(), now)
    assert not alive(ended(), now)


def test_a_later_process_by_the_same_id_is_another_one() -> None:
    assert not alive(os.getpid(), time.time() - 10**6)


def test_what_only_waits_for_its_parent_has_ended() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert not alive(process.pid, time.time())
    process.wait()


@pytest.mark.parametrize(
    ("info", "process", "said"),
    [
        (HERE, os.getpid, "RUNNING"),
        (HERE, ended, "FAILED"),
        (HERE, None, "RUNNING"),
        ('{"socket": "/tmp/x"}', ended, "FAILED"),
        ('{"host": "far.example.com", "port": 1}', ended, "RUNNING"),
        (None, ended, "RUNNING"),
    ],
)
def test_a_run_is_as_its_process_is(info: str | None, process: object, said: str) -> None:
    """One that has not said where it is counts as running, as does one on another machine."""
    with dg.instance_for_test(overrides={"run_launcher": LAUNCHER}) as instance:
        launcher = instance.run_launcher
        assert isinstance(launcher, WatchedRunLauncher)
        assert launcher.supports_check_run_worker_health
        run = instance.create_run_for_job(_job, tags={".dagster/grpc_info": info} if info else {})
        if callable(process):
            pid = process()
            instance.report_engine_event(f"pid: {pid}", run, EngineEventData.in_process(pid))
        health = launcher.check_run_worker_health(run)
        assert health.status.value == said


@dg.job
def _job() -> None:
    pass
