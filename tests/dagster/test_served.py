"""The processes that other tests share: they come up, run what is launched, and end."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time
from pathlib import Path

import pytest

from karat.resources.launching import alive
from karat.simulation import simulate
from tests.dagster.processes import until
from tests.dagster.served import Served

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("gated_server")]


def test_a_day_is_rebuilt_judged_and_published_by_a_click(
    gated_server: Served, tmp_path: Path
) -> None:
    days = simulate("sim-usdm-click", [dt.date(2024, 1, 1)], seed=4, messages_per_day=2000)
    (day,) = gated_server.bring(tmp_path, list(days))
    run = gated_server.launch("rebuild", day)
    assert gated_server.wait(run) == "SUCCESS", gated_server.why(run)
    named = {"training_dataset": {"name": "click", "partitions": ["sim-usdm-click/*"]}}
    assert gated_server.did("train", config=named) == "SUCCESS"
    named["training_dataset"]["partitions"] = ["sim-usdm-nobody/*"]
    run = gated_server.launch("train", config=named)
    assert gated_server.wait(run) == "FAILURE"
    assert "nobody" in gated_server.why(run)["training_dataset"]


def test_one_worker_has_all_who_share_them(request: pytest.FixtureRequest) -> None:
    """Spread over two workers, there would be two of each process, and of the lake."""
    if not request.config.getoption("loadgroup", default=False):
        pytest.skip("tests are not spread by group: -n 2 --dist loadgroup")
    assert request.node.nodeid.endswith("@gated_server")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent")
def test_what_a_killed_process_had_started_is_gone() -> None:
    code = """
import subprocess, sys
from tests.dagster.processes import _held
print(subprocess.Popen(["sleep", "600"], preexec_fn=_held).pid, flush=True)
sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as killed:
        assert killed.stdout is not None
        started, at_s = int(killed.stdout.readline()), time.time()
        assert alive(started, at_s)
        killed.kill()
    until(lambda: not alive(started, at_s), "it is gone", 10)
