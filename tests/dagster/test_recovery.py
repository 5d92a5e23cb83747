"""SIGKILL at random moments of rebuilding, judging and publishing: finished, and once only."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from karat.assets.partitions import key_of
from karat.resources.untried import TRIED_BY
from karat.simulation import simulate
from tests.dagster.attempts import FAR_S, runs_with
from tests.dagster.backfilling import came_to, submitted
from tests.dagster.kills import Target, drawn, process_of, rebuilt, sigkill
from tests.dagster.left import judged_once, nothing_is_left, published_once
from tests.dagster.processes import until
from tests.dagster.served import Served

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("own_server")]
DATE = dt.date(2024, 1, 1)
ASKING = "content_changed", "golden_changed", "contract_changed", "degraded", "overdue"
SOAK = os.environ.get("KARAT_SOAK") == "1"
SOON_S = 30
EACH = (Target.STEP, Target.RUN, Target.MACHINE)
"""Among them each sort of process: while a day is rebuilt, while it is judged, while published."""
KILLS = [(n, target) for n in range(5 if SOAK else 1) for target in (Target if SOAK else EACH)]


@pytest.fixture(scope="module")
def quiet(own_server: Served) -> Iterator[Served]:
    """Return a server whose sensors ask for nothing; they are on again for who comes after."""
    for name in ASKING:
        own_server.stop_sensor(name)
    yield own_server
    for name in ASKING:
        own_server.start_sensor(name)


@pytest.mark.parametrize(("number", "target"), KILLS, ids=str)
def test_a_killed_rebuild_is_finished_once(
    quiet: Served,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
    number: int,
    target: Target,
) -> None:
    seed = 10 * number + list(Target).index(target)
    for attempt, kill in enumerate(drawn(seed, target)):
        name = f"sim-usdm-k{seed}{'abc'[attempt]}"
        days = simulate(name, [DATE], seed=seed, messages_per_day=3000)
        (day,) = quiet.bring(tmp_path / name, list(days))
        done = rebuilt(quiet, day, kill)
        if done.struck:
            break
    assert done.struck, "nothing was killed: it was over"
    record_property(f"seconds until it was at work again: {kill}", done.lost_s)
    published_once(quiet, day)
    judged_once(quiet, day)
    nothing_is_left(quiet, done)
    assert done.lost_s < SOON_S or not SOAK, "on a machine that has its cores for itself"


def test_a_killed_run_of_a_commands_backfill_is_tried_again(quiet: Served, tmp_path: Path) -> None:
    """Dagster does not: for it the backfill was over before its runs had begun."""
    days = simulate("sim-usdm-bycommand", [DATE], seed=4, messages_per_day=3000)
    (day,) = quiet.bring(tmp_path, list(days))
    backfill = submitted(quiet, [str(key_of(day))])
    (run,) = runs_with(quiet, {"dagster/backfill": backfill})
    until(lambda: quiet.status(run) == "STARTED", "the run begins", FAR_S)
    sigkill(process_of(quiet, run, "ENGINE_EVENT"))
    assert came_to(quiet, backfill) == ("COMPLETED_SUCCESS", ["FAILURE", "SUCCESS"])
    published_once(quiet, day)
    until(lambda: TRIED_BY in quiet.tags(run), "Dagster is told by which run", FAR_S)
