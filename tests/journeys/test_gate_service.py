"""The gate's service, as a process of its own that is asked over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from karat.flow.proposing import propose
from karat.lake.layout import MAIN, Partition
from karat.simulation import corrected
from tests.journeys.conftest import CONTRACT
from tests.journeys.gate_process import TOKEN, Gate, question, serving
from tests.journeys.merging import branch_of, merged, path_of
from tests.journeys.test_gate import other_bytes

pytestmark = pytest.mark.e2e
ALONE = Partition("sim-spot-bbb", "2024-03-02")


def bad(place: Any) -> Any:
    """Ask to merge bytes that have no PASS."""
    files = {path_of(ALONE): other_bytes(place, ALONE)}
    return merged(place.lake, branch_of(place.lake, place.lake.head(MAIN), files))


def good(place: Any) -> Any:
    """Ask to merge what is proved."""
    place.restate(ALONE, corrected(place.raw(ALONE)))
    source = propose(place.lake, place.contract, place.prove(), store=place.store)
    return merged(place.lake, source)


def served(place: Any) -> Any:
    return serving(place.home, str(place.home / "lake"), "--contract", str(CONTRACT))


def test_it_admits_what_is_proved_and_says_why_it_refuses(place: Any) -> None:
    proved, head = good(place), place.lake.head(MAIN)
    with served(place) as gate:
        status, told = gate.ask(question(proved))
        assert (status, told["allow"], told["reasons"], told["root"]) == (200, True, {}, "PASS")
        assert gate.ask(question(proved)) == (status, told)
        status, told = gate.ask(question(bad(place)))
        assert (status, told["allow"], set(told["reasons"])) == (403, False, {str(ALONE)})
        assert place.lake.head(MAIN) == head
        assert gate.ask(question(proved)) == (200, gate.ask(question(proved))[1])
        assert gate.stop() == 0
    assert TOKEN not in gate.log
    assert "admitted" in gate.log
    assert "refused" in gate.log


def test_it_refuses_whatever_is_no_question(place: Any) -> None:
    asked = question(bad(place))
    with served(place) as gate:
        for token in (None, "", TOKEN[:-1], TOKEN + "x"):
            assert gate.ask(asked, token=token)[0] == 401
        assert gate.ask(b"{")[0] == 400
        assert gate.ask(asked | {"event_type": "post-merge"})[0] == 400
        assert gate.ask(asked | {"branch_id": "work"})[0] == 400
        assert gate.ask(asked | {"commit_metadata": {"expected-head": "\ud800"}})[0] == 400
        assert gate.ask(asked | {"commit_id": "\x00/../%2e\n"})[0] == 404
        assert gate.ask(b" " * (2 << 20))[0] == 413
        assert gate.ask(asked | {"commit_id": "0" * 64})[0] == 404
        assert gate.ask(asked | {"commit_id": "main~1"})[0] == 404
        assert gate.get("/hooks/pre-merge")[0] == 405
        for status, body in (gate.ask(b"{"), gate.ask(asked, token=None)):
            assert status >= 400
            assert body["allow"] is False
            assert body["reasons"]


def test_its_health_and_counts_need_no_secret(place: Any) -> None:
    proved = question(good(place))
    with served(place) as gate:
        assert gate.get("/healthz")[0] == 200
        gate.ask(proved)
        gate.ask(proved, token=None)
        status, text = gate.get("/metrics")
        assert status == 200
        for line in (
            'karat_gate_answers_total{status="200"} 1.0',
            'karat_gate_answers_total{status="401"} 1.0',
            "karat_gate_partitions_total 1.0",
            "karat_gate_judging_seconds_count 1.0",
            "karat_gate_reasons_total 0.0",
            "karat_gate_under_way 0.0",
            "karat_gate_remembered ",
            "process_resident_memory_bytes ",
        ):
            assert line in text
        assert TOKEN not in text


def test_a_lake_that_is_gone_refuses_until_it_is_back(place: Any) -> None:
    proved = question(good(place))
    with served(place) as gate:
        lake, away = place.home / "lake", place.home / "away"
        lake.rename(away)
        lake.write_bytes(b"")
        status, told = gate.ask(proved)
        assert status >= 400
        assert told["allow"] is False
        lake.unlink()
        away.rename(lake)
        assert gate.ask(proved)[0] == 200


def test_many_may_ask_at_once_and_each_is_answered(place: Any) -> None:
    questions = [question(good(place)), question(bad(place))] * 20
    with served(place) as gate, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(gate.ask, questions))
    assert [status for status, _ in answers] == [200, 403] * 20
    assert len({str(told) for _, told in answers}) == 2


def test_it_does_not_start_without_a_secret_or_a_free_port(place: Any) -> None:
    for token in ("", "short", "sixteen letters é"):
        with (
            pytest.raises(AssertionError, match="KARAT_GATE_TOKEN"),
            serving(place.home, str(place.home / "lake"), more={"KARAT_GATE_TOKEN": token}),
        ):
            pass
    with served(place) as gate:
        port = gate.url.rpartition(":")[2]
        with (
            pytest.raises(AssertionError, match="name another"),
            serving(place.home, str(place.home / "lake"), "--port", port),
        ):
            pass


def test_a_lake_that_never_was_is_said_at_once(tmp_path: Path) -> None:
    with (
        pytest.raises(AssertionError, match="no lake"),
        serving(tmp_path, str(tmp_path / "nothing")),
    ):
        pass


def test_a_signal_that_comes_at_once_is_heard(place: Any) -> None:
    with served(place) as gate:
        assert isinstance(gate, Gate)
        assert gate.url.startswith("http://127.0.0.1:")
        assert gate.stop() == 0
