"""A day is restated: what is rebuilt, what is refused, and what goes on as if nothing had been."""

import re
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from karat import dataset
from karat.errors import DatasetRefused, GateRefused, InputError
from karat.flow import captures_in, ingest, newest_refs, published_root, validate
from karat.lake.layout import Partition, dataset_path
from karat.simulation import (
    Faulted,
    corrected,
    lost_deltas,
    seal,
    side_flip,
    stale_book,
    unseal,
)
from karat.verdicts import Outcome, Verdict, links

pytestmark = pytest.mark.e2e

FUTURES, SPOT = "sim-usdm-aaa", "sim-spot-bbb"
Fault = Callable[[pa.Table, float, int], Faulted]
FAULTS = {"lost": lost_deltas, "flip": side_flip, "stale": stale_book}
every_fault = pytest.mark.parametrize("fault", list(FAULTS.values()), ids=list(FAULTS))


def day(n: int, instrument: str = FUTURES) -> Partition:
    return Partition(instrument, f"2024-03-{n + 1:02}")


BEFORE, BARE = day(4), day(5)


def findings(verdict: Verdict, family: str) -> list[Any]:
    return [f for f in verdict.findings if f.family == family]


def told_ids(verdict: Verdict) -> set[int]:
    """Return every update id that a verdict tells."""
    names = ("first", "first_missing", "last_missing", "first_update_id")
    return {int(f.numbers[n]) for f in verdict.findings for n in names if n in f.numbers}


@every_fault
@pytest.mark.parametrize("severity", [0.05, 0.002])
def test_a_fault_is_found_refused_and_put_right(place: Any, fault: Fault, severity: float) -> None:
    root, head = published_root(place.lake, "book_events"), place.lake.head("main")
    bad = fault(place.raw(BEFORE), severity, 11)
    sealed = seal(place.home / "sealed.json", bad.place)
    place.restate(BEFORE, bad.raw)
    batch = place.rebuild()
    assert batch.failed == {}
    carried = closing(place, place.lake.head("main")) != closing(place, head)
    assert list(batch.rebuilt) == ([BEFORE, BARE] if carried else [BEFORE])
    result = place.validate(batch.branch)
    verdict = result.verdicts[BEFORE]
    assert verdict.outcome is Outcome.FAIL
    assert result.outcome is Outcome.FAIL
    assert re.search(r"update ids? \d+|sequence \d+", "; ".join(verdict.failures))
    with pytest.raises(GateRefused) as refused:
        place.publish(batch.branch)
    assert str(BEFORE) in refused.value.reasons
    assert set(refused.value.reasons) <= set(map(str, batch.rebuilt))
    assert published_root(place.lake, "book_events") == root
    assert dataset.open(place.lake, "demo@1.0.0").manifest.version == "1.0.0"
    with pytest.raises(DatasetRefused, match=str(BEFORE)):
        place.cut()
    found, where = told_ids(verdict), unseal(sealed)
    if fault is lost_deltas:
        (sequence,) = findings(verdict, "sequence")
        gap = sequence.numbers["first_missing"], sequence.numbers["last_missing"]
        assert gap[0] <= where.first_update_id <= gap[1]
        assert sequence.numbers["gaps"] <= where.count
    else:
        assert all(where.first_update_id <= one for one in found)
    # the first file put back
    place.ingest(BEFORE)
    again = place.rebuild()
    assert (again.branch, again.rebuilt) == (None, ())
    result = place.validate()
    assert (result.cached, result.bytes_read) == (len(result.verdicts), 0)
    assert result.outcome is Outcome.PASS
    assert place.cut().version == "1.0.0"
    with pytest.raises(GateRefused):
        place.publish(batch.branch)
    assert published_root(place.lake, "book_events") == root


def links_of(place: Any, commit: str = "main") -> dict[Partition, Any]:
    found = (links(place.lake, commit, "book_events", name) for name in (FUTURES, SPOT))
    return {link.partition: link for instrument in found for link in instrument}


def closing(place: Any, commit: str) -> str:
    return str(links_of(place, commit)[BEFORE].build.closing)


