"""The gate on lakeFS, through its official client alone: who does not ask is asked about."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from lakefs_sdk import Merge
from lakefs_sdk.client import LakeFSClient
from lakefs_sdk.exceptions import ApiException
from typer.testing import CliRunner

from karat.cli.main import app
from karat.digest import bytes_digest
from karat.errors import DatasetRefused, GateRefused
from karat.flow import adopt_golden, build_golden
from karat.flow.proposing import propose
from karat.gate.action import FILE, NOTE
from karat.gate.installing import VARIABLE, installed
from karat.lake.lakefs import LakeFSLake
from karat.lake.layout import MAIN, Partition, golden_current_path
from karat.lake.mirroring import mirror
from karat.signing import KeyFiles
from karat.simulation import corrected
from tests.journeys.conftest import CONTRACT
from tests.journeys.gate_process import TOKEN, Gate
from tests.journeys.gate_process import serving as gate_serving
from tests.journeys.merging import branch_of, note_of, path_of
from tests.journeys.test_gate import BARE, BEFORE, other_bytes
from tests.journeys.test_publishing import shallower
from tests.lakefs_double import history
from tests.lakefs_double.clients import REPOSITORY, branch_with, head, merge, official, upload_as
from tests.lakefs_double.clients import commit as commit_now
from tests.lakefs_double.lakes import access, url
from tests.lakefs_double.server import Double, serving
from tests.lakefs_double.state import Server

pytestmark = pytest.mark.e2e
ALONE = Partition("sim-spot-bbb", "2024-03-02")


@dataclass
class Gated:
    """A workplace whose lake is on lakeFS, with the gate beside it, installed."""

    place: Any
    double: Double
    sdk: LakeFSClient
    gate: Gate
    environment: dict[str, str]

    def install(self, *words: str) -> Any:
        """Run karat gate install."""
        known = {"--url": self.gate.url, "--lake": url(self.double), "--who": "ops"}
        known["--home"] = str(self.place.home)
        told = [word for pair in known.items() for word in pair]
        return CliRunner().invoke(app, ["gate", "install", *told, *words], env=self.environment)

    def refused(self, branch: str, **facts: str) -> str:
        """Merge by the official client; what it is told. The head stays."""
        before = head(self.sdk)
        with pytest.raises(ApiException) as caught:
            merge(self.sdk, branch, **facts)
        assert caught.value.status == 412
        assert head(self.sdk) == before
        return str(caught.value.body)

    def admitted(self, branch: str) -> str:
        """Merge by the official client; the commit, which has two parents."""
        before = head(self.sdk)
        asked = Merge(message="by hand", metadata={"expected-head": before})
        done = self.sdk.refs_api.merge_into_branch(REPOSITORY, branch, "main", merge=asked)
        commit = self.sdk.commits_api.get_commit(REPOSITORY, done.reference)
        assert commit.parents == [before, head(self.sdk, branch)]
        assert head(self.sdk) == commit.id
        return str(commit.id)

    def audited(self) -> list[str]:
        """Run karat audit; the commits that it names."""
        words = ["audit", "--lake", url(self.double), "--contract", str(CONTRACT), "--json"]
        told = CliRunner().invoke(app, words, env=self.environment)
        found = [one["commit"] for one in json.loads(told.stdout)["unproved"]]
        assert told.exit_code == bool(found), told.output
        return found

    @contextmanager
    def unasked(self) -> Iterator[None]:
        """Have the server run no hooks, as one does whose operator turned them off."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(history, "before_merge", lambda *_: None)
            yield


@pytest.fixture
def gated(place: Any, tmp_path: Any) -> Iterator[Gated]:
    with serving(Server(environment={VARIABLE: TOKEN})) as double:
        keys = KeyFiles.below(place.home).keyring(url(double))
        lake = LakeFSLake(url(double), access(double, tmp_path / "cache"), keys=keys)
        mirror(place.lake, lake)
        place.__dict__["lake"] = lake
        state = double.state
        environment = {
            "LAKECTL_SERVER_ENDPOINT_URL": double.url,
            "LAKECTL_CREDENTIALS_ACCESS_KEY_ID": state.key_id,
            "LAKECTL_CREDENTIALS_SECRET_ACCESS_KEY": state.secret,
            "KARAT_HOME": str(place.home),
        }
        words = place.home, url(double), "--contract", str(CONTRACT)
        with gate_serving(*words, more=environment) as gate:
            ready = Gated(place, double, official(double), gate, os.environ | environment)
            told = ready.install()
            assert told.exit_code == 0, told.output
            yield ready


