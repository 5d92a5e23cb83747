"""The gate without a service: digests and structure, looked at by a script that lakeFS runs."""

from typing import Any

import pytest

from karat.digest import bytes_digest
from karat.errors import InputError
from karat.flow.note import Note
from karat.flow.proposing import propose
from karat.gate.lua import lua_action
from karat.lake.layout import MAIN, Partition
from karat.simulation import corrected, lost_deltas
from karat.verdicts import Ledger
from tests.journeys.lua_hook import Hook
from tests.journeys.merging import branch_of, merged, note_of, path_of
from tests.journeys.test_gate import other_bytes, restated

pytestmark = pytest.mark.e2e
ALONE = Partition("sim-spot-bbb", "2024-03-02")


def told(place: Any, source: str, expected: str | None = "") -> str:
    hook = Hook(place.lake, lua_action([place.contract]))
    return hook.refuses(merged(place.lake, source, expected))


def with_note(place: Any, **other: str) -> str:
    with place.lake.open(MAIN, note_of(ALONE)) as stream:
        note = Note.decode(stream.read(), "")
    said = {name: getattr(note, name) for name in Note.__slots__} | other
    return branch_of(place.lake, place.lake.head(MAIN), {note_of(ALONE): Note(**said).encode()})


def test_what_is_proved_is_admitted_and_its_head_compared(place: Any) -> None:
    source = propose(place.lake, place.contract, restated(place), store=place.store)
    assert told(place, source) == ""
    assert "expected-head" in told(place, source, "0" * 64)
    assert "expected-head" in told(place, source, None)


def test_sources_and_others_need_nothing(place: Any) -> None:
    head = place.lake.head(MAIN)
    assert told(place, branch_of(place.lake, head, {"raw/x": b"1", "readme": b"2"}), None) == ""


def test_bytes_that_come_without_a_build_of_the_raw_that_is_there_are_refused(place: Any) -> None:
    place.restate(ALONE, corrected(place.raw(ALONE)))
    source = branch_of(place.lake, MAIN, {path_of(ALONE): other_bytes(place, ALONE)})
    assert "was not built from the raw capture" in told(place, source)


@pytest.mark.parametrize(
    ("field", "why"), [("verdict", "ledger has no"), ("build", "ledger has no"),
                       ("content", "different contents")],
)  # fmt: skip
def test_a_note_of_something_else_is_refused(place: Any, field: str, why: str) -> None:
    assert why in told(place, with_note(place, **{field: "0" * 64}))


def test_what_has_no_pass_is_refused(place: Any) -> None:
    place.restate(ALONE, lost_deltas(place.raw(ALONE), 0.002, 11).raw)
    audit = place.prove()
    (verdict,) = [v for p, v in place.validate(audit).verdicts.items() if p == ALONE]
    reason = told(place, with_note(place, verdict=verdict.key))
    assert "is FAIL, not PASS" in reason


def test_another_contract_is_refused(place: Any) -> None:
    rule = place.contract.sequence.model_copy(update={"gaps": 1})
    other = place.contract.model_copy(update={"sequence": rule})
    hook = Hook(place.lake, lua_action([other]))
    source = propose(place.lake, place.contract, restated(place), store=place.store)
    assert "under another contract" in hook.refuses(merged(place.lake, source))


@pytest.mark.parametrize("path", [path_of(ALONE), note_of(ALONE)])
def test_nothing_is_taken_away(place: Any, path: str) -> None:
    assert "main would lose it" in told(place, branch_of(place.lake, MAIN, {}, gone=(path,)))


@pytest.mark.parametrize(
    "path",
    [
        "book_events/x",
        "_karat/verdicts/others/a/b.json",
        "_karat/verdicts/book_events/x",
        "_karat/anything",
        f"_karat/golden/{'0' * 64}.json",
        "_karat/golden/x.cells",
        f"_karat/golden/{'0' * 64}.full",
    ],
)
def test_strange_files_are_refused(place: Any, path: str) -> None:
    assert path in told(place, branch_of(place.lake, MAIN, {path: b"1"}))


def test_karats_own_files_are_added_by_their_digest_and_need_the_head(place: Any) -> None:
    head, manifest = place.lake.head(MAIN), "datasets/demo/1.0.0.json"
    golden = f"_karat/golden/{bytes_digest(b'cells')}.cells"
    full = f"_karat/golden/{bytes_digest(b'values')}.full"
    own = {golden: b"cells", full: b"values", "datasets/demo/2.0.0.json": b"{}"}
    source = branch_of(place.lake, head, own)
    assert told(place, source) == ""
    assert "expected-head" in told(place, source, None)
    assert "never changed" in told(place, branch_of(place.lake, head, {manifest: b"{}"}))
    assert "lose it" in told(place, branch_of(place.lake, head, {}, gone=(manifest,)))


def test_a_verdict_that_was_recorded_with_others_is_found(place: Any) -> None:
    rule = place.contract.sequence.model_copy(update={"gaps": 1})
    place.contract = place.contract.model_copy(update={"sequence": rule})
    place.validate()
    assert Ledger(place.lake).history.together("book_events", place.contract.digest)
    source = propose(place.lake, place.contract, MAIN, store=place.store)
    assert told(place, source) == ""
    assert "ledger has no verdict" in told(place, with_note(place, verdict="0" * 64))


def test_it_is_made_for_contracts() -> None:
    with pytest.raises(InputError, match="needs contracts"):
        lua_action([])