def test_a_corrected_day_becomes_a_patch(place: Any) -> None:
    place.restate(BEFORE, corrected(place.raw(BEFORE)))
    batch = place.rebuild()
    assert batch.rebuilt == (BEFORE,)  # it closes with the same book, so the next day stays
    result = place.validate(batch.branch)
    assert (result.outcome, result.cached) == (Outcome.PASS, len(result.verdicts) - 1)
    with pytest.raises(DatasetRefused, match=str(BEFORE)):
        place.cut()
    root = published_root(place.lake, "book_events")
    assert place.publish(batch.branch).published == (BEFORE,)
    assert published_root(place.lake, "book_events") != root
    assert place.cut().version == "1.0.1"
    assert [dataset.open(place.lake, f"demo@1.0.{n}").manifest.version for n in (0, 1)]
    assert list(place.lake.branches("wap-")) == []


def test_a_reencoded_capture_is_a_build_and_nothing_else(place: Any) -> None:
    before = links_of(place)[BEFORE]
    place.restate(BEFORE, place.raw(BEFORE), compression="snappy", row_group_size=500)
    assert links_of(place)[BEFORE].build is None
    batch = place.rebuild()
    assert (batch.branch, batch.rebuilt) == (None, (BEFORE,))
    after = links_of(place)[BEFORE]
    assert after.raw != before.raw
    assert after.build.content == before.build.content
    result = place.validate()
    assert (result.cached, result.bytes_read) == (len(result.verdicts), 0)
    assert place.cut().version == "1.0.0"
    assert place.rebuild().rebuilt == ()


def test_a_deeper_book_passes_over_a_day_that_never_touches_it(place: Any) -> None:
    """The next day has the same values, so only its build is new; the chain holds all the same."""
    raw = place.raw(BEFORE)
    at = raw.schema.get_field_index("payload")
    texts = raw["payload"].to_pylist()
    where = raw["stream"].to_pylist().index("rest_snapshot")
    texts[where] = texts[where].replace('"bids":[', '"bids":[["1.00","1.000"],')
    place.restate(BEFORE, raw.set_column(at, raw.schema.field(at), pa.array(texts)))
    batch = place.rebuild()
    assert batch.rebuilt == (BEFORE, BARE)
    assert place.validate(batch.branch).outcome is Outcome.PASS
    assert place.publish(batch.branch).published == (BEFORE,)
    assert place.cut().version == "1.0.1"
    assert place.rebuild().rebuilt == ()
    place.restate(BEFORE, corrected(place.raw(BEFORE)))
    assert place.publish(place.prove()).published == (BEFORE,)


def test_a_new_day_is_a_minor_version_and_a_narrower_choice_a_major_one(place: Any) -> None:
    place.ingest(day(7))
    branch = place.prove()
    with pytest.raises(DatasetRefused, match=str(day(7))):
        place.cut()
    assert place.publish(branch).published == (day(7),)
    assert place.cut().version == "1.1.0"
    assert place.cut("sim-usdm-*").version == "2.0.0"
    assert place.cut("sim-usdm-*").version == "2.0.0"


def test_instruments_do_not_know_each_other(place: Any) -> None:
    bad = side_flip(place.raw(day(1, SPOT)), 0.05, 3)
    place.restate(day(1, SPOT), bad.raw)
    batch = place.rebuild()
    assert batch.rebuilt == (day(1, SPOT),)
    assert place.validate(batch.branch).verdicts[day(1, SPOT)].outcome is Outcome.FAIL
    with pytest.raises(DatasetRefused, match="sim-spot-bbb") as refused:
        place.cut()
    assert FUTURES not in str(refused.value)
    assert len(place.cut("sim-usdm-*").entries) == 7


def test_a_threshold_changed_is_judged_again_without_reading(place: Any) -> None:
    text = place.contract.model_dump(by_alias=True, mode="json")
    text["paired"]["min_compared"] = 501
    place.contract = type(place.contract).model_validate(text)
    with pytest.raises(DatasetRefused, match="no verdict under the present contract"):
        place.cut()
    result = place.validate()
    assert (result.cached, result.bytes_read, result.outcome) == (0, 0, Outcome.PASS)
    assert place.cut().version == "2.0.0"
    assert dataset.open(place.lake, "demo@1.0.0").manifest.contract != place.contract.digest


