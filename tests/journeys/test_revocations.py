"""A partition that is proved bad later: which datasets hold it, who may read them, who has."""

from __future__ import annotations

from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from karat import dataset
from karat.breaker import reset
from karat.dataset.impact import impact
from karat.errors import DatasetRefused, InputError
from karat.flow import captures_in, ingest, validate, waive
from karat.lake.layout import Partition
from karat.signing import KeyFiles
from karat.simulation import lost_deltas
from karat.verdicts.level import LESSER
from tests.journeys.conftest import FUTURES, SPOT, partition

pytestmark = pytest.mark.e2e

BAD, TICK = partition(1, SPOT), 1_000_000
WHO: dict[str, Any] = {"who": "the desk", "reason": "the golden capture is known to be off"}


def golden(place: Any, lower: int) -> None:
    """Put another golden capture of the day in the place of the first: its bids are lower."""
    table = place.simulated.days[BAD].golden
    at = table.schema.get_field_index("bid_price_e8")
    table = table.set_column(
        at, table.schema.field(at), pc.subtract(table["bid_price_e8"], lower * TICK)
    )
    path = place.home / place.simulated.files(BAD)[1].name
    pq.write_table(table, path)
    ingest(place.lake, captures_in([path]))


def opened(place: Any, name: str, **how: Any) -> dataset.Dataset:
    return dataset.open(place.lake, name, **how)


@pytest.fixture
def bad(place: Any) -> Any:
    """Return the workplace after its golden capture has proved a day bad, cut as three datasets."""
    assert place.cut().version == "1.0.0"
    for name, pattern in (("spot", f"{SPOT}/*"), ("futures", f"{FUTURES}/*")):
        how: dict[str, Any] = {"partitions": [pattern], "store": place.store}
        dataset.cut(place.lake, place.contract, name, **how)
    golden(place, 2)
    assert place.validate().outcome == "FAIL"
    return place


def test_every_dataset_that_holds_it_is_named_and_refused(bad: Any) -> None:
    for name in ("demo@1.0.0", "spot@1.0.0"):
        with pytest.raises(DatasetRefused, match=f"{name}: {BAD}: revoked by verdict") as refused:
            opened(bad, name)
        assert list(refused.value.reasons) == [str(BAD)]
        assert "paired" in refused.value.reasons[str(BAD)]
    assert len(opened(bad, "futures@1.0.0", verify="all").partitions) == 7
    touched = {one.manifest.title: bool(one.against) for one in impact(bad.lake, BAD)}
    assert touched == {"demo@1.0.0": True, "spot@1.0.0": True}


def test_it_stays_so_for_whoever_looks_anew_and_is_recorded_once(bad: Any) -> None:
    before = bad.lake.head("ledger")
    assert bad.validate().outcome == "FAIL"
    assert bad.lake.head("ledger") == before
    del bad.__dict__["lake"]
    with pytest.raises(DatasetRefused, match="revoked"):
        opened(bad, "demo@1.0.0")


def test_someone_answers_for_it_with_a_reason_on_record(bad: Any) -> None:
    found = dataset.allow(bad.lake, "demo@1.0.0", **WHO)
    assert bad.lake.stat("ledger", found.path).size
    assert opened(bad, "demo@1.0.0", verify="all").partitions
    with pytest.raises(DatasetRefused, match="revoked"):
        opened(bad, "spot@1.0.0")
    for name, told in (("demo@1.0.0", "nothing to allow"), ("demo@9.9.9", "no such dataset")):
        with pytest.raises(InputError, match=told):
            dataset.allow(bad.lake, name, **WHO)
    with pytest.raises(InputError, match="say both"):
        dataset.allow(bad.lake, "spot@1.0.0", who="me", reason=" ")


def test_what_is_revoked_later_is_not_allowed_by_it(bad: Any) -> None:
    dataset.allow(bad.lake, "demo@1.0.0", **WHO)
    golden(bad, 4)
    assert bad.validate().outcome == "FAIL"
    with pytest.raises(DatasetRefused, match=str(BAD)):
        opened(bad, "demo@1.0.0")


