"""What came to main round the gate is named by its commit, and nothing reads it."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from karat.cli.main import app
from karat.errors import DatasetRefused, InputError
from karat.flow import waive
from karat.flow.note import Note
from karat.gate.auditing import Audit, audit
from karat.lake.append import append
from karat.lake.layout import MAIN, Partition
from karat.signing import KeyFiles
from karat.simulation import corrected, lost_deltas
from karat.store import MemoryStore
from tests.journeys.merging import branch_of, note_of, path_of
from tests.journeys.test_gate import BARE, BEFORE, other_bytes, restated
from tests.journeys.test_publishing import shallower

pytestmark = pytest.mark.e2e

ALONE = Partition("sim-spot-bbb", "2024-03-02")


def audited(place: Any, **options: Any) -> Audit:
    return audit(place.lake, [place.contract], store=place.store, **options)


def merge(place: Any, files: dict[str, Any], *, gone: tuple[str, ...] = ()) -> str:
    """Merge by hand, as whoever does not ask."""
    source = branch_of(place.lake, place.lake.head(MAIN), files, gone=gone)
    commit: str = place.lake.merge(source, MAIN, message="By hand")
    return commit


def note(place: Any, day: Partition) -> Note:
    with place.lake.open(MAIN, note_of(day)) as stream:
        return Note.decode(stream.read(), str(day))


def test_a_lake_that_only_karat_wrote_to_is_clean(place: Any) -> None:
    restated(place)
    place.publish(place.prove())
    found = audited(place)
    assert (found.unproved, found.gated) == ((), 2)
    assert found.commits == len(list(place.lake.log(MAIN, first_parent=True))) - 1


@pytest.mark.parametrize("store", [None, MemoryStore()], ids=["known", "read again"])
def test_unproved_bytes_are_named_with_their_commit_and_refused(place: Any, store: Any) -> None:
    commit = merge(place, {path_of(ALONE): other_bytes(place, ALONE)})
    (one,) = audit(place.lake, [place.contract], store=store or place.store).unproved
    assert (one.commit, one.message) == (commit, "By hand")
    assert "speaks of other bytes" in one.reasons[str(ALONE)]
    with pytest.raises(DatasetRefused, match=str(ALONE)):
        place.cut()


def test_who_puts_it_right_does_not_undo_what_happened(place: Any) -> None:
    with place.lake.open(MAIN, path_of(ALONE)) as stream:
        good = stream.read()
    commit = merge(place, {path_of(ALONE): other_bytes(place, ALONE)})
    merge(place, {path_of(ALONE): good})
    assert [one.commit for one in audited(place).unproved] == [commit]
    assert audited(place, since=commit).unproved == ()
    assert audited(place, since=commit).commits == 1


@pytest.mark.parametrize("field", ["verdict", "content", "build"])
def test_a_note_of_something_else_is_found(place: Any, field: str) -> None:
    said = note(place, ALONE)
    for wrong in ("0" * 64, "none"):
        named = {name: getattr(said, name) for name in Note.__slots__} | {field: wrong}
        merge(place, {note_of(ALONE): Note(**named).encode()})
    assert [set(one.reasons) for one in audited(place).unproved] == [{str(ALONE)}] * 2


def test_what_is_taken_away_or_strange_is_found(place: Any) -> None:
    commits = [
        merge(place, {}, gone=(note_of(ALONE),)),
        merge(place, {}, gone=(path_of(ALONE),)),
        merge(place, {"book_events/x": b"1"}),
        merge(place, {note_of(ALONE): b"{}"}),
    ]
    found = audited(place).unproved
    assert [one.commit for one in found] == commits[::-1]
    assert [list(one.reasons) for one in found[1:]] == [["book_events/x"], *[[str(ALONE)]] * 2]


def test_a_raw_that_was_not_built_from_is_found(place: Any) -> None:
    audit_branch = restated(place)
    data = place.lake.local_path(audit_branch, path_of(ALONE))
    place.publish(audit_branch)
    said = note(place, ALONE).encode()
    place.restate(ALONE, corrected(corrected(place.raw(ALONE))))
    merge(place, {path_of(ALONE): other_bytes(place, ALONE)})
    late = merge(place, {path_of(ALONE): data, note_of(ALONE): said})
    reasons = {one.commit: one.reasons for one in audited(place).unproved}
    assert "no build of these bytes from the raw capture" in reasons[late][str(ALONE)]


def test_a_chain_that_broke_is_found_and_names_the_pair(place: Any) -> None:
    place.restate(BEFORE, shallower(place.raw(BEFORE)))
    place.restate(BARE, corrected(place.raw(BARE)))
    branch, lake = place.prove(), place.lake
    data = lake.local_path(branch, path_of(BEFORE))
    place.publish(branch)
    broken = {path_of(BEFORE): data, note_of(BEFORE): note(place, BEFORE).encode()}
    assert audited(place).unproved == ()
    first = next(c for c in lake.log(MAIN, first_parent=True) if c.message.startswith("Publish"))
    with lake.open(first.parents[0], path_of(BEFORE)) as stream:
        old = {path_of(BEFORE): stream.read()}
    with lake.open(first.parents[0], note_of(BEFORE)) as stream:
        old |= {note_of(BEFORE): stream.read()}
    merge(place, old)
    merge(place, broken)
    (one,) = audited(place).unproved
    assert str(BARE) in one.reasons[str(BEFORE)]


def test_a_waiver_that_was_in_force_that_day_counts(place: Any) -> None:
    place.restate(ALONE, lost_deltas(place.raw(ALONE), 0.002, 11).raw)
    branch = place.prove()
    how: dict[str, Any] = {"who": "ops", "reason": "outage", "until": "2999-12-31"}
    how["critical"] = True
    waive(place.lake, place.contract, ALONE, **how, store=place.store)
    assert place.publish(branch).waived
    assert audited(place).unproved == ()
    merge(place, {note_of(ALONE): Note(**_without_waiver(note(place, ALONE))).encode()})
    (one,) = audited(place).unproved
    assert one.reasons[str(ALONE)].startswith("FAIL")


def _without_waiver(said: Note) -> dict[str, str]:
    return {name: getattr(said, name) for name in ("verdict", "content", "build")}


def test_what_a_revoked_key_proved_is_found(place: Any) -> None:
    files, old = KeyFiles.below(place.home), place.lake.keys.key_id
    files.rotate()
    files.revoke(old, "stolen")
    reasons = [reason for one in audited(place).unproved for reason in one.reasons.values()]
    assert len(reasons) == 10
    assert all("the ledger has no verdict" in reason for reason in reasons)


def test_the_command_names_them_and_leaves_with_1(place: Any) -> None:
    words = ["audit", "--home", str(place.home), "--lake", str(place.home / "lake")]
    clean = CliRunner().invoke(app, words)
    assert (clean.exit_code, "all had a PASS" in clean.output) == (0, True)
    before = place.lake.head(MAIN)
    commit = merge(place, {path_of(ALONE): other_bytes(place, ALONE)})
    told = CliRunner().invoke(app, [*words, "--json"])
    body = json.loads(told.stdout)
    assert (told.exit_code, [one["commit"] for one in body["unproved"]]) == (1, [commit])
    shown = CliRunner().invoke(app, [*words, "--since", before])
    assert (shown.exit_code, commit[:12] in shown.output) == (1, True)
    assert CliRunner().invoke(app, [*words, "--since", commit]).exit_code == 0


def test_since_must_be_a_commit_of_main(place: Any) -> None:
    append(place.lake, "ledger", {}, message="nothing")
    with pytest.raises(InputError, match="no commit of main"):
        audited(place, since=place.lake.head("ledger"))
