"""What is proved, put where people merge it themselves."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from karat.cli.main import app
from karat.errors import GateRefused, NothingToMerge
from karat.flow.proposing import propose
from karat.lake.append import append
from karat.lake.layout import MAIN, Partition
from karat.simulation import corrected, lost_deltas
from tests.journeys.conftest import CONTRACT
from tests.journeys.merging import asked, note_of, path_of
from tests.journeys.test_gate import restated

pytestmark = pytest.mark.e2e
ALONE, OTHER = (Partition("sim-spot-bbb", f"2024-03-{n:02}") for n in (2, 3))


def test_it_holds_bytes_and_notes_and_is_the_same_each_time(place: Any) -> None:
    lake, audit = place.lake, restated(place)
    name = propose(lake, place.contract, audit, store=place.store)
    assert propose(lake, place.contract, audit, store=place.store) == name
    assert {c.path for c in lake.diff(MAIN, name)} == {path_of(ALONE), note_of(ALONE)}
    assert lake.merge_base(MAIN, name) == lake.head(MAIN)
    lake.merge(name, MAIN, message="by hand", expected_head=lake.head(MAIN))
    assert place.cut().version == "1.0.1"
    for branch in (MAIN, audit):
        with pytest.raises(NothingToMerge, match="nothing to propose"):
            propose(lake, place.contract, branch, store=place.store)
    assert [ref.name for ref in lake.branches("proposed-")] == [name]


def test_a_proposal_that_was_only_begun_is_filled(place: Any) -> None:
    lake, audit = place.lake, restated(place)
    name = propose(lake, place.contract, audit, store=place.store)
    lake.delete_branch(name)
    lake.create_branch(name, MAIN)  # as a process leaves it that is killed
    assert propose(lake, place.contract, audit, store=place.store) == name
    assert {c.path for c in lake.diff(MAIN, name)} == {path_of(ALONE), note_of(ALONE)}


def test_when_main_has_moved_it_is_proposed_again(place: Any) -> None:
    lake, audit, head = place.lake, restated(place), place.lake.head(MAIN)
    old = propose(lake, place.contract, audit, store=place.store)
    append(lake, MAIN, {"raw/notes.txt": b"1"}, message="main moves on")
    stale = asked(place, old, head)
    assert set(stale.reasons) == {"expected-head"}
    assert "judge it again" in stale.reasons["expected-head"]
    new = propose(lake, place.contract, audit, store=place.store)
    assert new != old
    assert asked(place, new).admitted
    assert asked(place, old).admitted  # judged is the merged tree: on the head that is named now


def test_all_that_is_asked_for_or_nothing(place: Any) -> None:
    place.restate(ALONE, corrected(place.raw(ALONE)))
    place.restate(OTHER, lost_deltas(place.raw(OTHER), 0.01, 3).raw)
    audit = place.prove()
    with pytest.raises(GateRefused, match=str(OTHER)):
        propose(place.lake, place.contract, audit, store=place.store)
    assert not list(place.lake.branches("proposed-"))
    assert asked(place, propose(place.lake, place.contract, audit, [ALONE], store=place.store))
    with pytest.raises(GateRefused, match="it changes nothing"):
        propose(place.lake, place.contract, audit, [], store=place.store)


def test_the_command_names_the_branch_and_the_metadata(place: Any) -> None:
    audit, head = restated(place), place.lake.head(MAIN)
    words = ["gate", "propose", audit, "--home", str(place.home), "--contract", str(CONTRACT)]
    words += ["--lake", str(place.home / "lake")]
    told = CliRunner().invoke(app, [*words, "--json"])
    body = json.loads(told.stdout)
    assert (told.exit_code, body["metadata"]) == (0, {"expected-head": head})
    assert body["branch"] in {ref.name for ref in place.lake.branches()}
    assert body["branch"] in CliRunner().invoke(app, words).output