def by_hand(gated: Gated, files: dict[str, Any]) -> str:
    """Return a branch made now, by name, with files of anybody."""
    lake = gated.place.lake
    commit = branch_of(lake, lake.head(MAIN), files)
    lake.create_branch("by-hand", commit, exist_ok=True)
    return "by-hand"


def test_an_unproved_branch_is_refused_and_main_stays(gated: Gated) -> None:
    source = by_hand(gated, {path_of(ALONE): other_bytes(gated.place, ALONE)})
    assert "status code: 403" in gated.refused(source)
    lake = gated.place.lake
    with pytest.raises(GateRefused) as caught:
        lake.merge(source, MAIN, message="mine", expected_head=lake.head(MAIN))
    assert set(caught.value.reasons) == {str(ALONE)}
    assert "another raw or opening book" in caught.value.reasons[str(ALONE)]


def test_a_proved_branch_is_one_merge(gated: Gated) -> None:
    place = gated.place
    place.restate(ALONE, corrected(place.raw(ALONE)))
    source = propose(place.lake, place.contract, place.prove(), store=place.store)
    assert "403" in gated.refused(source)  # without the head it was judged on
    gated.admitted(source)
    assert place.cut().version == "1.0.1"


def test_what_karat_publishes_goes_through(gated: Gated) -> None:
    place = gated.place
    place.restate(ALONE, corrected(place.raw(ALONE)))
    assert place.publish(place.prove()).published == (ALONE,)


def test_a_merge_that_breaks_the_chain_is_refused_naming_the_pair(gated: Gated) -> None:
    place = gated.place
    place.restate(BEFORE, shallower(place.raw(BEFORE)))
    place.restate(BARE, corrected(place.raw(BARE)))
    lake = place.lake
    whole = propose(lake, place.contract, place.prove(), store=place.store)
    for day, other, name in ((BEFORE, BARE, "one"), (BARE, BEFORE, "two")):
        files = {path: lake.local_path(whole, path) for path in (path_of(day), note_of(day))}
        lake.create_branch(name, branch_of(lake, lake.head(MAIN), files))
        assert "403" in gated.refused(name, **{"expected-head": head(gated.sdk)})
        with pytest.raises(GateRefused) as caught:
            lake.merge(name, MAIN, message="mine", expected_head=lake.head(MAIN))
        assert set(caught.value.reasons) == {str(day)}
        assert str(other) in caught.value.reasons[str(day)]
    merge(gated.sdk, "two", "one")  # main is not asked for: both are on one branch now
    gated.admitted("one")


def test_golden_days_are_adopted_through_the_gate(gated: Gated) -> None:
    place, days = gated.place, sorted(gated.place.validate().verdicts)
    manifest = build_golden(
        place.lake, place.contract, MAIN, days[:1], days[1:2], store=place.store
    )
    before = head(gated.sdk)
    assert adopt_golden(place.lake, manifest, who="ops", reason="first") == head(gated.sdk)
    assert head(gated.sdk) != before
    assert adopt_golden(place.lake, manifest, who="ops", reason="again") == head(gated.sdk)
    spoiled = by_hand(gated, {golden_current_path("book_events"): b"{}"})
    assert "403" in gated.refused(spoiled, **{"expected-head": head(gated.sdk)})


def test_bytes_that_are_not_what_their_writer_says_are_refused_and_named(gated: Gated) -> None:
    """They are as long as those that were proved, and a copy of those is on this machine."""
    place, lake, sdk = gated.place, gated.place.lake, gated.sdk
    place.restate(ALONE, corrected(place.raw(ALONE)))
    source = propose(lake, place.contract, place.prove(), store=place.store)
    proved = lake.stat(source, path_of(ALONE))
    upload_as(sdk, source, path_of(ALONE), b"x" * proved.size, proved.content_hash)
    commit_now(sdk, source)
    assert lake.stat(source, path_of(ALONE)).content_hash == proved.content_hash
    assert "403" in gated.refused(source, **{"expected-head": head(sdk)})
    with pytest.raises(GateRefused) as caught:
        lake.merge(source, MAIN, message="mine", expected_head=lake.head(MAIN))
    assert "is said to have" in caught.value.reasons[str(ALONE)]
    with gated.unasked():
        commit = merge(sdk, source)
    assert gated.audited() == [commit]
    with pytest.raises(DatasetRefused, match=str(ALONE)):
        place.cut()


