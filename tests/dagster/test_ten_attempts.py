"""Ten attempts to get data that nobody proved into training, each after proved data passed so."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from karat import dataset
from karat.flow import Capture, ingest
from karat.lake.append import append
from karat.lake.layout import MAIN, Partition, dataset_path
from tests.dagster.aged import LOST, OVER, STATE, on_disk
from tests.dagster.attempts import FAR_S, WAYS, by_hand, runs_with
from tests.dagster.processes import until
from tests.dagster.served import Served
from tests.dagster.tried import BY_THE_CLOCK, Tried, days, prove

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("gated_server")]


@pytest.mark.parametrize("way", WAYS)
def test_a_proved_day_passes_and_an_unproved_one_is_refused(tried: Tried, way: str) -> None:
    good, bad = tried.proved[way], tried.unproved(way)
    assert good.cut, good.said
    assert not bad.cut
    assert str(tried.day) in bad.said, bad.said


def test_nothing_of_it_is_in_any_version(tried: Tried, gated_server: Served) -> None:
    for way in WAYS:
        tried.unproved(way)
    cut = dataset.manifests(gated_server.lake)
    assert {one.name for one in cut} >= {"hand", "unchecked", "tags", "range", "weekly", "demo"}
    assert not [e for one in cut for e in one.entries if e.partition == str(tried.day)]


@pytest.mark.usefixtures("tried")
@pytest.mark.parametrize("schedule", BY_THE_CLOCK)
def test_the_daemon_ran_what_is_due(gated_server: Served, schedule: str) -> None:
    server, tags = gated_server, {"dagster/schedule_name": schedule}
    assert "SUCCESS" in {server.wait(run, FAR_S) for run in runs_with(server, tags)}


def test_what_would_go_is_told_in_the_bytes_that_the_disk_has(gated_server: Served) -> None:
    """Before anybody says that it should go; it is all there afterwards."""
    server, due = gated_server, {"dagster/schedule_name": "weekly_retention"}
    sizes = {
        "audit-branches": on_disk(server.settings, OVER),
        "garbage": on_disk(server.settings, LOST),
        "states": len(STATE),
    }
    assert all(sizes.values())
    until(lambda: runs_with(server, due), "the daemon begins it", FAR_S)
    for run in runs_with(server, due):
        assert server.wait(run, FAR_S) == "SUCCESS"
        told = "\n".join(entry.user_message for entry in server.instance.all_logs(run))
        for sort, size in sizes.items():
            assert f"{sort}: would free {size:,} bytes" in told
        assert server.told(run)["bytes that would be freed"] == sum(sizes.values())


def over(server: Served, day: Partition) -> None:
    """Write other bytes over a published day, as a client does who asks no one."""
    path = dataset_path("book_events", day.instrument, day.date)
    table, sink = pq.read_table(server.lake.local_path(MAIN, path)), pa.BufferOutputStream()
    pq.write_table(table.slice(1), sink)
    append(server.lake, MAIN, {path: sink.getvalue().to_pybytes()}, message="Mine")


def restated(server: Served, day: Partition, folder: Path, golden: pa.Table) -> None:
    """Let the golden capture of a day come again, with other sizes at the bid."""
    at = golden.schema.get_field_index("bid_qty_e8")
    sizes = pa.array([size + 100_000 for size in golden["bid_qty_e8"].to_pylist()])
    pq.write_table(golden.set_column(at, "bid_qty_e8", sizes), folder / "again.parquet")
    ingest(server.lake, [Capture(folder / "again.parquet", day, "golden")])


@pytest.mark.usefixtures("tried")
def test_a_direct_write_and_a_stale_or_missing_verdict_are_refused(
    gated_server: Served, tmp_path: Path
) -> None:
    server = gated_server
    captured = days("sim-usdm-late")
    written, stale = prove(server, tmp_path / "late", captured)
    (missing,) = server.bring(tmp_path / "new", days("sim-usdm-none")[:1])
    for outcome in [wait() for wait in [by_hand(server, one) for one in (written, stale)]]:
        assert outcome.cut, outcome.said
    over(server, written)
    restated(server, stale, tmp_path, captured[1].golden)
    waits = [by_hand(server, one) for one in (written, stale, missing)]
    said = {"another raw or opening book", "no verdict under the", "not rebuilt"}
    for day, why, outcome in zip(
        (written, stale, missing), sorted(said), [wait() for wait in waits], strict=True
    ):
        assert not outcome.cut
        assert str(day) in outcome.said
        assert why in outcome.said, outcome.said
