"""SIGKILL at random moments of rebuilding, judging and publishing: finished, and once only."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest

from karat.simulation import simulate
from tests.dagster.kills import Target, drawn, rebuilt
from tests.dagster.left import judged_once, nothing_is_left, published_once
from tests.dagster.long_cases import long_case
from tests.dagster.served import Served

pytestmark = [pytest.mark.e2e, long_case, pytest.mark.xdist_group("own_server")]
DATE = dt.date(2024, 1, 1)
FEW = (Target.RUN, Target.STEP, Target.MACHINE)
"""What `make test` kills: once in each way that is noticed by another."""
ROUNDS = 5
KILLS = (
    [(number, target) for number in range(ROUNDS) for target in Target]
    if os.environ.get("KARAT_SOAK")
    else [(0, target) for target in FEW]
)


@pytest.fixture(scope="module")
def quiet(own_server: Served) -> Served:
    """Return a server whose sensors ask for nothing."""
    for name in ("content_changed", "golden_changed", "contract_changed", "degraded", "overdue"):
        own_server.stop_sensor(name)
    return own_server


@pytest.mark.parametrize(("number", "target"), KILLS, ids=str)
def test_a_killed_rebuild_is_finished_once(
    quiet: Served, tmp_path: Path, number: int, target: Target
) -> None:
    seed = 10 * number + list(Target).index(target)
    name = f"sim-usdm-k{seed}"
    (day,) = quiet.bring(tmp_path, list(simulate(name, [DATE], seed=seed, messages_per_day=3000)))
    done = rebuilt(quiet, day, drawn(seed, target))
    assert done.struck, "nothing was killed: it was over"
    published_once(quiet, day)
    judged_once(quiet, day)
    nothing_is_left(quiet, done)