def test_a_golden_manifest_of_other_bytes_than_its_writer_says_is_refused(gated: Gated) -> None:
    name = bytes_digest(b"cells")
    branch_with(gated.sdk, "forged", {"readme": b"1"})
    upload_as(gated.sdk, "forged", f"_karat/golden/{name}.cells", b"other", name)
    commit_now(gated.sdk, "forged")
    assert gated.place.lake.stat("forged", f"_karat/golden/{name}.cells").content_hash == name
    assert "403" in gated.refused("forged", **{"expected-head": head(gated.sdk)})


def test_a_branch_from_before_the_action_is_not_asked_about_and_the_audit_names_it(
    gated: Gated,
) -> None:
    place, lake = gated.place, gated.place.lake
    early = list(lake.log(MAIN, first_parent=True))[1].id
    assert not list(lake.list(early, FILE))
    data = {path_of(ALONE): other_bytes(place, ALONE)}
    lake.create_branch("early", branch_of(lake, early, data))
    commit = merge(gated.sdk, "early")
    assert head(gated.sdk) == commit
    assert gated.audited() == [commit]
    with pytest.raises(DatasetRefused, match=str(ALONE)):
        place.cut()


def test_a_rejudged_branch_whose_data_did_not_change_is_admitted(gated: Gated) -> None:
    place = gated.place
    place.restate(ALONE, place.raw(ALONE), compression="gzip")  # the same rows in other bytes
    assert place.rebuild().branch is None
    source = propose(place.lake, place.contract, MAIN, [ALONE], store=place.store)
    assert [change.path for change in place.lake.diff(MAIN, source)] == [note_of(ALONE)]
    gated.admitted(source)


def test_the_action_is_there_once_signed_and_nobody_changes_it(gated: Gated) -> None:
    before = head(gated.sdk)
    assert installed(gated.place.lake) is not None
    assert "it was there already" in gated.install().output
    assert head(gated.sdk) == before
    other = gated.install("--timeout", "30")
    assert other.exit_code == 0, other.output
    assert head(gated.sdk) != before
    action = gated.place.lake.list(MAIN, FILE)
    assert [one.path for one in action] == [FILE]
    spoiled = by_hand(gated, {NOTE: b"{}"})
    with pytest.raises(GateRefused):
        gated.place.lake.merge(spoiled, MAIN, message="mine")


def test_who_edits_the_action_is_refused_by_the_action_that_stays(gated: Gated) -> None:
    data = {"_lakefs_actions/more.yaml": b"name: more\non: {pre-merge: {}}\nhooks: []\n"}
    branch_with(gated.sdk, "meddling", data)
    assert "403" in gated.refused("meddling")


def test_a_gate_that_does_not_answer_is_not_installed(gated: Gated) -> None:
    gated.gate.stop()
    before = head(gated.sdk)
    told = gated.install("--timeout", "7")
    assert told.exit_code == 1
    assert "refused" in told.output
    assert head(gated.sdk) == before


def test_the_script_stands_in_for_a_service(gated: Gated) -> None:
    lake = gated.place.lake
    words = ["--lua", "--contract", str(CONTRACT)]
    told = CliRunner().invoke(
        app, ["gate", "install", *words, "--lake", url(gated.double)], env=gated.environment
    )
    assert told.exit_code == 0, told.output
    gated.gate.stop()
    source = by_hand(
        gated, {path_of(ALONE): other_bytes(gated.place, ALONE), note_of(ALONE): b"{}"}
    )
    assert "pre-merge hook aborted" in gated.refused(source)
    gated.place.restate(ALONE, corrected(gated.place.raw(ALONE)))
    audit = gated.place.prove()
    gated.admitted(propose(lake, gated.place.contract, audit, store=gated.place.store))


@pytest.mark.parametrize("words", [[], ["--lua"]])
def test_it_is_one_or_the_other(tmp_path: Any, words: list[str]) -> None:
    more = ["--url", "http://127.0.0.1:1"] if words else []
    told = CliRunner().invoke(app, ["gate", "install", *words, *more, "--home", str(tmp_path)])
    assert (told.exit_code, "and not both" in told.output) == (2, True)
