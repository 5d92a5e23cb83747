"""A tenant with a long queue keeps no other one waiting; a pool lets no more in than it holds."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.dagster.attempts import FAR_S
from tests.dagster.long_cases import long_case
from tests.dagster.processes import until
from tests.dagster.served import Served

pytestmark = [pytest.mark.e2e, long_case, pytest.mark.xdist_group("gated_server")]
SOAK = os.environ.get("KARAT_SOAK") == "1"
MANY, SOON_S = (500 if SOAK else 50), 15
END = """mutation ($ids: [String!]!) {
  terminateRuns(runIds: $ids, terminatePolicy: SAFE_TERMINATE) { __typename } }"""


def test_one_request_of_another_tenant_does_not_wait_for_the_first_ones_many(
    gated_server: Served, record_property: Callable[[str, object], None]
) -> None:
    server = gated_server
    many = [server.launch("observe", tags={"tenant": "first"}) for _ in range(MANY)]
    one = server.launch("observe", tags={"tenant": "second"})
    try:
        waited = until(lambda: begun(server, one), "the other tenant's run begins", FAR_S)
        record_property("seconds until the other tenant's run began", waited)
        left = [run for run in many if server.status(run) == "QUEUED"]
        assert len(left) > MANY // 2, "it overtook most of those that came before it"
        assert waited < SOON_S or not SOAK, "on a machine that has its cores for itself"
    finally:
        server.ask(END, ids=[run for run in many if server.status(run) == "QUEUED"])


def begun(server: Served, run: str) -> bool:
    """Return whether a run's own process is at work."""
    return server.status(run) not in {"QUEUED", "NOT_STARTED", "STARTING"}
