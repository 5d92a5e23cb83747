"""A lake that is slow or gone, and a gate that was just started: refused in time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from karat.flow.proposing import propose
from karat.lake.lakefs import LakeFSLake
from karat.lake.layout import Partition
from karat.lake.mirroring import mirror
from karat.signing import KeyFiles
from karat.simulation import corrected
from tests.journeys.conftest import CONTRACT
from tests.journeys.gate_process import Gate, question, serving
from tests.journeys.merging import merged
from tests.lakefs_double.faults import Fault
from tests.lakefs_double.lakes import access, url
from tests.lakefs_double.server import Double
from tests.lakefs_double.server import serving as serving_double
from tests.lakefs_double.state import Server

pytestmark = pytest.mark.e2e
ALONE = Partition("sim-spot-bbb", "2024-03-02")
PATIENCE_S, SLOW_S = 2, 6


@dataclass
class Slow:
    """A proved merge of a lake on lakeFS, and how a gate for it is started."""

    place: Any
    double: Double
    asked: dict[str, Any]

    def gate(self) -> Any:
        state = self.double.state
        known = {
            "LAKECTL_SERVER_ENDPOINT_URL": self.double.url,
            "LAKECTL_CREDENTIALS_ACCESS_KEY_ID": state.key_id,
            "LAKECTL_CREDENTIALS_SECRET_ACCESS_KEY": state.secret,
        }
        words = "--contract", str(CONTRACT), "--patience", str(PATIENCE_S)
        return serving(self.place.home, url(self.double), *words, more=known)

    def refused_in_time(self, gate: Gate) -> None:
        """Ask, and see that it is refused as soon as it is said to be."""
        began = time.monotonic()
        status, told = gate.ask(self.asked)
        assert (status, told["allow"]) == (503, False)
        assert told["reasons"]
        assert time.monotonic() - began < PATIENCE_S + 2


@pytest.fixture
def slow(place: Any, tmp_path: Any) -> Iterator[Slow]:
    place.restate(ALONE, corrected(place.raw(ALONE)))
    source = propose(place.lake, place.contract, place.prove(), store=place.store)
    with serving_double(Server()) as double:
        keys = KeyFiles.below(place.home).keyring(url(double))
        lake = LakeFSLake(url(double), access(double, tmp_path / "cache"), keys=keys)
        mirror(place.lake, lake)
        with lake.session("main") as session:
            for change in place.lake.diff("main", source):
                session.put(change.path, place.lake.local_path(source, change.path))
            there = merged(lake, session.commit("propose"))
        yield Slow(place, double, question(there))


def test_a_slow_lake_is_refused_in_time_and_the_gate_is_there_when_it_is_back(slow: Slow) -> None:
    with slow.gate() as gate:
        slow.double.faults.add(Fault("", "slow", times=2, seconds=SLOW_S))
        slow.refused_in_time(gate)
        assert gate.get("/healthz")[0] in {200, 503}
        for _ in range(20):
            status, told = gate.ask(slow.asked)
            if status == 200:
                break
            time.sleep(0.5)
        assert (status, told["allow"], told["root"]) == (200, True, "PASS")
        assert gate.ask(slow.asked) == (status, told)
        assert gate.stop() == 0
    with slow.gate() as gate:  # started again, with nothing remembered but what the store has
        assert gate.ask(slow.asked) == (200, told)


def test_a_lake_that_is_gone_refuses_and_a_signal_is_heard_meanwhile(slow: Slow) -> None:
    with slow.gate() as gate:
        slow.double.faults.add(Fault("", "slow", times=100, seconds=3 * SLOW_S))
        slow.refused_in_time(gate)
        status, told = gate.get("/healthz")
        assert (status, "unavailable" in told) == (503, True)
        began = time.monotonic()
        assert gate.stop() == 0
        assert time.monotonic() - began < SLOW_S
    assert "Traceback" not in gate.log
