"""The gate where people merge: what may go to main by a merge that karat did not make."""

from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from karat.errors import InputError, RefNotFound
from karat.flow import waive
from karat.flow.note import Note
from karat.flow.proposing import propose
from karat.gate import Asked, Judge, Ruling, judge_merge
from karat.lake.append import append
from karat.lake.layout import MAIN, Partition
from karat.signing import KeyFiles
from karat.simulation import corrected, lost_deltas
from karat.store import MemoryStore
from karat.verdicts import Ledger
from tests.journeys.merging import asked, branch_of, merged, note_of, path_of
from tests.journeys.test_publishing import shallower

pytestmark = pytest.mark.e2e

BEFORE, BARE = (Partition("sim-usdm-aaa", f"2024-03-{n:02}") for n in (5, 6))
ALONE = Partition("sim-spot-bbb", "2024-03-02")
NOW_S = 1_714_521_600
"""The first of May 2024."""


def other_bytes(place: Any, partition: Partition) -> bytes:
    """Return a partition without its first row."""
    sink = pa.BufferOutputStream()
    path = place.lake.local_path(MAIN, path_of(partition))
    pq.write_table(pq.read_table(path).slice(1), sink)
    return bytes(sink.getvalue().to_pybytes())


def restated(place: Any, partition: Partition = ALONE) -> str:
    """Restate a day and prove it; return the audit branch."""
    place.restate(partition, corrected(place.raw(partition)))
    branch: str = place.prove()
    return branch


def test_a_proved_branch_is_admitted_and_says_what_it_cost(place: Any) -> None:
    ruling = asked(place, propose(place.lake, place.contract, restated(place), store=place.store))
    assert (ruling.admitted, ruling.partitions, ruling.root) == (True, 1, "PASS")
    assert ruling.plain()["allow"] is True
    assert ruling.calls > 0
    assert min(ruling.judging_s, ruling.lake_s) > 0


def test_unproved_bytes_are_refused_by_name(place: Any) -> None:
    lake = place.lake
    source = branch_of(lake, lake.head(MAIN), {path_of(ALONE): other_bytes(place, ALONE)})
    ruling = asked(place, source)
    assert set(ruling.reasons) == {str(ALONE)}
    assert "built from another raw or opening book" in ruling.reasons[str(ALONE)]
    assert ruling.plain()["allow"] is False


def test_proved_bytes_without_their_note_are_refused(place: Any) -> None:
    assert "names another verdict" in asked(place, restated(place)).reasons[str(ALONE)]


@pytest.mark.parametrize("field", ["verdict", "content", "build", "waiver"])
def test_a_note_that_says_anything_else_is_refused(place: Any, field: str) -> None:
    lake = place.lake
    with lake.open(MAIN, note_of(ALONE)) as stream:
        note = Note.decode(stream.read(), "")
    wrong = Note(**({name: getattr(note, name) for name in Note.__slots__} | {field: "0" * 64}))
    source = branch_of(lake, lake.head(MAIN), {note_of(ALONE): wrong.encode()})
    (reason,) = asked(place, source).reasons.values()
    assert field in reason


def test_main_loses_nothing_that_is_proved(place: Any) -> None:
    lake = place.lake
    for path in (path_of(ALONE), note_of(ALONE)):
        source = branch_of(lake, lake.head(MAIN), {}, gone=(path,))
        assert asked(place, source).reasons == {
            str(ALONE): "main would lose it: what is proved stays"
        }


def test_two_proved_branches_whose_merge_breaks_the_chain_are_refused_naming_the_pair(
    place: Any,
) -> None:
    lake, contract = place.lake, place.contract
    place.restate(BEFORE, shallower(place.raw(BEFORE)))
    place.restate(BARE, corrected(place.raw(BARE)))
    whole = propose(lake, contract, place.prove(), store=place.store)
    parts = {}
    for day in (BEFORE, BARE):
        files = {path: lake.local_path(whole, path) for path in (path_of(day), note_of(day))}
        parts[day] = branch_of(lake, lake.head(MAIN), files)
    for day, other in ((BEFORE, BARE), (BARE, BEFORE)):
        reasons = asked(place, parts[day]).reasons
        assert set(reasons) == {str(day)}
        assert str(other) in reasons[str(day)]
        assert "book" in reasons[str(day)]
    assert asked(place, whole).admitted


def test_a_rejudged_branch_whose_data_did_not_change_is_admitted(place: Any) -> None:
    lake, contract = place.lake, place.contract
    place.contract = contract.model_copy(
        update={"sequence": contract.sequence.model_copy(update={"gaps": 1})}
    )
    assert place.contract.digest != contract.digest
    place.validate()
    source = propose(lake, place.contract, MAIN, store=place.store)
    changed = {change.path for change in lake.diff(MAIN, source)}
    assert changed == {note_of(p) for p in place.validate().verdicts}
    assert Ledger(lake).history.together("book_events", place.contract.digest)  # in one record
    merge = merged(lake, source)
    for store in (place.store, MemoryStore()):  # what was judged is remembered, or looked at
        judge = Judge(lake, [place.contract], store=store)
        assert judge.judge(merge).plain() == judge.judge(merge).plain()
        assert judge.judge(merge).admitted
    old = judge_merge(lake, [contract], merge, store=place.store)
    assert len(old.reasons) == len(changed)


