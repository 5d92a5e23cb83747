"""From a fault to a letter, and from its repair to another: by the commands, on a lake."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from typer.testing import CliRunner

from karat.cli.main import app
from karat.contracts.timetable import FreshnessRule
from karat.lake.layout import Partition
from karat.notify import standing
from karat.simulation import lost_deltas
from tests.lakefs_double.receiver import Receiver, receiving

pytestmark = pytest.mark.e2e
SPOT = "sim-spot-bbb"
BAD = Partition(SPOT, "2024-03-03")


def karat(place: Any, *words: str) -> tuple[int, Any]:
    told = CliRunner().invoke(app, [*words, "--home", str(place.home), "--json"])
    assert told.exception is None or isinstance(told.exception, SystemExit), told.exception
    return told.exit_code, json.loads(told.stdout)


def told_of(hook: Receiver) -> list[tuple[str, str]]:
    return [(one["sort"], one["event"]) for one in hook.payloads]


def test_a_fault_is_told_once_and_its_repair_too(
    place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiving() as hook:
        monkeypatch.setenv("KARAT_NOTIFY_URL", hook.url)
        assert karat(place, "notify", "send")[1]["wrong"] == []
        place.restate(BAD, lost_deltas(place.raw(BAD), 0.05, 11).raw)
        place.prove()
        hook.status = 500
        code, body = karat(place, "notify", "send")
        assert (code, body["sent"], body["waiting"]) == (1, 0, 2)
        hook.status, hook.payloads = 200, []
        while karat(place, "notify", "send")[1]["waiting"]:
            pass
        assert told_of(hook) == [("fail", "opened"), ("breaker", "opened")]
        assert karat(place, "notify", "send")[1]["sent"] == 0
        assert hook.payloads[1]["summary"].endswith(f"FAIL of {BAD}")
        place.ingest(BAD)  # the first file put back
        place.rebuild()
        place.validate()
        assert karat(place, "notify", "send")[0] == 0
        assert told_of(hook)[2:] == [("breaker", "resolved"), ("fail", "resolved")]


def test_what_came_round_the_gate_is_told(place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as hook:
        monkeypatch.setenv("KARAT_NOTIFY_URL", hook.url)
        with place.lake.session("main") as session:
            session.put(f"book_events/{BAD}.parquet", b"by hand")
            commit = session.commit("By hand")
        place.lake.merge(commit, "main", message="By hand")
        code, body = karat(place, "notify", "send", "--audit")
        assert (code, body["wrong"]) == (0, ["audit/book_events/"])
        assert hook.payloads[0]["details"]


def test_a_late_capture_is_overdue_until_it_comes(place: Any) -> None:
    def clock() -> int:
        return int(dt.datetime(2024, 3, 5, 7, tzinfo=dt.UTC).timestamp())

    first = {"first_day": dt.date(2024, 3, 1)}
    rules = place.contract.model_copy(update=first)
    assert standing(place.lake, rules, clock) == []
    rules = rules.model_copy(update={"freshness": FreshnessRule(hours=6)})
    (late,) = standing(place.lake, rules, clock)
    assert (late.key, late.details) == (
        f"overdue/book_events/{SPOT}",
        ("no capture of 2024-03-04",),
    )
    earlier = rules.model_copy(update={"freshness": FreshnessRule(hours=8)})
    assert standing(place.lake, earlier, clock) == []


def test_the_test_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KARAT_NOTIFY_URL", "")
    told = CliRunner().invoke(app, ["notify", "test"])
    assert (told.exit_code, "KARAT_NOTIFY_URL" in told.stderr) == (2, True)
    with receiving() as hook:
        monkeypatch.setenv("KARAT_NOTIFY_URL", f"{hook.url} {hook.url}2")
        told = CliRunner().invoke(app, ["notify", "test", "--json"])
        assert (told.exit_code, len(json.loads(told.stdout)["receivers"])) == (0, 2)
        hook.status = 404
        told = CliRunner().invoke(app, ["notify", "test"])
        assert (told.exit_code, "answered 404" in told.stdout) == (2, True)


def test_judging_and_publishing_by_hand_tell_as_dagster_does(
    place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.restate(BAD, lost_deltas(place.raw(BAD), 0.05, 11).raw)
    place.rebuild()
    with receiving() as hook:
        monkeypatch.setenv("KARAT_NOTIFY_URL", hook.url)
        for _ in range(2):
            code, body = karat(place, "validate", str(BAD))
            assert (code, body["outcome"]) == (1, "FAIL")
        assert told_of(hook) == [("fail", "opened"), ("breaker", "opened")], "once"
        assert karat(place, "notify", "send")[1]["sent"] == 0
        karat(place, "breaker", "reset", SPOT, "--reason", "the vendor said so")
        assert told_of(hook)[2:] == [("breaker", "resolved"), ("fail", "resolved")]


def test_a_receiver_that_is_down_changes_no_answer(
    place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.restate(BAD, lost_deltas(place.raw(BAD), 0.05, 11).raw)
    place.rebuild()
    with receiving() as hook:
        hook.status = 503
        monkeypatch.setenv("KARAT_NOTIFY_URL", hook.url)
        told = CliRunner().invoke(app, ["validate", str(BAD), "--home", str(place.home), "--json"])
        assert (told.exit_code, json.loads(told.stdout)["outcome"]) == (1, "FAIL")
        assert "nobody was told" in told.stderr
        assert "answered 503" in told.stderr
