"""Who tries to get round the gate, or through it at the same time."""

import os
from collections.abc import Callable
from itertools import count
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from karat import dataset
from karat.errors import CorruptError, DatasetRefused, GateRefused, RefNotFound
from karat.flow import publish
from karat.lake.append import append
from karat.lake.layout import (
    LEDGER,
    MAIN,
    Partition,
    dataset_path,
    published_verdict_path,
    verdict_path,
)
from karat.simulation import corrected

pytestmark = pytest.mark.e2e

BEFORE, BARE = (Partition("sim-usdm-aaa", f"2024-03-{n:02}") for n in (5, 6))
ALONE = Partition("sim-spot-bbb", "2024-03-02")


def path_of(partition: Partition) -> str:
    return dataset_path("book_events", partition.instrument, partition.date)


class Meddling:
    """A lake on which something happens just before each merge into main, `times` over."""

    def __init__(self, lake: Any, act: Callable[[], object], times: int = 1) -> None:
        self.lake, self.act, self.times = lake, act, times

    def __getattr__(self, name: str) -> Any:
        return getattr(self.lake, name)

    def merge(self, source: str, into: str, **options: Any) -> Any:
        if into == MAIN and self.times:
            self.times -= 1
            self.act()
        return self.lake.merge(source, into, **options)


def shallower(raw: pa.Table) -> pa.Table:
    """Return a day whose snapshot lacks its lowest bid, that no message touches, and so closes."""
    at = raw.schema.get_field_index("payload")
    texts, streams = raw["payload"].to_pylist(), raw["stream"].to_pylist()
    row = streams.index("rest_snapshot")
    texts[row] = texts[row].replace('"bids":[', '"bids":[["1.00","1.000"],')
    return raw.set_column(at, raw.schema.field(at), pa.array(texts))


def both_changed(place: Any) -> str:
    """Restate a day with another book at its end, and its dependant with another clock."""
    place.restate(BEFORE, shallower(place.raw(BEFORE)))
    place.restate(BARE, corrected(place.raw(BARE)))
    branch: str = place.prove()
    return branch


@pytest.mark.parametrize("one", [BEFORE, BARE], ids=["changed", "dependant"])
def test_a_chain_is_published_whole_or_not_at_all(place: Any, one: Partition) -> None:
    branch, head = both_changed(place), place.lake.head(MAIN)
    with pytest.raises(GateRefused, match="book") as refused:
        place.publish(branch, one)
    assert set(refused.value.reasons) == {str(one)}
    assert place.lake.head(MAIN) == head
    assert place.publish(branch).published == (BEFORE, BARE)
    assert place.cut().version == "1.0.1"


def test_what_follows_an_unpublished_day_waits(bare_place: Any) -> None:
    bare_place.ingest(BEFORE, BARE)
    branch = bare_place.prove()
    with pytest.raises(GateRefused, match="does not close with on main"):
        bare_place.publish(branch, BARE)
    assert bare_place.publish(branch, BEFORE).published == (BEFORE,)
    assert bare_place.publish(branch, BARE).published == (BARE,)


def test_the_verdict_speaks_of_what_is_published(place: Any) -> None:
    with place.lake.open(MAIN, published_verdict_path("book_events", BEFORE)) as stream:
        assert b'"verdict"' in stream.read()
    with pytest.raises(GateRefused, match="it changes nothing"):
        place.publish(MAIN)
    with pytest.raises(RefNotFound):
        place.publish("wap-none")


def unproved(place: Any, partition: Partition) -> None:
    """Write other bytes over a partition, as a client does who does not ask."""
    path = place.lake.local_path(MAIN, path_of(partition))
    sink = pa.BufferOutputStream()
    pq.write_table(pq.read_table(path).slice(1), sink)
    append(place.lake, MAIN, {path_of(partition): sink.getvalue().to_pybytes()}, message="Mine")


def test_unproved_bytes_on_main_are_refused_and_named(place: Any) -> None:
    unproved(place, ALONE)
    with pytest.raises(
        DatasetRefused, match=f"{ALONE}: the newest raw .* built from another raw or opening book"
    ):
        place.cut()
    assert len(place.cut("sim-usdm-*").entries) == 7
    assert dataset.open(place.lake, "demo@1.0.0").manifest.version == "1.0.0"
    batch = place.rebuild()
    assert batch.rebuilt == (ALONE,)
    assert place.validate(batch.branch).cached == 10
    assert place.publish(batch.branch).published == (ALONE,)
    assert place.cut("*").entries == dataset.open(place.lake, "demo@1.0.0").manifest.entries


def test_a_dataset_outlives_bytes_that_came_after_it(place: Any) -> None:
    opened = dataset.open(place.lake, "demo@1.0.0")
    rows = sum(batch.num_rows for batch in opened.batches(["sequence"]))
    unproved(place, ALONE)
    again = dataset.open(place.lake, "demo@1.0.0")
    assert sum(batch.num_rows for batch in again.batches(["sequence"])) == rows
    assert [entry.partition for entry in again.verify()] == again.partitions
    with pytest.raises(ValueError, match="no column 'nothing'"):
        list(again.batches(["nothing"]))


