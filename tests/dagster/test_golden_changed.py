"""Other golden days, seen by the sensor: judged again, and nothing read that no plan named."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from karat.flow import adopt_golden, build_golden
from karat.flow.choosing import plan
from karat.lake.layout import LEDGER, MAIN, dataset_path, golden_path
from karat.resources import lake_resource
from tests.dagster.noops import held, put
from tests.dagster.opened import data_files, opened
from tests.dagster.ticking import Watch, watching


@pytest.fixture
def watch(tmp_path: Path, simulated: Any) -> Iterator[Watch]:
    with watching(tmp_path, simulated) as made:
        made.bring(*((n, day.raw) for n, day in enumerate(made.days)))
        assert made.go() == ["rebuild"]
        yield made


def adopt(watch: Watch, reference: int, *calibration: int) -> None:
    """Adopt golden days, by number."""
    on, days = lake_resource(watch.settings).connect(), watch.partitions
    how = [days[reference]], [days[n] for n in calibration]
    manifest = build_golden(on.lake, on.contract, MAIN, *how, store=on.store)
    adopt_golden(on.lake, manifest, who="the owner", reason="other days")


def verdicts(watch: Watch) -> set[str]:
    return {one.path for one in watch.lake.list(LEDGER, "verdicts/")}


def planned(watch: Watch) -> list[str]:
    """Return which files judging what is on main would read, as `karat plan` says."""
    on = lake_resource(watch.settings).connect()
    parts = plan(on.lake, on.contract, MAIN, watch.partitions, store=on.store).parts
    read = [one.partition for one in parts if one.columns]
    return [dataset_path("book_events", one.instrument, one.date) for one in read]


def settled(watch: Watch) -> tuple[list[str], list[str], bool]:
    """Let the sensors come to rest; return jobs, files opened, whether there are new verdicts."""
    before = verdicts(watch)
    with opened(data_files(watch.lake)) as files:
        jobs = watch.go()
    return jobs, sorted(set(files)), verdicts(watch) > before


def test_other_golden_days_are_judged_by_with_no_more_read_than_planned(watch: Watch) -> None:
    assert planned(watch) == []
    adopt(watch, 0, 1, 2)
    first = planned(watch)
    assert first, "nothing is counted in the cells of the first day yet"
    assert settled(watch) == (["revalidate"], first, True)
    adopt(watch, 0, 1)
    assert planned(watch) == [], "the cells are the same: only the quantile is another"
    assert settled(watch) == (["revalidate"], [], True)
    adopt(watch, 0, 1, 2)
    assert settled(watch) == (["revalidate"], [], False), "it was judged by these before"
    adopt(watch, 1, 0, 2)
    other = planned(watch)
    assert settled(watch) == (["revalidate"], other, True)
    assert settled(watch) == ([], [], False)


def test_another_golden_capture_has_its_own_day_judged_again(watch: Watch) -> None:
    day, known = watch.partitions[1], verdicts(watch)
    path, sink = golden_path(day.instrument, day.date), BytesIO()
    quotes = pq.read_table(BytesIO(held(watch, path)))
    pq.write_table(quotes.slice(0, quotes.num_rows - 1), sink)
    put(watch, {path: sink.getvalue()})
    jobs, files, more = settled(watch)
    assert (jobs, more) == (["revalidate"], True)
    assert files == [dataset_path("book_events", day.instrument, day.date), path]
    new = {one.rpartition("/")[0] for one in verdicts(watch) - known}
    assert new - {"verdicts/book_events/root"} == {f"verdicts/book_events/{day}"}
