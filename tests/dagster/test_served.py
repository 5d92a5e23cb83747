"""The processes that other tests share: they come up, run what is launched, and end."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from karat.simulation import simulate
from tests.dagster.served import Served

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("dagster_server")]


def test_a_day_is_rebuilt_judged_and_published_by_a_click(
    dagster_server: Served, tmp_path: Path
) -> None:
    days = simulate("sim-usdm-click", [dt.date(2024, 1, 1)], seed=4, messages_per_day=2000)
    (day,) = dagster_server.bring(tmp_path, list(days))
    run = dagster_server.launch("rebuild", day)
    assert dagster_server.wait(run) == "SUCCESS", dagster_server.why(run)
    named = {"training_dataset": {"name": "click", "partitions": ["sim-usdm-click/*"]}}
    assert dagster_server.did("train", config=named) == "SUCCESS"
    named["training_dataset"]["partitions"] = ["sim-usdm-nobody/*"]
    run = dagster_server.launch("train", config=named)
    assert dagster_server.wait(run) == "FAILURE"
    assert "nobody" in dagster_server.why(run)["training_dataset"]