def test_a_bar_too_high_is_no_pass(place: Any) -> None:
    text = place.contract.model_dump(by_alias=True, mode="json")
    text["paired"]["min_compared"] = 1_000_000
    place.contract = type(place.contract).model_validate(text)
    result = place.validate()
    assert (result.bytes_read, result.outcome) == (0, Outcome.INCONCLUSIVE)
    with pytest.raises(DatasetRefused, match="INCONCLUSIVE paired: census"):
        place.cut()


def test_a_restated_golden_capture_asks_for_new_verdicts(place: Any) -> None:
    golden = place.simulated.days[BEFORE].golden
    path = place.home / place.simulated.files(BEFORE)[1].name
    pa.parquet.write_table(golden.slice(0, golden.num_rows - 40), path)
    ingest(place.lake, captures_in([path]))
    assert place.rebuild().rebuilt == ()
    with pytest.raises(DatasetRefused, match=str(BEFORE)):
        place.cut()
    result = place.validate()
    assert result.cached == len(result.verdicts) - 1


def test_a_golden_that_comes_late_judges_what_waits(bare_place: Any) -> None:
    raw, *golden = bare_place.simulated.files(day(0))
    ingest(bare_place.lake, captures_in([raw]))
    branch = bare_place.prove()
    assert bare_place.validate(branch).outcome is Outcome.INCONCLUSIVE
    ingest(bare_place.lake, captures_in(golden))
    batch = bare_place.rebuild()
    assert bare_place.validate(batch.branch).outcome is Outcome.PASS
    assert bare_place.publish(batch.branch).published == (day(0),)


def test_nothing_is_kept_of_a_day_that_cannot_be_read(place: Any) -> None:
    raw = place.raw(BEFORE)
    texts = raw["payload"].to_pylist()
    texts[700] = "{no json"
    at = raw.schema.get_field_index("payload")
    place.restate(BEFORE, raw.set_column(at, raw.schema.field(at), pa.array(texts)))
    batch = place.rebuild()
    assert list(batch.failed) == [BEFORE, BARE]
    assert "701" in batch.failed[BEFORE]
    assert "no book to carry over" in batch.failed[BARE]
    assert (batch.branch, batch.rebuilt) == (None, ())
    with pytest.raises(DatasetRefused, match="it is not rebuilt"):
        place.cut()


def test_a_day_that_was_never_captured_is_named(place: Any) -> None:
    with pytest.raises(InputError, match="no raw capture"):
        place.rebuild(day(20))


def test_newest_refs_follow_the_newest_bytes(place: Any) -> None:
    everything = newest_refs(place.lake, place.contract, store=place.store)
    assert list(everything) == ["main"]
    place.restate(BEFORE, corrected(place.raw(BEFORE)))
    stale = newest_refs(place.lake, place.contract, [BEFORE, BARE], store=place.store)
    batch = place.rebuild()
    fresh = newest_refs(place.lake, place.contract, [BEFORE, BARE], store=place.store)
    assert BEFORE not in stale.get("main", [])
    assert fresh[batch.branch] == [BEFORE]
    assert fresh["main"] == [BARE]


def test_verdicts_outlive_a_partition_that_cannot_be_read(bare_place: Any) -> None:
    bare_place.ingest(day(0), day(1), day(2))
    branch = bare_place.rebuild().branch
    with bare_place.lake.session("main", branch=branch) as session:
        session.put(dataset_path("book_events", FUTURES, "2024-03-03"), b"no Parquet")
        session.commit("Spoil the last day")
    with pytest.raises(InputError, match=r"2024-03-03\.parquet: not a readable Parquet file"):
        bare_place.validate(branch)
    again = validate(
        bare_place.lake, bare_place.contract, branch, [day(0), day(1)], store=bare_place.store
    )
    assert (again.cached, again.bytes_read) == (2, 0)