@pytest.mark.parametrize(
    "edit",
    [(b"payload", b"payl0ad"), (b'"sig": "', b'"sig": "A'), (b"{", b""), (b"==", b"= ")],
)
def test_an_edited_verdict_is_no_verdict(place: Any, edit: tuple[bytes, bytes]) -> None:
    (entry,) = [e for e in place.cut().entries if e.partition == str(ALONE)]
    path = verdict_path("book_events", ALONE, entry.verdict)
    with place.lake.open(LEDGER, path) as stream:
        data = stream.read()
    append(place.lake, LEDGER, {path: data.replace(*edit, 1)}, message="Mine")
    for ask in (place.cut, place.validate, lambda: dataset.open(place.lake, "demo@1.0.0")):
        with pytest.raises(CorruptError, match="nothing ever may be"):
            ask()


def test_a_verdict_that_is_gone_is_no_verdict(place: Any) -> None:
    (entry,) = [e for e in place.cut().entries if e.partition == str(ALONE)]
    with place.lake.session(place.lake.head(LEDGER)) as session:
        session.delete(verdict_path("book_events", ALONE, entry.verdict))
        commit = session.commit("Mine")
    place.lake.merge(commit, LEDGER, message="Mine")
    for ask in (place.cut, place.validate, lambda: dataset.open(place.lake, "demo@1.0.0")):
        with pytest.raises(CorruptError, match=f"{ALONE}.*was removed"):
            ask()


def test_bytes_edited_on_disk_are_not_served(place: Any) -> None:
    opened = dataset.open(place.lake, "demo@1.0.0")
    path = place.lake.local_path(MAIN, path_of(ALONE))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)
    served: list[pa.RecordBatch] = []
    with pytest.raises(CorruptError, match=path.name):
        served.extend(opened.batches())
    whole = {e.partition for e in opened.manifest.entries if e.partition < str(ALONE)}
    assert sum(batch.num_rows for batch in served) == sum(
        pq.read_metadata(place.lake.local_path(MAIN, path_of(Partition.parse(name)))).num_rows
        for name in whole
    )
    with pytest.raises(CorruptError):
        list(opened.verify())


def test_publishing_beside_another_publication_gets_through(place: Any) -> None:
    place.restate(BEFORE, corrected(place.raw(BEFORE)))
    first = place.rebuild(BEFORE).branch
    place.restate(ALONE, corrected(place.raw(ALONE)))
    second = place.rebuild(ALONE).branch
    for branch in (first, second):
        place.validate(branch)
    lake = Meddling(place.lake, lambda: place.publish(second, ALONE))
    result = publish(lake, place.contract, first, [BEFORE], store=place.store)
    assert (result.published, lake.times) == ((BEFORE,), 0)
    assert {p for p in place.validate().verdicts if p in (BEFORE, ALONE)} == {BEFORE, ALONE}
    assert place.cut().version == "1.0.1"
    assert place.validate().outcome == "PASS"


def test_publishing_beside_a_crowd_gets_through(place: Any) -> None:
    """Each time main moved somebody else got through: no reason to give up."""
    place.restate(ALONE, corrected(place.raw(ALONE)))
    branch, numbers = place.prove(), count()
    lake = Meddling(
        place.lake,
        lambda: append(place.lake, MAIN, {f"notes/{next(numbers)}": b""}, message="another"),
        times=12,
    )
    result = publish(lake, place.contract, branch, store=place.store)
    assert (result.published, lake.times) == ((ALONE,), 0)


def test_a_raw_that_comes_while_publishing_takes_the_pass_away(place: Any) -> None:
    place.restate(ALONE, corrected(place.raw(ALONE)))
    branch, again = place.prove(), corrected(corrected(place.raw(ALONE)))
    lake = Meddling(place.lake, lambda: place.restate(ALONE, again))
    with pytest.raises(GateRefused, match="it is not rebuilt"):
        publish(lake, place.contract, branch, store=place.store)


def test_two_publications_of_one_day_leave_the_newest(place: Any) -> None:
    place.restate(ALONE, corrected(place.raw(ALONE)))
    old = place.prove()

    def newer() -> None:
        place.restate(ALONE, corrected(corrected(place.raw(ALONE))))
        place.publish(place.prove())

    lake = Meddling(place.lake, newer)
    with pytest.raises(GateRefused, match="built from another raw or opening book"):
        publish(lake, place.contract, old, store=place.store)
    assert lake.times == 0
    assert place.cut().version == "1.0.1"


def test_two_publications_of_the_same_bytes_are_one(place: Any) -> None:
    place.restate(ALONE, corrected(place.raw(ALONE)))
    branch = place.prove()
    audited = place.lake.resolve(branch)
    lake = Meddling(place.lake, lambda: place.publish(branch))
    with pytest.raises(GateRefused, match="it changes nothing"):
        publish(lake, place.contract, audited, store=place.store)
    assert place.cut().version == "1.0.1"


def test_a_cut_is_tagged_with_what_it_judged(place: Any) -> None:
    """Main moves between judging and tagging: the cut looks again, and finds nothing to admit."""
    place.ingest(Partition("sim-usdm-aaa", "2024-03-08"))
    place.publish(place.prove())
    lake = Meddling(place.lake, lambda: unproved(place, ALONE))
    with pytest.raises(DatasetRefused, match=str(ALONE)):
        dataset.cut(lake, place.contract, "demo", store=place.store)
    assert [m.version for m in dataset.manifests(place.lake, "demo")] == ["1.0.0"]


def test_a_broken_store_is_made_again(place: Any) -> None:
    states = place.home / "store" / "store-1.db"
    os.truncate(states, states.stat().st_size // 2)
    with pytest.warns(RuntimeWarning, match="begun anew"):
        result = place.validate()
    assert (result.cached, result.outcome) == (len(result.verdicts), "PASS")
    assert result.bytes_read > 0
    assert place.validate().bytes_read == 0