def test_a_moved_head_is_refused_and_sources_need_none(place: Any) -> None:
    source = propose(place.lake, place.contract, restated(place), store=place.store)
    assert set(asked(place, source, "0" * 64).reasons) == {"expected-head"}
    assert "metadata expected-head=" in asked(place, source, None).reasons["expected-head"]
    raw = branch_of(place.lake, place.lake.head(MAIN), {"raw/notes.txt": b"1", "readme": b"2"})
    assert asked(place, raw, None).admitted


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("_karat/anything", "nothing of karat's"),
        ("_karat/golden/" + "0" * 64 + ".json", "digest of its bytes"),
        ("_karat/golden/" + "0" * 64 + ".full", "digest of its bytes"),
        ("_karat/golden/current/book_events.json", "envelope"),
        ("_karat/verdicts/others/sim-spot-bbb/2024-03-02.json", "no contract here"),
        ("_karat/verdicts/book_events/sim-spot-bbb/today.json", "day"),
        ("_karat/gate/gate-main.json", "go together"),
        ("book_events/readme.txt", "is no partition"),
        ("datasets/demo/9.9.9.json", "envelope"),
    ],
)
def test_karats_own_files_are_what_their_bytes_justify(place: Any, path: str, why: str) -> None:
    source = branch_of(place.lake, place.lake.head(MAIN), {path: b"{}"})
    reasons = asked(place, source).reasons
    assert set(reasons) == {path}
    assert why in reasons[path]


def test_a_training_manifest_is_added_signed_and_never_changed(place: Any) -> None:
    lake, path = place.lake, "datasets/demo/1.0.0.json"
    with lake.open(MAIN, path) as stream:
        data = stream.read()
    new = branch_of(lake, lake.head(MAIN), {"datasets/demo/1.0.1.json": data})
    assert asked(place, new).admitted
    assert "never changed" in asked(place, branch_of(lake, MAIN, {path: b"1"})).reasons[path]
    assert "never changed" in asked(place, branch_of(lake, MAIN, {}, gone=(path,))).reasons[path]


def test_what_is_known_is_not_looked_at_again_and_the_answer_stays(place: Any) -> None:
    source = propose(place.lake, place.contract, restated(place), store=place.store)
    judge = Judge(place.lake, [place.contract], store=MemoryStore())
    merge = merged(place.lake, source)
    first, second = judge.judge(merge), judge.judge(merge)
    assert first.plain() == second.plain()
    assert second.calls < first.calls


def test_what_a_key_signed_that_is_revoked_meanwhile_admits_nothing(place: Any) -> None:
    judge = Judge(place.lake, [place.contract], store=MemoryStore())
    source = propose(place.lake, place.contract, restated(place), store=place.store)
    merge = merged(place.lake, source)
    append(place.lake, MAIN, {"readme": b"1"}, message="main moves on")
    assert judge.judge(merge).admitted  # the commit is what was asked about, not main
    files, old = KeyFiles.below(place.home), place.lake.keys.key_id
    files.rotate()
    files.revoke(old, "stolen")
    assert "is not rebuilt" in judge.judge(merge).reasons[str(ALONE)]


def test_a_waiver_in_force_admits_and_is_named(place: Any) -> None:
    place.restate(ALONE, lost_deltas(place.raw(ALONE), 0.002, 11).raw)
    audit = place.prove()
    how: dict[str, Any] = {"until": "2024-05-31", "critical": True, "clock": lambda: NOW_S}
    waive(place.lake, place.contract, ALONE, who="ops", reason="outage", store=place.store, **how)
    source = propose(
        place.lake, place.contract, audit, [ALONE], store=place.store, clock=lambda: NOW_S
    )
    merge = merged(place.lake, source)

    def at(moment: int) -> Ruling:
        return judge_merge(
            place.lake, [place.contract], merge, store=place.store, clock=lambda: moment
        )

    assert (at(NOW_S).admitted, at(NOW_S).root, list(at(NOW_S).waived)) == (
        True,
        "FAIL",
        [str(ALONE)],
    )
    assert "FAIL" in at(NOW_S + 90 * 86_400).reasons[str(ALONE)]


def test_only_a_merge_of_what_was_named_is_one(place: Any) -> None:
    lake = place.lake
    merge = merged(lake, branch_of(lake, MAIN, {"readme": b"1"}))
    for wrong in (Asked(lake.head(MAIN), lake.head("ledger")), Asked(merge.commit, "0" * 64)):
        assert set(judge_merge(lake, [place.contract], wrong, store=place.store).reasons) == {
            "merge"
        }
    with pytest.raises(RefNotFound):
        judge_merge(lake, [place.contract], Asked("0" * 64), store=place.store)


def test_a_gate_without_contracts_or_with_two_for_one_dataset_is_none(place: Any) -> None:
    for contracts in ([], [place.contract] * 2):
        with pytest.raises(InputError, match="one for each dataset"):
            Judge(place.lake, contracts, store=place.store)
