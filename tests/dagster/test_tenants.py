"""A tenant with a long queue keeps no other one waiting; a pool lets no more in than it holds."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.dagster.attempts import FAR_S
from tests.dagster.processes import until
from tests.dagster.served import REPOSITORY, Served

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("gated_server")]
SOAK = os.environ.get("KARAT_SOAK") == "1"
MANY, AT_ONCE, SOON_S = (500 if SOAK else 50), 10, 15
BESIDE = 10
"""So many of the first tenant's may begin while the other's one does: two at a time are let in."""
ALL = """mutation ($given: [ExecutionParams!]!) { launchMultipleRuns(executionParamsList: $given) {
  ... on LaunchMultipleRunsResult { launchMultipleRunsResult {
    ... on LaunchRunSuccess { run { runId } } } } } }"""
END = """mutation ($ids: [String!]!) {
  terminateRuns(runIds: $ids, terminatePolicy: SAFE_TERMINATE) { __typename } }"""


def queued(server: Served, count: int, tenant: str) -> list[str]:
    """Ask for many runs of one tenant in one go; return them."""
    tags = [{"key": "tenant", "value": tenant}]
    one = {"selector": {**REPOSITORY, "jobName": "observe"}, "executionMetadata": {"tags": tags}}
    said = server.ask(ALL, given=[one] * count)["launchMultipleRuns"]
    return [found["run"]["runId"] for found in said["launchMultipleRunsResult"]]


def begun(server: Served, run: str) -> bool:
    """Return whether a run's own process is at work."""
    return server.status(run) not in {"QUEUED", "NOT_STARTED", "STARTING"}


def test_one_request_of_another_tenant_does_not_wait_for_the_first_ones_many(
    gated_server: Served, record_property: Callable[[str, object], None]
) -> None:
    server = gated_server
    many = [run for _ in range(MANY // AT_ONCE) for run in queued(server, AT_ONCE, "first")]
    before = {run for run in many if begun(server, run)}
    one = server.launch("observe", tags={"tenant": "second"})
    try:
        waited = until(lambda: begun(server, one), "the other tenant's run begins", FAR_S)
        record_property("seconds until the other tenant's run began", waited)
        left = [run for run in many if server.status(run) == "QUEUED"]
        assert left, "it did not wait for all that came before it"
        assert len({run for run in many if begun(server, run)} - before) <= BESIDE
        assert waited < SOON_S or not SOAK, "on a machine that has its cores for itself"
    finally:
        still = [run for run in many if server.status(run) == "QUEUED"]
        for n in range(0, len(still), AT_ONCE):
            server.ask(END, ids=still[n : n + AT_ONCE])
    assert server.wait(one) == "SUCCESS", server.why(one)
