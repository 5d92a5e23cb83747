"""Main rolled back where lakeFS asks the gate before each merge, by Dagster's job."""

from typing import Any

import dagster as dg
import pytest

from karat.cli.settings import Settings
from karat.definitions import compose
from karat.errors import GateRefused
from karat.gate.rollback_record import Rollback
from karat.jobs import run_in_process
from karat.lake.layout import MAIN, Partition
from karat.resources.dagster_private import without_previews
from karat.simulation import corrected
from karat.verdicts import record
from tests.journeys.merging import branch_of, note_of, path_of
from tests.journeys.test_gate import other_bytes
from tests.journeys.test_gate_on_lakefs import ALONE, Gated, gated
from tests.lakefs_double.lakes import url

__all__ = ["gated"]
pytestmark = pytest.mark.e2e
STRANGER = Partition("sim-spot-bbb", "2024-03-28")
WHO = {"do": True, "who": "the owner", "reason": "a script wrote to main"}


def job(gated: Gated, patch: pytest.MonkeyPatch, **config: Any) -> dg.ExecuteInProcessResult:
    """Run Dagster's rollback job on the lake behind the gate."""
    environment = gated.environment | {"KARAT_LAKE": url(gated.double)}
    for name, value in environment.items():
        patch.setenv(name, value)
    with without_previews(), dg.DagsterInstance.ephemeral() as instance:
        made = compose(Settings.from_environment(environment))
        return run_in_process(made, "rollback", instance, config={"rollback_main": config})


def written(gated: Gated, files: dict[str, Any], gone: tuple[str, ...] = ()) -> str:
    """Return main's commit after somebody wrote to it while no hook ran."""
    lake, head = gated.place.lake, gated.place.lake.head(MAIN)
    with gated.unasked():
        return str(lake.merge(branch_of(lake, head, files, gone=gone), MAIN, message="by a script"))


def held(gated: Gated) -> dict[str, str]:
    return {one.path: one.content_hash for one in gated.place.lake.list(MAIN, "book_events/")}


def test_it_goes_through_the_gate_on_record(gated: Gated, monkeypatch: pytest.MonkeyPatch) -> None:
    place, valid = gated.place, held(gated)
    wrong = other_bytes(place, ALONE)
    bad = written(gated, {path_of(ALONE): wrong, path_of(STRANGER): wrong})
    shown = job(gated, monkeypatch)
    assert shown.success
    assert held(gated) != valid, "it was only shown"
    place.restate(ALONE, corrected(place.raw(ALONE)))
    assert job(gated, monkeypatch, **WHO).success, "also where the capture is newer, and a day goes"
    assert held(gated) == valid
    assert gated.audited() == [bad], "the rollback is no finding"
    place.publish(place.prove())
    assert held(gated).keys() == valid.keys()


def test_a_record_lets_nothing_through_but_what_main_held(gated: Gated) -> None:
    place, lake = gated.place, gated.place.lake
    valid, wrong = lake.head(MAIN), other_bytes(place, ALONE)
    never = branch_of(lake, valid, {path_of(ALONE): wrong})
    bad = written(gated, {path_of(ALONE): wrong})
    for target, files, gone in (
        (never, {path_of(ALONE): b"other"}, ()),
        (valid, {path_of(ALONE): b"other"}, ()),
        (valid, {}, (path_of(ALONE), note_of(ALONE))),
    ):
        said = Rollback("book_events", bad, target, "me", "why", 1)
        record(lake, {said.path: said.encode()}, "Begin")
        with pytest.raises(GateRefused) as caught:
            lake.merge(branch_of(lake, bad, files, gone=gone), MAIN, message="x", expected_head=bad)
        assert set(caught.value.reasons) == {str(ALONE)}


def test_what_is_no_partition_goes_too(gated: Gated, monkeypatch: pytest.MonkeyPatch) -> None:
    valid = held(gated)
    bad = written(gated, {"book_events/notes.txt": b"by a script"})
    assert held(gated) != valid
    assert job(gated, monkeypatch, **WHO).success
    assert held(gated) == valid
    assert gated.audited() == [bad]