def test_an_allowance_by_a_key_that_was_revoked_allows_nothing(bad: Any) -> None:
    files = KeyFiles.below(bad.home)
    old = files.signer().key_id
    files.rotate()
    dataset.allow(bad.lake, "spot@1.0.0", **WHO)
    assert opened(bad, "spot@1.0.0")
    newer = files.signer().key_id
    files.rotate()
    files.revoke(newer, "lost")
    with pytest.raises(DatasetRefused, match="revoked by verdict"):
        opened(bad, "spot@1.0.0")
    files.revoke(old, "lost too")
    with pytest.raises(DatasetRefused, match="the key that signed it is revoked"):
        opened(bad, "spot@1.0.0")


def test_proved_again_it_is_cut_as_another_version(bad: Any) -> None:
    golden(bad, 0)
    assert bad.validate().outcome == "PASS"
    with pytest.raises(DatasetRefused, match="revoked"):
        opened(bad, "demo@1.0.0")
    manifest = bad.cut()
    assert (manifest.version, len(manifest.overruled)) == ("1.0.1", 1)
    assert bad.cut() == manifest
    assert opened(bad, "demo@1.0.1", verify="all").partitions
    golden(bad, 4)
    assert bad.validate().outcome == "FAIL"
    with pytest.raises(DatasetRefused, match="revoked"):
        opened(bad, "demo@1.0.1")


def test_a_stricter_contract_revokes_too_and_a_lesser_level_does_not(place: Any) -> None:
    place.cut()
    values = place.contract.model_dump(by_alias=True, mode="json")
    rule = {"name": "few messages", "left": "sequence", "op": "<", "right": 5, "severity": "gate"}
    values["invariants"] = [*values["invariants"], rule]
    stricter = type(place.contract).model_validate(values)
    for level in LESSER:
        validate(place.lake, stricter, store=place.store, level=level)
        assert opened(place, "demo@1.0.0")
    validate(place.lake, stricter, partitions=[BAD], store=place.store)
    with pytest.raises(DatasetRefused, match=f"{BAD}: .*few messages"):
        opened(place, "demo@1.0.0")


def test_other_bytes_of_the_same_day_revoke_nothing(place: Any) -> None:
    place.cut()
    place.restate(BAD, lost_deltas(place.raw(BAD), 0.05, 12).raw)
    assert place.validate(place.rebuild().branch).outcome == "FAIL"
    assert opened(place, "demo@1.0.0", verify="all").partitions


def test_a_waiver_in_force_keeps_what_fails_from_being_revoked(place: Any) -> None:
    golden(place, 2)
    assert place.validate().outcome == "FAIL"
    with pytest.raises(DatasetRefused):
        opened(place, "demo@1.0.0")
    reset(place.lake, "book_events", SPOT, **WHO)
    until: dict[str, Any] = {"until": "2999-01-01", "critical": True}
    waive(place.lake, place.contract, BAD, **WHO, **until, store=place.store)
    manifest = place.cut()
    assert list(manifest.waived) == [str(BAD)]
    golden(place, 4)
    place.validate()
    assert opened(place, manifest.title).partitions, "the waiver is for these bytes, and in force"
    with pytest.raises(DatasetRefused, match="waivers are not accepted") as refused:
        opened(place, manifest.title, waivers=False)
    assert list(refused.value.reasons) == [str(BAD)]


def test_runs_and_models_are_found_by_what_they_read(place: Any) -> None:
    whole = dataset.cut(
        place.lake, place.contract, "parts", partitions=[f"{SPOT}/*"],
        split=dataset.Split("2024-03-03", 0), store=place.store,
    )  # fmt: skip
    opened(place, "parts@1.0.0", part="train", run="run 1")
    opened(place, "parts@1.0.0", part="train", run="run 1")
    opened(place, "parts@1.0.0", part="eval", run="run 2")
    dataset.record_reading(place.lake, whole, "run 1", part="train", model="models/mm/1")
    (found,) = [one for one in impact(place.lake, BAD) if one.manifest.name == "parts"]
    assert (found.runs, found.models, len(found.readings)) == (["run 1"], ["models/mm/1"], 2)
    (last,) = [one for one in impact(place.lake, partition(2, SPOT)) if one.manifest == whole]
    assert (last.runs, last.models) == (["run 2"], [])
    assert impact(place.lake, Partition(SPOT, "2030-01-01")) == []
    assert impact(place.lake, BAD, content="0" * 64) == []
    with pytest.raises(InputError, match="name it"):
        dataset.record_reading(place.lake, whole, " ")
